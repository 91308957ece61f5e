"""To which union and programme students belonged before a change; earlier changes are read from the audit."""

import django.db.models.deletion
from django.db import migrations, models

_CHANGES = {"student.transferred": "org_unit_id", "student.programme_changed": "programme_id"}


def remember_moves(apps, schema_editor):
    """Backwards from what the roll says now; an act whose data was emptied says nothing any more."""
    Student = apps.get_model("enrollment", "Student")
    Move = apps.get_model("enrollment", "Move")
    acts = apps.get_model("lms", "AuditEntry").objects.filter(action__in=_CHANGES).order_by("-pk")
    known = {
        "org_unit_id": dict(apps.get_model("lms", "OrgUnit").objects.values_list("code", "pk")),
        "programme_id": dict(
            apps.get_model("enrollment", "Programme").objects.values_list("code", "pk")
        ),
    }
    found, belongs = [], {}
    for act in acts.values("action", "subject_id", "at", "data"):
        column = _CHANGES[act["action"]]
        before = known[column].get(act["data"].get("was"))
        if before is None:
            continue
        uuid = act["subject_id"]
        if uuid not in belongs:
            row = Student.objects.filter(uuid=uuid).values("pk", *_CHANGES.values()).first()
            belongs[uuid] = row or {}
        if not belongs[uuid]:
            continue
        belongs[uuid][column] = before
        held = belongs[uuid]
        found.append(
            Move(
                student_id=held["pk"],
                org_unit_id=held["org_unit_id"],
                programme_id=held["programme_id"],
                at=act["at"],
            )
        )
    Move.objects.bulk_create(reversed(found), batch_size=500)


class Migration(migrations.Migration):

    dependencies = [
        ('enrollment', '0015_funds_tokens_and_hooks'),
        ('lms', '0003_sessions_and_passwords'),
    ]

    operations = [
        migrations.CreateModel(
            name='Move',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('org_unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='lms.orgunit')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.programme')),
                ('student', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='enrollment.student')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.RunPython(remember_moves, migrations.RunPython.noop),
    ]
