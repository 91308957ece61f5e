from datetime import date

from django.db import migrations

# Compared day by day with the notice of 4 November 2025 as printed by Xinhua.
NOTICE = "国办发明电〔2025〕7号"


def name_it(apps, schema_editor):
    entered = apps.get_model("courses", "Holiday").objects.filter(
        day__range=(date(2026, 1, 1), date(2026, 12, 31)), source=""
    )
    entered.update(source=NOTICE)


class Migration(migrations.Migration):
    dependencies = [("courses", "0021_leave_make_ups_and_lateness")]

    operations = [migrations.RunPython(name_it, migrations.RunPython.noop)]
