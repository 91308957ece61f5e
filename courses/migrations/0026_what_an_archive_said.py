from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0025_stories"),
    ]

    operations = [
        migrations.AddField(
            model_name="importedpage",
            name="said",
            field=models.JSONField(null=True),
        ),
    ]
