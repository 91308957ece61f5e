"""What the public may know of a cohort: places, deadline, cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q

from enrollment.registry.models import Cohort, Place, Programme
from lms.base import clock


@dataclass(frozen=True)
class ProgrammePlaces:
    """Places of one programme; ``left`` counts those nobody holds."""

    programme: Programme
    total: int
    left: int


@dataclass(frozen=True)
class Intake:
    """A cohort as its landing page shows it; money in fen."""

    cohort: Cohort
    per_programme: tuple[ProgrammePlaces, ...]

    @property
    def places_total(self) -> int:
        return sum(row.total for row in self.per_programme)

    @property
    def places_left(self) -> int:
        return sum(row.left for row in self.per_programme)

    @property
    def closes_on(self) -> date:
        return self.cohort.closes_on

    @property
    def tuition_fen(self) -> int:
        return self.cohort.tuition_fen

    @property
    def union_share_fen(self) -> int:
        return self.cohort.union_share_fen

    @property
    def own_share_fen(self) -> int:
        return self.cohort.own_share_fen

    def days_left(self, at: datetime) -> int:
        """Whole days until the deadline; 0 on the last day."""
        return (self.closes_on - clock.local_date(at)).days


def intake_of(cohort: Cohort) -> Intake:
    rows = (
        Place.objects.filter(cohort=cohort)
        .values("programme")
        .annotate(total=Count("pk"), left=Count("pk", filter=Q(application__isnull=True)))
    )
    counts = {row["programme"]: row for row in rows}
    programmes = Programme.objects.filter(pk__in=counts)
    return Intake(
        cohort,
        tuple(
            ProgrammePlaces(programme, counts[programme.pk]["total"], counts[programme.pk]["left"])
            for programme in programmes
        ),
    )


def open_intake(at: datetime) -> Intake | None:
    """The cohort that takes applications now, or None; the one that closes first if several do."""
    today = clock.local_date(at)
    cohort = (
        Cohort.objects.filter(opens_on__lte=today, closes_on__gte=today)
        .order_by("closes_on", "pk")
        .first()
    )
    return intake_of(cohort) if cohort else None
