"""Putting right what stands on the roll."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from enrollment.registry.models import Student
from lms.accounts.models import User
from lms.base import audit


@transaction.atomic
def correct_name(student: Student, name: str, *, by: User | None, at: datetime) -> None:
    """Write the right name on the roll and on the account; letters keep what they printed."""
    was = student.name
    student.name = student.user.name = name
    student.save(update_fields=["name"])
    student.user.save(update_fields=["name"])
    audit.record(
        "student.name_corrected", by=by, on=student, at=at, data={"was": was, "became": name}
    )
