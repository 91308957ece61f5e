"""Moving an application from state to state: a compare-and-swap, an audit row, a notice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from enrollment.applications import notices
from enrollment.applications.flow import State, may_move
from enrollment.applications.models import Application
from enrollment.registry.models import Cohort
from lms.accounts.models import User
from lms.base import audit
from lms.base.errors import Refused

ACTIONS: dict[State, str] = {
    State.SUBMITTED: "application.submitted",
    State.RETURNED: "application.returned",
    State.DISTRICT: "application.passed_by_district",
    State.CITY: "application.passed_by_city",
    State.RANKED: "application.ranked",
    State.PUBLISHED: "application.published",
    State.OFFERED: "application.offered",
    State.ACCEPTED: "application.accepted",
    State.MATRICULATED: "application.matriculated",
    State.REJECTED: "application.rejected",
    State.WITHDRAWN: "application.withdrawn",
    State.DECLINED: "application.declined",
    State.EXPIRED: "application.expired",
}


class NotNow(Refused):
    """The flow has no such move from the present state."""

    sentence = _("这份申请现在是“%(state)s”，不能这样办理。请刷新页面看最新进度。")


class AlreadyMoved(Refused):
    """Somebody else acted while the page was open."""

    sentence = _("这份申请刚刚有变动，没有重复办理。请刷新页面看最新进度。")


@transaction.atomic
def move(
    application: Application,
    to: State,
    *,
    by: User | None,
    at: datetime,
    data: dict[str, Any] | None = None,
    **values: Any,
) -> None:
    """Bring ``application`` from the state it was read in to ``to``, with further column values.

    Raises:
        NotNow: the flow does not know this move.
        AlreadyMoved: the row is no longer in the state it was read in.
        django.db.IntegrityError: a value collides (a place that somebody else holds).
    """
    was = State(application.state)
    if not may_move(was, to):
        raise NotNow(state=was.label)
    values |= {"state": to, "state_since": at}
    # The state is named, not locked: of two people acting together exactly one changes a row.
    if not Application.objects.filter(pk=application.pk, state=was).update(**values):
        raise AlreadyMoved(application)
    for field, value in values.items():
        setattr(application, field, value)
    audit.record(ACTIONS[to], by=by, on=application, at=at, data={"was": was, **(data or {})})
    notices.tell(application)


def move_all(
    cohort: Cohort, was: State, to: State, *, by: User | None, at: datetime
) -> Sequence[Application]:
    """Bring everybody of a cohort who is in ``was`` to ``to``; call inside a transaction."""
    movers = list(Application.objects.filter(cohort=cohort, state=was).only("uuid"))
    moved = Application.objects.filter(pk__in=[each.pk for each in movers], state=was).update(
        state=to, state_since=at
    )
    if moved != len(movers):
        raise AlreadyMoved(cohort)
    audit.record_many(ACTIONS[to], by=by, on=movers, at=at)
    notices.tell_all(cohort, to, since=at)
    return movers
