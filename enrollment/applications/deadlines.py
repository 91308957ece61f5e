"""By when the next thing happens: what applicants are told and what queues turn red by."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from enrollment.applications.flow import State
from lms.base import clock

REVIEW_DAYS = {State.SUBMITTED: 5, State.DISTRICT: 5}
CORRECTION_DAYS = 7
KEPT_DAYS = 365


def due_on(
    state: str, since: datetime, *, decides_on: date, offer_expires_at: datetime | None = None
) -> date | None:
    """The local day by which the state is left; None where nothing is awaited.

    Args:
        since: when the application came into ``state``.
        decides_on: the cohort's day of publication.
    """
    if state in REVIEW_DAYS:
        return clock.local_date(since) + timedelta(days=REVIEW_DAYS[State(state)])
    if state == State.RETURNED:
        return clock.local_date(since) + timedelta(days=CORRECTION_DAYS)
    if state in (State.CITY, State.RANKED):
        return decides_on
    if state == State.OFFERED and offer_expires_at is not None:
        # The deadline is the first moment after its last day.
        return clock.local_date(offer_expires_at - timedelta(microseconds=1))
    return None


def offer_deadline(at: datetime, days: int) -> datetime:
    """The first moment at which an offer made at ``at`` can no longer be accepted."""
    return clock.end_of_day(clock.local_date(at) + timedelta(days=days))


def kept_until(closes_on: date) -> date:
    """The last day on which papers of somebody who was not admitted are kept (the consent's promise)."""
    return closes_on + timedelta(days=KEPT_DAYS)
