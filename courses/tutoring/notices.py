"""Text messages about meetings: queued with the act, sent by a worker, each once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from courses.tutoring import words
from courses.tutoring.models import Booking, Meeting
from lms.accounts import sms
from lms.accounts.models import User
from lms.base.jobs import api as jobs

KIND = "meeting.notify"
CHANGED, CANCELLED, PROMOTED = "changed", "cancelled", "promoted"


def announce(meeting: Meeting, what: str, *, by: User | None, at: datetime) -> None:
    """Queue the news for everybody who has a chair or waits; call inside the act's transaction."""
    if _concerned(meeting).exists():
        payload = {"what": what, "sequence": meeting.sequence}
        _queue(meeting, f"{what}:{meeting.sequence}", payload, by=by, at=at)


def tell_promoted(booking: Booking, *, at: datetime) -> None:
    """Queue the good news for one who waited; call inside the act's transaction."""
    payload = {"what": PROMOTED, "booking": str(booking.uuid)}
    # Somebody may wait, leave, wait again and be promoted again: each time is news.
    key = f"{PROMOTED}:{booking.pk}:{at.timestamp():.0f}"
    _queue(booking.meeting, key, payload, by=None, at=at)


def deliver(payload: dict[str, Any], *, at: datetime) -> int:
    """Send what a job carries; returns how many messages went out.

    Nothing is sent about a meeting that is over (a worker that was away for days), and nothing
    that a later change has overtaken: that change brings its own message.
    """
    meeting = Meeting.objects.select_related("station", "cohort").get(uuid=payload["meeting"])
    if meeting.ends_at <= at:
        return 0
    what = payload["what"]
    if what == PROMOTED:
        told = meeting.bookings.filter(uuid=payload["booking"], state=Booking.State.BOOKED)
        again = payload["at"]
    else:
        if payload["sequence"] != meeting.sequence:
            return 0
        told = _concerned(meeting)
        again = str(meeting.sequence)
    sent = 0
    for booking in told.select_related("student__user"):
        if not booking.student.user.phone:
            continue
        sent += bool(
            sms.send(
                booking.student.user.phone.plain(),
                text(meeting, what),
                about=f"meeting {what}",
                at=at,
                dedupe_key=f"meeting:{what}:{booking.pk}:{again}",
            )
        )
    return sent


def text(meeting: Meeting, what: str) -> str:
    """The message itself."""
    places = {
        "topic": meeting.topic,
        "when": words.when(meeting),
        "where": words.where(meeting),
        "reason": meeting.cancel_reason,
    }
    if what == CHANGED:
        return (
            _(
                "【市总工会】线下课「%(topic)s」有变动：%(when)s，%(where)s。来不了请在「线下课」里取消，把座位让给同学。"
            )
            % places
        )
    if what == CANCELLED:
        return (
            _(
                "【市总工会】线下课「%(topic)s」（%(when)s）取消了：%(reason)s。请在「线下课」里看看其他时间。"
            )
            % places
        )
    return (
        _(
            "【市总工会】有空位了！你候补的线下课「%(topic)s」已为你报上名：%(when)s，%(where)s。来不了请在「线下课」里取消。"
        )
        % places
    )


def _concerned(meeting: Meeting) -> QuerySet[Booking]:
    return meeting.bookings.exclude(state=Booking.State.CANCELLED)


def _queue(
    meeting: Meeting, key: str, payload: dict[str, Any], *, by: User | None, at: datetime
) -> None:
    jobs.enqueue(
        KIND,
        key=f"{KIND}:{meeting.uuid}:{key}",
        payload={"meeting": str(meeting.uuid), "at": at.isoformat(), **payload},
        by=by,
    )
