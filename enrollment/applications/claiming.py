"""Claiming, taking over, handing on and putting back of applications; the rules are in ``claims``."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from enrollment.applications import claims, review
from enrollment.applications.flow import State
from enrollment.applications.models import Application
from lms.accounts import policies
from lms.accounts.models import Role, User
from lms.base import audit
from lms.base.errors import NotAllowed, Refused

_ROUNDS = 5


class ClaimedMeanwhile(Refused):
    """A colleague took the application while the page was open."""

    sentence = _("这份申请刚刚被同事领取了。请刷新页面，需要的话可以接手。")


class NothingToClaim(Refused):
    """Everything that waits is in a colleague's hands, or nothing waits."""

    sentence = _("没有可以领取的申请了：都有同事在审，或者都审完了。")


def colleagues(application: Application) -> QuerySet[User]:
    """The officers who may decide it in its present stage, by name."""
    role, unit = (
        (Role.DISTRICT_OFFICER, application.district)
        if application.state == State.SUBMITTED
        else (Role.CITY_OFFICER, application.cohort.city)
    )
    if unit is None:
        return User.objects.none()
    return policies.holders_of(role, unit).order_by("name")


@transaction.atomic
def claim(
    application: Application, *, to: User, by: User, at: datetime, over: User | None = None
) -> None:
    """Give the application to an officer: oneself, or a colleague.

    Args:
        over: whose claim is knowingly ended; None where nobody works on it.

    Raises:
        NotAllowed: one of the two may not decide it.
        ClaimedMeanwhile: somebody else works on it than the page said.
    """
    if not (review.may_decide(by, application) and review.may_decide(to, application)):
        raise NotAllowed(application)
    expected = Q(claimed_by=over) if over else claims.free(at=at) | claims.held(to, at=at)
    still = Application.objects.filter(expected, pk=application.pk, state=application.state)
    if not still.update(claimed_by=to, claimed_at=at):
        raise ClaimedMeanwhile(application)
    application.claimed_by, application.claimed_at = to, at
    data = {"to": to.pk, "over": over.pk if over else None}
    audit.record("application.claimed", by=by, on=application, at=at, data=data)


@transaction.atomic
def release(application: Application, *, by: User, at: datetime) -> None:
    """Put one's own claim back; nothing happens where it is no longer one's own."""
    own = Application.objects.filter(pk=application.pk, claimed_by=by)
    if own.update(**claims.NOBODY):
        application.claimed_by = application.claimed_at = None
        audit.record("application.released", by=by, on=application, at=at)


def claim_next(*, by: User, at: datetime) -> Application:
    """The application that has waited longest and is in nobody's hands, now in this officer's.

    One's own unfinished one comes first.

    Raises:
        NothingToClaim.
    """
    waiting = review.waiting(review.reach_of(by)).order_by("state_since", "pk")
    unfinished = waiting.filter(claims.held(by, at=at)).first()
    if unfinished is not None:
        return unfinished
    # Each round lost means that a colleague was quicker with that one: look at the next.
    for _round in range(_ROUNDS):
        application = (
            waiting.filter(claims.free(at=at)).select_related("cohort", "district").first()
        )
        if application is None:
            break
        try:
            claim(application, to=by, by=by, at=at)
        except ClaimedMeanwhile:
            continue
        return application
    raise NothingToClaim(by)
