from django.db import migrations, models
from django.db.models import F, Min, Q


def end_doubles(apps, schema_editor):
    """On SQLite nothing stood in their way until now. The first of each stays."""
    in_force = apps.get_model("lms", "Grant").objects.filter(revoked_at__isnull=True)
    firsts = in_force.values("user", "role", "org_unit").annotate(first=Min("pk")).values("first")
    in_force.exclude(pk__in=list(firsts.values_list("first", flat=True))).update(revoked_at=F("granted_at"))


class Migration(migrations.Migration):
    """A role is held once for a unit, or once for all, on SQLite as on PostgreSQL."""

    dependencies = [("lms", "0005_two_people")]

    operations = [
        migrations.RunPython(end_doubles, migrations.RunPython.noop),
        migrations.RemoveConstraint(model_name="grant", name="one_grant_in_force"),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.UniqueConstraint(
                condition=Q(("org_unit__isnull", False), ("revoked_at__isnull", True)),
                fields=("user", "role", "org_unit"),
                name="one_grant_in_force_for_a_unit",
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.UniqueConstraint(
                condition=Q(("org_unit__isnull", True), ("revoked_at__isnull", True)),
                fields=("user", "role"),
                name="one_grant_in_force_for_all",
            ),
        ),
    ]
