"""A workbook of payments, as a bank or a cashier gives it: read, checked as a whole, then recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.fees import ledger
from enrollment.fees.models import FeeEntry
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import User
from lms.base import sheets

COLUMNS: tuple[str | Promise, ...] = (
    gettext_lazy("学号"),
    gettext_lazy("金额（元）"),
    gettext_lazy("流水号"),
    gettext_lazy("备注"),
)
_MOST_FEN = 100_000_00


@dataclass
class Line:
    """One payment of the workbook; ``faults`` say in words what has to be put right."""

    row_no: int
    student: Student | None
    amount_fen: int
    reference: str
    note: str
    faults: list[str] = field(default_factory=list)


def fen_of(typed: object) -> int | None:
    """``"1,200.50"`` → 120050; None if it is no amount of money above zero."""
    try:
        amount = Decimal(str(typed).replace(",", "").replace("，", "").strip()) * 100
    except InvalidOperation:
        return None
    # Excel keeps 1200.1 as 1200.0999…: a hundredth of a fen off is not another amount.
    if not amount.is_finite() or not 0 < amount <= _MOST_FEN:
        return None
    whole = amount.to_integral_value()
    return int(whole) if abs(amount - whole) < Decimal("0.01") else None


def read(content: bytes, cohort: Cohort) -> list[Line]:
    """The payments of a workbook, each with its faults.

    Raises:
        sheets.NotAWorkbook: or one of its kinds; also without our headings.
    """
    rows = sheets.rows(content)
    _no, headings = next(rows)
    places = _places(headings)
    students = {each.student_no: each for each in Student.objects.filter(cohort=cohort)}
    named = FeeEntry.objects.exclude(reference=None).values_list("reference", flat=True)
    known = {reference for reference in named if reference}
    lines = []
    for row_no, cells in rows:
        line = _line(row_no, [_text(cells, place) for place in places], students, known)
        known.add(line.reference)
        lines.append(line)
    return lines


def _places(headings: Sequence[Any]) -> list[int]:
    said = [str(cell or "").strip() for cell in headings]
    missing = [str(name) for name in COLUMNS[:3] if str(name) not in said]
    if missing:
        raise sheets.NoHeadings(missing="、".join(missing))
    return [said.index(str(name)) if str(name) in said else -1 for name in COLUMNS]


def _text(cells: Sequence[Any], place: int) -> str:
    value = cells[place] if 0 <= place < len(cells) else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()


def _line(row_no: int, cells: Sequence[str], students: dict[str, Student], known: set[str]) -> Line:
    number, amount, reference, note = cells
    fen = fen_of(amount)
    line = Line(row_no, students.get(number.upper()), fen or 0, reference[:60], note[:200])
    if line.student is None:
        line.faults.append(_("班里没有学号 %(number)s") % {"number": number or "–"})
    if fen is None:
        line.faults.append(_("金额“%(amount)s”不对") % {"amount": amount})
    if not reference:
        line.faults.append(_("没有流水号"))
    elif reference in known:
        line.faults.append(_("流水号 %(reference)s 已经记过") % {"reference": reference})
    return line


@transaction.atomic
def take_in(lines: Sequence[Line], *, by: User, at: datetime) -> int:
    """Record all payments of a workbook without faults; returns how many."""
    for line in lines:
        assert line.student is not None  # noqa: S101 - a fault otherwise
        ledger.record_payment(
            line.student, line.amount_fen, note=line.note, reference=line.reference, by=by, at=at
        )
    return len(lines)
