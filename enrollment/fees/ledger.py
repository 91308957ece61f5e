"""Money of students in fen: lines are added, the balance is their sum."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from enrollment.fees.models import FeeEntry
from enrollment.registry.models import Student
from lms.accounts.models import User
from lms.base import audit
from lms.base.errors import Refused


class PaidAlready(Refused):
    """The same payment twice is once."""

    sentence = _("流水号 %(reference)s 已经记过，没有再记。")


class NoteMissing(Refused):
    sentence = _("更正要写明原因。")


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
    student: Student,
    amount_fen: int,
    *,
    note: str,
    by: User | None,
    at: datetime,
    reference: str = "",
) -> FeeEntry:
    """Record what the student paid (a positive number of fen).

    Args:
        reference: the bank's number of the payment, if there is one.

    Raises:
        PaidAlready: a payment of this number is in the ledger.
    """
    if reference and FeeEntry.objects.filter(reference=reference).exists():
        raise PaidAlready(reference=reference)
    try:
        with transaction.atomic():
            entry = FeeEntry.objects.create(
                student=student,
                kind=FeeEntry.Kind.PAYMENT,
                amount_fen=-amount_fen,
                note=note,
                reference=reference or None,
                at=at,
                by=by,
            )
    except IntegrityError as known:  # a colleague wrote it in the same moment
        raise PaidAlready(reference=reference) from known
    audit.record("fee.paid", by=by, on=student, at=at, data={"fen": amount_fen})
    return entry


@transaction.atomic
def correct(student: Student, amount_fen: int, *, note: str, by: User, at: datetime) -> FeeEntry:
    """Put the balance right by a line of its own: positive raises what is owed.

    Raises:
        NoteMissing: a correction says why.
    """
    if not note.strip():
        raise NoteMissing(student)
    audit.record("fee.corrected", by=by, on=student, at=at, data={"fen": amount_fen, "note": note})
    return FeeEntry.objects.create(
        student=student, kind=FeeEntry.Kind.CORRECTION, amount_fen=amount_fen,
        note=note.strip(), at=at, by=by,
    )  # fmt: skip


def balance_fen(student: Student) -> int:
    """What the student still owes, in fen."""
    return FeeEntry.objects.filter(student=student).aggregate(sum=Sum("amount_fen"))["sum"] or 0


def balances(students: QuerySet[Student]) -> dict[int, int]:
    """Student → what is still owed, in fen; the sum of rows, in one query."""
    rows = FeeEntry.objects.filter(student__in=students).order_by().values_list("student")
    return dict(rows.annotate(sum=Sum("amount_fen")))
