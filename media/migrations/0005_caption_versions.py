import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def keep_what_is_there(apps, schema_editor):
    """Captions of older releases become version 1 of their video."""
    Video = apps.get_model("media", "Video")
    CaptionVersion = apps.get_model("media", "CaptionVersion")
    CaptionVersion.objects.bulk_create(
        CaptionVersion(
            video=video,
            number=1,
            vtt=video.captions_vtt,
            source="upload",
            made_by_id=video.uploaded_by_id,
            made_at=video.created_at,
        )
        for video in Video.objects.exclude(captions_vtt="").iterator(chunk_size=50)
    )


class Migration(migrations.Migration):
    dependencies = [
        ("media", "0004_stills_and_chapters"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CaptionVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("vtt", models.TextField(blank=True)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("upload", "上传"),
                            ("edit", "编辑"),
                            ("machine", "机器识别"),
                            ("restored", "恢复旧版"),
                        ],
                        max_length=10,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "video",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="media.video",
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("video", "number"), name="caption_version_once"
                    )
                ],
            },
        ),
        migrations.RunPython(keep_what_is_there, migrations.RunPython.noop),
    ]
