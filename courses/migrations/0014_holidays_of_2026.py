from datetime import date, timedelta

from django.db import migrations

# As the State Council announced them for 2026; later years are entered in the back office.
SPANS = [
    ("元旦", date(2026, 1, 1), 3),
    ("春节", date(2026, 2, 15), 9),
    ("清明节", date(2026, 4, 4), 3),
    ("劳动节", date(2026, 5, 1), 5),
    ("端午节", date(2026, 6, 19), 3),
    ("中秋节", date(2026, 9, 25), 3),
    ("国庆节", date(2026, 10, 1), 7),
]


def enter(apps, schema_editor):
    holiday = apps.get_model("courses", "Holiday")
    for name, first, days in SPANS:
        for passed in range(days):
            day = first + timedelta(days=passed)
            holiday.objects.get_or_create(day=day, defaults={"name": name})


class Migration(migrations.Migration):
    dependencies = [("courses", "0013_shifts_terms_and_shared_feeds")]

    operations = [migrations.RunPython(enter, migrations.RunPython.noop)]
