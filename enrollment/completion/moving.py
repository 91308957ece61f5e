"""What a change on the roll does to the union's figures."""

from __future__ import annotations

from datetime import datetime

from enrollment.completion import ledger, tallies
from enrollment.completion.models import Milestone, MonthTally, Move, Standing
from enrollment.registry.models import Programme, Student
from lms.accounts.models import OrgUnit


def status_changed(student: Student, became: str, *, at: datetime) -> None:
    """Weigh the student anew under the new status; sets it on the instance."""
    known = Standing.objects.filter(student=student).first()
    before = tallies.weight(known, student)
    student.status = became
    # The judgement weighs both sides by the new status; what is missing is the step from the old.
    tallies.add([tallies.shift(student, before, tallies.weight(known, student))])
    ledger.judge_one(student, at=at)


def unit_changed(student: Student, unit: OrgUnit, *, at: datetime) -> None:
    """Take the student out of one cell and put them into another; sets the unit on the instance."""
    _move(student, "org_unit", unit, at=at)


def programme_changed(student: Student, programme: Programme, *, at: datetime) -> None:
    """The same for another programme."""
    _move(student, "programme", programme, at=at)


def _move(student: Student, field: str, into: OrgUnit | Programme, *, at: datetime) -> None:
    Move.objects.create(
        student=student, org_unit_id=student.org_unit_id, programme_id=student.programme_id, at=at
    )
    known = Standing.objects.filter(student=student).first()
    weight = tallies.weight(known, student)
    nothing = dict.fromkeys(weight, 0)
    out = tallies.shift(student, weight, nothing)
    months = _months(student, -1)
    setattr(student, field, into)
    tallies.add([out, tallies.shift(student, nothing, weight)])
    MonthTally.objects.bulk_create([*months, *_months(student, 1)])
    ledger.judge_one(student, at=at)


def _months(student: Student, sign: int) -> list[MonthTally]:
    rows = []
    for milestone in Milestone.objects.filter(student=student):
        row = tallies.month_row(student, milestone.key, milestone.at, milestone.evidence)
        if row is not None:
            row.n *= sign
            rows.append(row)
    return rows
