"""Figures of the union's completion page: read-only, counted by the database, scoped by unit."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db.models import Count, Q, QuerySet, Sum

from courses.learning.models import StudyDay
from enrollment.applications.models import Application
from enrollment.completion.models import Standing
from enrollment.registry.models import Cohort
from lms.accounts.models import OrgUnit
from lms.base import clock

WEEKS = 12


@dataclass(frozen=True)
class DistrictRow:
    """One district in the bars: members on the roll, finished, behind."""

    unit: OrgUnit
    students: int
    finished: int
    behind: int


@dataclass
class Completion:
    """One cohort as far as an officer's units reach."""

    cohort: Cohort
    units: QuerySet[OrgUnit]
    at: datetime

    @cached_property
    def _unit_by_id(self) -> dict[int, OrgUnit]:
        return {unit.pk: unit for unit in self.units}

    def standings(self) -> QuerySet[Standing]:
        """Standings of students on the roll within reach."""
        return Standing.objects.filter(
            student__cohort=self.cohort, student__org_unit__in=self.units
        ).exclude(student__status="withdrawn")

    @cached_property
    def _cells(self) -> list[tuple[int, str, int, float]]:
        return list(
            self.standings()
            .values_list("student__org_unit", "state")
            .annotate(n=Count("pk"), share=Sum("share"))
            .order_by()
        )

    @cached_property
    def by_state(self) -> dict[str, int]:
        counts: dict[str, int] = dict.fromkeys(Standing.State.values, 0)
        for _unit, state, n, _share in self._cells:
            counts[state] += n
        return counts

    @property
    def students(self) -> int:
        return sum(self.by_state.values())

    @property
    def mean_percent(self) -> int:
        """Mean share of required units over all students, in percent."""
        total = sum(share for _unit, _state, _n, share in self._cells)
        return round(100 * total / self.students) if self.students else 0

    @cached_property
    def districts(self) -> list[DistrictRow]:
        """Every district within reach, enterprise unions counted in theirs."""
        counts: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for unit_id, state, n, _share in self._cells:
            district = self._district_of(self._unit_by_id[unit_id])
            counts[district.pk][state] += n
        return [
            DistrictRow(
                unit=self._unit_by_id[pk],
                students=sum(states.values()),
                finished=states[Standing.State.FINISHED],
                behind=states[Standing.State.BEHIND],
            )
            for pk, states in sorted(
                counts.items(), key=lambda item: self._unit_by_id[item[0]].code
            )
        ]

    def _district_of(self, unit: OrgUnit) -> OrgUnit:
        for key in reversed(unit.path.strip("/").split("/")):
            above = self._unit_by_id.get(int(key))
            if above is not None and above.kind == OrgUnit.Kind.DISTRICT:
                return above
        return unit

    @cached_property
    def funnel(self) -> list[tuple[str, int]]:
        """Applied, admitted, studying, finished: (code, people)."""
        applied = (
            Application.objects.filter(cohort=self.cohort)
            .filter(Q(district__in=self.units) | Q(enterprise__in=self.units))
            .exclude(state="draft")
            .count()
        )
        started = self.standings().filter(last_study_at__isnull=False).count()
        return [
            # Students from before the applications were kept here still applied once.
            ("applied", max(applied, self.students)),
            ("admitted", self.students),
            ("studying", started),
            ("finished", self.by_state[Standing.State.FINISHED]),
        ]

    @cached_property
    def minutes_by_day(self) -> dict[date, int]:
        """Minutes studied by all within reach, per local day of the last twelve weeks."""
        since = clock.local_date(self.at) - timedelta(weeks=WEEKS)
        days = (
            StudyDay.objects.filter(
                student__cohort=self.cohort, student__org_unit__in=self.units, day__gte=since
            )
            .values_list("day")
            .annotate(seconds=Sum("seconds"))
            .order_by()
        )
        return {day: seconds // 60 for day, seconds in days}

    def behind(self) -> QuerySet[Standing]:
        """Who is behind, least done first, with what a row shows."""
        return (
            self.standings()
            .filter(state=Standing.State.BEHIND)
            .select_related("student__user", "student__programme", "student__org_unit")
            .order_by("share", "last_study_at")
        )

    def roll(self) -> QuerySet[Standing]:
        """Everybody within reach, by student number."""
        return (
            self.standings()
            .select_related("student__programme", "student__org_unit")
            .order_by("student__student_no")
        )
