"""What a kit holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from enrollment.kits.models import KitContents
from enrollment.registry.models import Cohort, Programme, Student
from lms.accounts.models import User
from lms.base import audit

# Programme's key, None for everybody: what they get.
Things = Mapping[int | None, list[str]]


def things_of(cohort: Cohort) -> dict[int | None, list[str]]:
    """What everybody gets (key None) and what each programme gets besides."""
    rows = KitContents.objects.filter(cohort=cohort)
    return {row.programme_id: row.things() for row in rows}


def for_student(student: Student, things: Things) -> list[str]:
    """What this student gets: everybody's things, then those of the programme."""
    return [*things.get(None, []), *things.get(student.programme_id, [])]


@transaction.atomic
def set_contents(
    cohort: Cohort, items: Mapping[Programme | None, str], *, by: User, at: datetime
) -> None:
    """Say what the kits hold; ``items`` are texts with one thing a line."""
    for programme, text in items.items():
        KitContents.objects.update_or_create(
            cohort=cohort, programme=programme, defaults={"items": text}
        )
    audit.record("kits.contents_set", by=by, on=cohort, at=at)
