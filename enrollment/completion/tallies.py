"""Cells of the union's pages: what one standing or milestone weighs, adding, folding, summing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from math import floor
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.fields import BigIntegerField
from django.db.models.functions import Cast, Floor

from enrollment.completion.models import MonthTally, Standing, StandingTally
from enrollment.registry.models import Cohort, Student
from lms.base import clock

CELL = ("cohort_id", "org_unit_id", "programme_id", "occupation")
FIGURES = (
    "students", "started", "finished", "on_track", "behind", "waiting", "away",
    "share_bp", "minutes_left",
)  # fmt: skip
MONTH_CELL = (*CELL, "station", "month", "figure")
WHOLE_BP = 10_000
Cell = tuple[Any, ...]
Weight = dict[str, int]


def weight(standing: Standing | None, student: Student) -> Weight:
    """What one student adds to their cell: nothing after a withdrawal or before the first report."""
    if standing is None or student.status == Student.Status.WITHDRAWN:
        return dict.fromkeys(FIGURES, 0)
    states = {state: int(standing.state == state) for state in Standing.State.values}
    return {
        "students": 1,
        "started": int(standing.last_study_at is not None),
        **states,
        "share_bp": floor(standing.share * WHOLE_BP),
        "minutes_left": standing.minutes_left,
    }


def cell_of(student: Student) -> dict[str, Any]:
    return {name: getattr(student, name) for name in CELL}


def shift(student: Student, before: Weight, after: Weight) -> StandingTally | None:
    """The row that turns one weight into another in the student's cell; None if they are equal."""
    change = {name: after[name] - before[name] for name in FIGURES}
    if not any(change.values()):
        return None
    return StandingTally(**cell_of(student), **change)


def add(rows: Iterable[StandingTally | None]) -> None:
    """Write the rows that there are, in the transaction of what caused them."""
    StandingTally.objects.bulk_create([row for row in rows if row is not None], batch_size=500)


# Beginning of a milestone's key → figure and how much it adds.
_WORTH: dict[str, tuple[str, int]] = {
    "course.completed": (MonthTally.Figure.COURSES, 1),
    "meeting.attended": (MonthTally.Figure.MEETINGS, 1),
    "meeting.ticked_again": (MonthTally.Figure.MEETINGS, 1),
    "meeting.unticked": (MonthTally.Figure.MEETINGS, -1),
    "programme.completed": (MonthTally.Figure.FINISHED, 1),
}


def month_of(at: datetime) -> date:
    return clock.local_date(at).replace(day=1)


def month_row(
    student: Student, key: str, at: datetime, evidence: Mapping[str, Any]
) -> MonthTally | None:
    """What a milestone adds to its month; None for a key that no page counts."""
    worth = _WORTH.get(key.partition(":")[0])
    if worth is None:
        return None
    figure, n = worth
    return MonthTally(
        **cell_of(student),
        station=evidence.get("station", 0),
        month=month_of(at),
        figure=figure,
        n=n,
    )


# ---------------------------------------------------------------- sums


def sums(rows: QuerySet[StandingTally], *by: str) -> QuerySet[Any, dict[str, Any]]:
    """The figures of some rows, added up per value of ``by``."""
    figures = {name: Sum(name) for name in FIGURES}
    return rows.order_by().values(*by).annotate(**{f"sum_{n}": s for n, s in figures.items()})


def stored_cells(cohort: Cohort) -> dict[Cell, tuple[int, ...]]:
    """The cohort's cells as the rows add up, those of zeros left out."""
    found = sums(StandingTally.objects.filter(cohort=cohort), *CELL)
    cells = {_key(row, CELL): tuple(row[f"sum_{name}"] for name in FIGURES) for row in found}
    return {key: figures for key, figures in cells.items() if any(figures)}


def counted_cells(cohort: Cohort) -> dict[Cell, tuple[int, ...]]:
    """The same, counted by the database from the standings themselves."""
    named = {name: F(f"student__{name}") for name in CELL[2:]}
    states = {state: Count("pk", filter=Q(state=state)) for state in Standing.State.values}
    rows: Any = (
        Standing.objects.filter(cohort=cohort)
        .exclude(student__status=Student.Status.WITHDRAWN)
        .order_by()
        .values("cohort_id", "org_unit_id", **named)
        .annotate(
            sum_students=Count("pk"),
            sum_started=Count("pk", filter=Q(last_study_at__isnull=False)),
            sum_share_bp=Sum(Cast(Floor(F("share") * WHOLE_BP), BigIntegerField())),
            sum_minutes_left=Sum("minutes_left"),
            **{f"sum_{state}": count for state, count in states.items()},
        )
    )
    return {_key(row, CELL): tuple(row[f"sum_{name}"] for name in FIGURES) for row in rows}


def stored_months(cohort: Cohort) -> dict[Cell, int]:
    rows = (
        MonthTally.objects.filter(cohort=cohort)
        .order_by()
        .values(*MONTH_CELL)
        .annotate(sum=Sum("n"))
    )
    return {_key(row, MONTH_CELL): row["sum"] for row in rows if row["sum"]}


def _key(row: Mapping[str, Any], names: Iterable[str]) -> Cell:
    return tuple(row[name] for name in names)


def write_cells(
    cohort: Cohort, cells: Mapping[Cell, tuple[int, ...]], months: Mapping[Cell, int]
) -> None:
    """Put these cells in the place of the cohort's rows, inside ``one_view``.

    Only rows that the view knows go: what a student adds meanwhile stays, and is added.
    """
    rows = list(StandingTally.objects.filter(cohort=cohort).values_list("pk", flat=True))
    month_rows = list(MonthTally.objects.filter(cohort=cohort).values_list("pk", flat=True))
    _delete(StandingTally, rows)
    _delete(MonthTally, month_rows)
    StandingTally.objects.bulk_create(
        (
            StandingTally(
                **dict(zip(CELL, key, strict=True)), **dict(zip(FIGURES, figures, strict=True))
            )
            for key, figures in cells.items()
        ),
        batch_size=500,
    )
    MonthTally.objects.bulk_create(
        (MonthTally(**dict(zip(MONTH_CELL, key, strict=True)), n=n) for key, n in months.items()),
        batch_size=500,
    )


def _delete(model: type[StandingTally] | type[MonthTally], keys: list[int]) -> None:
    for first in range(0, len(keys), 500):
        model.objects.filter(pk__in=keys[first : first + 500]).delete()


@contextmanager
def one_view() -> Iterator[None]:
    """A transaction in which every question sees the same moment.

    On SQLite the writer is alone anyway; a transaction that has begun is left as it is.
    """
    begun = connection.in_atomic_block
    with transaction.atomic():
        if connection.vendor == "postgresql" and not begun:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def fold(cohort: Cohort) -> None:
    """Replace the rows of every cell by their sum."""
    with one_view():
        write_cells(cohort, stored_cells(cohort), stored_months(cohort))


# A class of 5,000 adds about so many rows in an hour of the evening.
_GROWN = 2_000


def fold_grown() -> None:
    """Fold the cohorts whose rows have become so many that a page would notice."""
    grown = (
        StandingTally.objects.order_by()
        .values("cohort")
        .annotate(n=Count("pk"))
        .filter(n__gt=_GROWN)
        .values("cohort")
    )
    for cohort in Cohort.objects.filter(pk__in=grown):
        fold(cohort)
