import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("enrollment", "0011_ledger_and_tallies"),
    ]

    operations = [
        migrations.AlterField(
            model_name="standing",
            name="cohort",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="enrollment.cohort"),
        ),
        migrations.AlterField(
            model_name="standing",
            name="org_unit",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="lms.orgunit"),
        ),
    ]
