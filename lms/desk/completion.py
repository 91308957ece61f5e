"""Figures of the union's desk: read from tallies, scoped by unit, a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum

from courses.api import Station
from enrollment.completion import calls, tallies
from enrollment.completion.models import (
    DayTally,
    MonthTally,
    Reconciliation,
    Standing,
    StandingTally,
)
from enrollment.completion.scope import Scope
from enrollment.registry.models import Cohort, Programme, Student
from lms.accounts.models import OrgUnit
from lms.base import clock

WEEKS = 12
# Classes that stand side by side.
COMPARED = 6
Figures = dict[str, int]


def nothing() -> Figures:
    return dict.fromkeys(tallies.FIGURES, 0)


def plus(sum_: Figures, more: Mapping[str, Any]) -> None:
    for name in tallies.FIGURES:
        sum_[name] += more[f"sum_{name}"]


def percent(part: float, whole: float) -> int:
    return int(100 * part / whole) if whole else 0


def mean_percent(figures: Figures) -> int:
    """Mean share of required units, whole percent, rounded down."""
    return percent(figures["share_bp"] / tallies.WHOLE_BP, figures["students"])


def cohorts() -> list[Cohort]:
    """Classes with students, the newest first; each with what the last comparison with the ledger found.

    One statement.
    """
    last = Reconciliation.objects.order_by("-pk")
    wrong = F("standing_differences") + F("cell_differences") + F("broken_evidence")
    return list(
        Cohort.objects.filter(Exists(Student.objects.filter(cohort=OuterRef("pk"))))
        .annotate(
            checked_at=Subquery(last.values("at")[:1]),
            check_differences=Subquery(last.annotate(wrong=wrong).values("wrong")[:1]),
        )
        .order_by("-starts_on", "-pk")
    )


@dataclass(frozen=True)
class DistrictRow:
    """One district in the bars: members on the roll, finished, behind."""

    unit: OrgUnit
    students: int
    finished: int
    behind: int
    mean_percent: int


@dataclass(frozen=True)
class CohortRow:
    """One class beside the others."""

    cohort: Cohort
    figures: Figures

    @property
    def mean_percent(self) -> int:
        return mean_percent(self.figures)


@dataclass
class Completion:
    """One cohort as far as an officer's units reach; others only in ``compared``."""

    cohort: Cohort
    scope: Scope
    at: datetime
    beside: list[Cohort] = field(default_factory=list)

    @cached_property
    def _cells(self) -> list[dict[str, Any]]:
        """Per class and unit, those that stand side by side. One statement."""
        wanted = {self.cohort.pk, *(cohort.pk for cohort in self.beside[:COMPARED])}
        rows = StandingTally.objects.filter(self.scope.rows(), cohort_id__in=sorted(wanted))
        return list(tallies.sums(rows, "cohort_id", "org_unit_id"))

    @cached_property
    def figures(self) -> Figures:
        sum_ = nothing()
        for row in self._cells:
            if row["cohort_id"] == self.cohort.pk:
                plus(sum_, row)
        return sum_

    @property
    def students(self) -> int:
        return self.figures["students"]

    @property
    def mean_percent(self) -> int:
        return mean_percent(self.figures)

    @cached_property
    def districts(self) -> list[DistrictRow]:
        """Every district within reach, enterprise unions counted in theirs."""
        sums: dict[int, Figures] = defaultdict(nothing)
        for row in self._cells:
            if row["cohort_id"] == self.cohort.pk:
                unit = self.scope.units[row["org_unit_id"]]
                plus(sums[self.scope.district_of(unit).pk], row)
        rows = [
            DistrictRow(
                self.scope.units[pk],
                figures["students"],
                figures["finished"],
                figures["behind"],
                mean_percent(figures),
            )
            for pk, figures in sums.items()
            if figures["students"]
        ]
        return sorted(rows, key=lambda row: row.unit.code)

    @cached_property
    def compared(self) -> list[CohortRow]:
        """The newest classes, each as far as the same reach."""
        sums: dict[int, Figures] = defaultdict(nothing)
        for row in self._cells:
            plus(sums[row["cohort_id"]], row)
        known = [cohort for cohort in self.beside[:COMPARED] if sums[cohort.pk]["students"]]
        return [CohortRow(cohort, sums[cohort.pk]) for cohort in known]

    @cached_property
    def _days(self) -> list[tuple[str, date, int]]:
        """Minutes of the last weeks and all applications, per day. One statement."""
        since = clock.local_date(self.at) - timedelta(weeks=WEEKS)
        wanted = Q(figure=DayTally.Figure.APPLIED) | Q(
            figure=DayTally.Figure.MINUTES, day__gte=since
        )
        rows = DayTally.objects.filter(wanted, self.scope.rows(), cohort=self.cohort)
        return list(rows.order_by().values_list("figure", "day").annotate(n=Sum("n")))

    @property
    def minutes_by_day(self) -> dict[date, int]:
        """Minutes studied by all within reach, per local day of the last twelve weeks."""
        return {day: n for figure, day, n in self._days if figure == DayTally.Figure.MINUTES}

    @property
    def applied(self) -> int:
        return sum(n for figure, _day, n in self._days if figure == DayTally.Figure.APPLIED)

    @property
    def funnel(self) -> list[tuple[str, int]]:
        """Applied, admitted, studying, finished: (code, people)."""
        return [
            # Students from before the applications were kept here still applied once.
            ("applied", max(self.applied, self.students)),
            ("admitted", self.students),
            ("studying", self.figures["started"]),
            ("finished", self.figures["finished"]),
        ]

    # ------------------------------------------------------------ people

    def standings(self) -> QuerySet[Standing]:
        """Standings of students on the roll within reach."""
        return Standing.objects.filter(self.scope.rows(), cohort=self.cohort).exclude(
            student__status=Student.Status.WITHDRAWN
        )

    def behind(self) -> QuerySet[Standing]:
        """Who is behind, least done first, with what a row shows and the last call."""
        # Nobody who withdrew is looked for: that would be read before the order is known.
        rows = self.standings().filter(state=Standing.State.BEHIND)
        return (
            calls.with_last_call(rows)
            .select_related("student__programme")
            .defer("student__id_number", "student__id_lookup", "student__programme__summary")
            .order_by("share", "last_study_at", "pk")
        )


