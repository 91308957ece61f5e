"""Money of students in fen: lines are added, the balance is their sum."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from enrollment.fees.models import FeeEntry
from enrollment.registry.models import Student
from lms.accounts.models import User
from lms.base import audit


def open_account(student: Student, *, by: User | None, at: datetime) -> None:
    """Write the opening lines: the tuition, and what union and college carry."""
    cohort = student.cohort
    lines = (
        (FeeEntry.Kind.TUITION, cohort.tuition_fen),
        (FeeEntry.Kind.UNION_SHARE, -cohort.union_share_fen),
        (FeeEntry.Kind.COLLEGE_DISCOUNT, -cohort.college_discount_fen),
    )
    FeeEntry.objects.bulk_create(
        FeeEntry(student=student, kind=kind, amount_fen=fen, at=at, by=by)
        for kind, fen in lines
        if fen
    )


@transaction.atomic
def record_payment(
    student: Student, amount_fen: int, *, note: str, by: User | None, at: datetime
) -> FeeEntry:
    """Record what the student paid (a positive number of fen)."""
    entry = FeeEntry.objects.create(
        student=student,
        kind=FeeEntry.Kind.PAYMENT,
        amount_fen=-amount_fen,
        note=note,
        at=at,
        by=by,
    )
    audit.record("fee.paid", by=by, on=student, at=at, data={"fen": amount_fen})
    return entry


def balance_fen(student: Student) -> int:
    """What the student still owes, in fen."""
    return FeeEntry.objects.filter(student=student).aggregate(sum=Sum("amount_fen"))["sum"] or 0
