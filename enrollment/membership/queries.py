"""What screens ask of the members; each the same few queries however many there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet

from enrollment.membership import joining, rosters
from enrollment.membership.models import JoinRequest, Member, Roster, RosterRow
from lms.accounts.models import OrgUnit, User
from lms.base.jobs.models import Job


@dataclass(frozen=True)
class UnitLine:
    """How many members a unit has, and when its rows changed last."""

    name: str
    members: int
    without_number: int
    updated_at: datetime


def by_unit(user: User) -> list[UnitLine]:
    """The units within reach that have members, in the order of the union's tree."""
    rows = (
        Member.objects.filter(district__in=rosters.units_of(user), left_on=None)
        .order_by("unit__path")
        .values_list("unit__name")
        .annotate(n=Count("pk"), bare=Count("pk", filter=Q(id_lookup=None)), at=Max("updated_at"))
    )
    return [UnitLine(*row) for row in rows]


def recent_rosters(user: User) -> QuerySet[Roster]:
    """The newest rosters within reach."""
    return rosters.within_reach(user).select_related("unit", "uploaded_by").order_by("-pk")[:10]


def rows(roster: Roster, verdict: str) -> QuerySet[RosterRow]:
    """Its lines, all or of one verdict."""
    lines = roster.rows.select_related("unit").order_by("row_no")
    return lines.filter(verdict=verdict) if verdict in RosterRow.Verdict.values else lines


def job_of(roster: Roster) -> Job | None:
    """The work that is going on behind it."""
    kinds = {Roster.State.CHECKING: rosters.CHECK, Roster.State.APPLYING: rosters.APPLY}
    kind = kinds.get(Roster.State(roster.state))
    return Job.objects.filter(key=f"{kind}:{roster.uuid}").first() if kind else None


def join_requests(user: User, *, waiting: bool) -> QuerySet[JoinRequest]:
    """Requests within reach: those to be decided, longest waiting first; or the decided ones."""
    known = joining.within_reach(user).select_related(
        "application__user", "application__enterprise", "district", "member__unit"
    )
    if waiting:
        return known.filter(state=JoinRequest.State.WAITING).order_by("asked_at", "pk")
    decided = [JoinRequest.State.ACCEPTED, JoinRequest.State.REFUSED]
    return known.filter(state__in=decided).order_by("-decided_at", "-pk")


def waiting_count(user: User) -> int:
    """How many people wait for this officer's answer."""
    return joining.within_reach(user).filter(state=JoinRequest.State.WAITING).count()


def districts(user: User) -> QuerySet[OrgUnit]:
    """All units whose names the template lists."""
    return rosters.units_of(user).order_by("path")
