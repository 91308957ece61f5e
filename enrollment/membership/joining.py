"""Joining the union by the application form: asked with it, decided by the officer of the district.

The request has a life of its own: the class may refuse somebody whom the union takes.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from enrollment.applications.models import Application
from enrollment.membership import notices, reasons, register, ticks
from enrollment.membership.models import JoinRequest, Member
from lms.accounts import policies
from lms.accounts.models import OrgUnit, Role, User
from lms.base import audit, clock
from lms.base.errors import NotAllowed, Refused

State = JoinRequest.State
OFFICERS = (Role.DISTRICT_OFFICER, Role.CITY_OFFICER)
DAYS = 5


class AlreadyDecided(Refused):
    """A colleague decided, or the applicant took it back, while the page was open."""

    sentence = _("这份入会申请刚刚有变动，没有重复办理。请刷新页面看最新情况。")


class JoinReasonMissing(Refused):
    """Who is not taken must learn why."""

    sentence = _("请选择一个原因；选“其他原因”时请写一句说明。申请人会看到。")
    status = 400


class UnitElsewhere(Refused):
    """The unit does not belong to the district that was asked."""

    sentence = _("请选本区的一个工会。")
    status = 400


def due_on(request: JoinRequest) -> date:
    """The local day by which the district decides."""
    return clock.local_date(request.asked_at) + timedelta(days=DAYS)


def within_reach(user: User) -> QuerySet[JoinRequest]:
    """The requests that this officer decides: the own district's, or the whole city's."""
    return JoinRequest.objects.filter(district__in=policies.units_of(user, *OFFICERS))


def units_for(request: JoinRequest) -> QuerySet[OrgUnit]:
    """The units that a member of this district may belong to."""
    return OrgUnit.objects.filter(path__startswith=request.district.path)


@transaction.atomic
def keep_in_step(application: Application, *, by: User | None, at: datetime) -> None:
    """Make, renew or take back the request as the application that is being submitted says.

    What an officer accepted stays; what was refused is asked anew, because a corrected
    application is a new answer.
    """
    wanted = application.is_member is False and application.wants_to_join
    if not wanted or _is_known(application):
        take_back(application, by=by, at=at)
        return
    assert application.district is not None  # noqa: S101 - submitted applications have one
    known = JoinRequest.objects.filter(application=application).first()
    if known is None:
        request = JoinRequest.objects.create(
            application=application, district=application.district, asked_at=at
        )
        audit.record("join.asked", by=by, on=request, at=at)
    elif known.state != State.ACCEPTED:
        _ask_again(known, application.district, by=by, at=at)


def _is_known(application: Application) -> bool:
    asked = ticks.sought(application)
    findings = register.ask([asked])
    known = findings.found.get(asked) if findings else None
    return known is not None and known.left_on is None and not known.id_differs


def _ask_again(request: JoinRequest, district: OrgUnit, *, by: User | None, at: datetime) -> None:
    if request.state == State.WAITING and request.district_id == district.pk:
        return
    still = JoinRequest.objects.filter(pk=request.pk, state=request.state)
    if still.update(
        state=State.WAITING, district=district, asked_at=at, reason="", words="",
        decided_by=None, decided_at=None,
    ):  # fmt: skip
        audit.record("join.asked", by=by, on=request, at=at, data={"was": request.state})


@transaction.atomic
def take_back(application: Application, *, by: User | None, at: datetime) -> None:
    """Withdraw a request that nobody decided yet; nothing happens where there is none."""
    request = JoinRequest.objects.filter(application=application, state=State.WAITING).first()
    if request is None:
        return
    waiting = JoinRequest.objects.filter(pk=request.pk, state=State.WAITING)
    if waiting.update(state=State.WITHDRAWN):
        audit.record("join.withdrawn", by=by, on=request, at=at)


@transaction.atomic
def accept(request: JoinRequest, *, unit: OrgUnit, by: User, at: datetime) -> Member:
    """Take the applicant into the union: a member of ``unit`` from today on.

    Raises:
        NotAllowed: another district's.
        UnitElsewhere: ``unit`` is not of this district.
        AlreadyDecided: it is no longer waiting.
    """
    _may_decide(request, by)
    if not units_for(request).filter(pk=unit.pk).exists():
        raise UnitElsewhere(request)
    _decide(request, State.ACCEPTED, by=by, at=at)
    member = _enter(request, unit, at=at)
    JoinRequest.objects.filter(pk=request.pk).update(member=member)
    request.member = member
    audit.record("join.accepted", by=by, on=request, at=at, data={"unit": unit.code})
    notices.tell(request)
    return member


@transaction.atomic
def refuse(request: JoinRequest, *, reason: str, words: str = "", by: User, at: datetime) -> None:
    """Say no, with a reason of ``reasons.ALL`` and, for ``other``, words.

    Raises:
        NotAllowed, AlreadyDecided: as ``accept``.
        JoinReasonMissing: nothing that the applicant could understand.
    """
    words = words.strip()
    if reason not in {each.code for each in reasons.ALL} or (reason == "other" and not words):
        raise JoinReasonMissing(request)
    _may_decide(request, by)
    _decide(request, State.REFUSED, by=by, at=at, reason=reason, words=words)
    audit.record("join.refused", by=by, on=request, at=at, data={"reason": reason})
    notices.tell(request)


def _may_decide(request: JoinRequest, by: User) -> None:
    if not policies.units_of(by, *OFFICERS).filter(pk=request.district_id).exists():
        raise NotAllowed(request)


def _decide(request: JoinRequest, to: str, *, by: User, at: datetime, **values: str) -> None:
    # The state is named, not locked: of two officers deciding together exactly one changes a row.
    waiting = JoinRequest.objects.filter(
        pk=request.pk, state=State.WAITING, district=request.district_id
    )
    if not waiting.update(state=to, decided_by=by, decided_at=at, **values):
        raise AlreadyDecided(request)
    request.state, request.decided_by, request.decided_at = to, by, at
    for field, value in values.items():
        setattr(request, field, value)


def _enter(request: JoinRequest, unit: OrgUnit, *, at: datetime) -> Member:
    """The applicant's row of the register, made or, where an import was quicker, taken up."""
    application = request.application
    known = Member.objects.filter(id_lookup=application.id_lookup)
    today = clock.local_date(at)
    if member := known.first():
        if member.left_on is not None:
            again = {"left_on": None, "member_since": today, "unit": unit}
            known.update(
                **again, district=request.district, version=F("version") + 1, updated_at=at
            )
        return member
    member = Member(
        name=application.name, unit=unit, district=request.district,
        member_since=today, updated_at=at,
    )  # fmt: skip
    member.id_number, member.phone = application.id_number, application.user.phone
    try:
        with transaction.atomic():
            member.save()
    except IntegrityError:  # an import brought the same person a moment ago
        return known.get()
    return member
