"""Decisions of the district union and, after it, of the city federation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from enrollment.applications import claims, moves, reasons
from enrollment.applications.flow import State
from enrollment.applications.models import Application, Decision
from lms.accounts import policies
from lms.accounts.models import OrgUnit, Role, User
from lms.base.errors import NotAllowed, Refused

Verdict = Decision.Verdict
STAGES = (State.SUBMITTED, State.DISTRICT)
_NEXT = {
    (State.SUBMITTED, Verdict.PASS): State.DISTRICT,
    (State.DISTRICT, Verdict.PASS): State.CITY,
    (State.SUBMITTED, Verdict.RETURN): State.RETURNED,
    (State.DISTRICT, Verdict.RETURN): State.RETURNED,
    (State.SUBMITTED, Verdict.REJECT): State.REJECTED,
    (State.DISTRICT, Verdict.REJECT): State.REJECTED,
}


class ReasonMissing(Refused):
    """Returned and rejected applicants must learn why."""

    sentence = _("请选择一个原因，申请人会在短信里看到。")
    status = 400


class ClaimedByColleague(Refused):
    """Somebody else reads the photos at this moment."""

    sentence = _("%(who)s正在审这份申请。需要的话先点“接手”，再办理。")


@dataclass(frozen=True)
class Reach:
    """The units that a person works for, by what they may do there."""

    districts: QuerySet[OrgUnit]
    cities: QuerySet[OrgUnit]
    read_only: QuerySet[OrgUnit]


def reach_of(user: User) -> Reach:
    """Ask once per request; only roles that are held cost a query."""

    def units(role: Role) -> QuerySet[OrgUnit]:
        return policies.units_of(user, role) if user.has_role(role) else OrgUnit.objects.none()

    return Reach(units(Role.DISTRICT_OFFICER), units(Role.CITY_OFFICER), units(Role.REGISTRAR))


def readable(reach: Reach) -> QuerySet[Application]:
    """Submitted applications within reach: the whole city, or the own district only."""
    return (
        Application.objects.exclude(state=State.DRAFT)
        .exclude(submitted_at=None)
        .filter(erased_at=None)
        .filter(
            Q(district__in=reach.districts)
            | Q(cohort__city__in=reach.cities)
            | Q(cohort__city__in=reach.read_only)
        )
    )


def waiting(reach: Reach) -> QuerySet[Application]:
    """What is to be decided now by somebody with this reach."""
    return Application.objects.filter(
        Q(state=State.SUBMITTED, district__in=reach.districts)
        | Q(state=State.DISTRICT, cohort__city__in=reach.cities)
    )


def may_decide(user: User, application: Application) -> bool:
    """Whether the stage that the application was read in is this officer's to decide."""
    if application.state == State.SUBMITTED:
        districts = policies.units_of(user, Role.DISTRICT_OFFICER)
        return districts.filter(pk=application.district_id or 0).exists()
    if application.state == State.DISTRICT:
        cities = policies.units_of(user, Role.CITY_OFFICER)
        return cities.filter(pk=application.cohort.city_id).exists()
    return False


@transaction.atomic
def decide(
    application: Application,
    verdict: str,
    *,
    stage: str,
    by: User,
    at: datetime,
    reason: str = "",
    words: str = "",
) -> Decision:
    """Pass, return or reject at one stage.

    Args:
        stage: the state the officer saw the application in.
        reason: a code of ``reasons``; needed unless it passes.

    Raises:
        NotAllowed: another district's, or not this officer's stage.
        ReasonMissing: returned or rejected without a reason.
        ClaimedByColleague: a colleague works on it; take it over first.
        moves.AlreadyMoved: a colleague decided while the page was open.
    """
    known = reasons.RETURN if verdict == Verdict.RETURN else reasons.REJECT
    if verdict != Verdict.PASS and reason not in {each.code for each in known}:
        raise ReasonMissing(application)
    if application.state != stage or stage not in STAGES:
        raise moves.AlreadyMoved(application)
    if not may_decide(by, application):
        raise NotAllowed(application)
    _heed_claim(application, by=by, at=at)
    decision = Decision.objects.create(
        application=application,
        stage=stage,
        verdict=verdict,
        reason="" if verdict == Verdict.PASS else reason,
        words=words.strip(),
        at=at,
        by=by,
    )
    to = _NEXT[State(stage), Verdict(verdict)]
    moves.move(application, to, by=by, at=at, data={"reason": decision.reason}, **claims.NOBODY)
    return decision


def _heed_claim(application: Application, *, by: User, at: datetime) -> None:
    # Asked of the database, not of the page: the colleague may have begun a moment ago.
    fresh = Application.objects.only("claimed_by", "claimed_at").get(pk=application.pk)
    holder = claims.holder_of(fresh, at=at)
    if holder is not None and holder != by:
        raise ClaimedByColleague(who=holder.name)


def pass_many(uuids: Iterable[UUID], *, stage: str, by: User, at: datetime) -> tuple[int, int]:
    """Pass several; returns how many passed and how many had moved on or
    are in a colleague's hands."""
    wanted = list(uuids)
    passed = 0
    for application in waiting(reach_of(by)).filter(uuid__in=wanted, state=stage).order_by("pk"):
        try:
            decide(application, Verdict.PASS, stage=stage, by=by, at=at)
            passed += 1
        except (moves.AlreadyMoved, ClaimedByColleague):
            continue
    return passed, len(wanted) - passed
