from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("media", "0003_receive_uploads_in_parts")]

    operations = [
        migrations.AddField(
            model_name="video",
            name="chapters",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="video",
            name="chapters_by_hand",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="video",
            name="stills_prefix",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="video",
            name="posters",
            field=models.JSONField(
                blank=True, default=list, help_text="[{name, at_s}], best first"
            ),
        ),
        migrations.AddField(
            model_name="video",
            name="poster",
            field=models.CharField(blank=True, help_text="one of the posters", max_length=20),
        ),
    ]