# ---------------------------------------------------------------- rollups


def by_enterprise(completion: Completion) -> list[tuple[str, Figures]]:
    """Per enterprise union and other unit, in the order of their codes."""
    rows = StandingTally.objects.filter(completion.scope.rows(), cohort=completion.cohort)
    found = {row["org_unit_id"]: row for row in tallies.sums(rows, "org_unit_id")}
    units = sorted(completion.scope.units.values(), key=lambda unit: unit.code)
    return [(unit.name, _figures(found[unit.pk])) for unit in units if unit.pk in found]


def by_occupation(completion: Completion) -> list[tuple[str, Figures]]:
    rows = StandingTally.objects.filter(completion.scope.rows(), cohort=completion.cohort)
    found = [(row["occupation"], _figures(row)) for row in tallies.sums(rows, "occupation")]
    return sorted(found, key=lambda pair: -pair[1]["students"])


def by_programme(completion: Completion) -> list[tuple[str, Figures]]:
    rows = StandingTally.objects.filter(completion.scope.rows(), cohort=completion.cohort)
    titles = dict(Programme.objects.values_list("pk", "title"))
    found = tallies.sums(rows, "programme_id")
    return [(titles[row["programme_id"]], _figures(row)) for row in found]


def _figures(row: Mapping[str, Any]) -> Figures:
    sum_ = nothing()
    plus(sum_, row)
    return sum_


def by_station(completion: Completion) -> list[tuple[str, int]]:
    """Attendances at each station, the busiest first (U5)."""
    rows = _months(completion).filter(figure=MonthTally.Figure.MEETINGS).exclude(station=0)
    found = dict(rows.values_list("station").annotate(n=Sum("n")))
    names = Station.objects.filter(pk__in=found).values_list("pk", "name")
    return sorted(((name, found[pk]) for pk, name in names), key=lambda pair: -pair[1])


def by_month(completion: Completion) -> list[tuple[date, dict[str, int]]]:
    """Courses, meetings and graduates of each month, the newest first."""
    found: dict[date, dict[str, int]] = {}
    rows = _months(completion).values_list("month", "figure").annotate(n=Sum("n"))
    for month, figure, n in rows:
        found.setdefault(month, dict.fromkeys(MonthTally.Figure.values, 0))[figure] = n
    return sorted(found.items(), reverse=True)


def _months(completion: Completion) -> QuerySet[MonthTally]:
    rows = MonthTally.objects.filter(completion.scope.rows(), cohort=completion.cohort)
    return rows.order_by()


def courses_by_month(completion: Completion) -> dict[int, list[float]]:
    """Completed courses per student, added up month by month since each class began, by cohort key."""
    shown = {row.cohort.pk: row for row in completion.compared}
    rows = (
        MonthTally.objects.filter(
            completion.scope.rows(), cohort__in=shown, figure=MonthTally.Figure.COURSES
        )
        .order_by()
        .values_list("cohort_id", "month")
        .annotate(n=Sum("n"))
    )
    counts: dict[int, dict[date, int]] = defaultdict(dict)
    for cohort, month, n in rows:
        counts[cohort][month] = n
    until = clock.local_date(completion.at)
    return {
        pk: _added_up(counts[pk], row.cohort, row.figures["students"], until)
        for pk, row in shown.items()
    }


def _added_up(months: Mapping[date, int], cohort: Cohort, people: int, until: date) -> list[float]:
    first, last = cohort.starts_on.replace(day=1), min(until, cohort.ends_on).replace(day=1)
    series, sum_, month = [0.0], sum(n for day, n in months.items() if day < first), first
    while month <= last:
        sum_ += months.get(month, 0)
        series.append(round(sum_ / people, 2))
        month = (month + timedelta(days=32)).replace(day=1)
    return series


ROLLUPS: Iterable[str] = ("enterprise", "occupation", "programme", "station", "month")
