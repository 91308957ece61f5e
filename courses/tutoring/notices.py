"""Text messages about meetings: queued with the act, sent by a worker, each once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from courses.tutoring import words
from courses.tutoring.models import Booking, Meeting
from courses.tutoring.record_models import LeaveRequest, MakeUp
from lms.accounts import sms
from lms.accounts.models import User
from lms.base.jobs import api as jobs

KIND = "meeting.notify"
CHANGED, CANCELLED, PROMOTED = "changed", "cancelled", "promoted"
LEAVE, MAKE_UP = "leave", "make-up"


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


def tell_leave(leave: LeaveRequest, *, by: User | None, at: datetime) -> None:
    """Queue the tutor's answer to a request for leave; call inside the act's transaction."""
    _tell_one(leave, LEAVE, by=by, at=at)


def tell_make_up(make_up: MakeUp, *, by: User | None, at: datetime) -> None:
    """Queue what the tutor said of a make-up; call inside the act's transaction."""
    _tell_one(make_up, MAKE_UP, by=by, at=at)


def _tell_one(about: LeaveRequest | MakeUp, what: str, *, by: User | None, at: datetime) -> None:
    payload = {"what": what, "of": str(about.uuid)}
    # One may ask again after a "no": each answer is news.
    _queue(about.meeting, f"{what}:{about.uuid}:{at.timestamp():.0f}", payload, by=by, at=at)


def deliver(payload: dict[str, Any], *, at: datetime) -> int:
    """Send what a job carries; returns how many messages went out.

    Nothing is sent about a meeting that is over (a worker that was away for days), and nothing
    that a later change has overtaken: that change brings its own message.
    """
    meeting = Meeting.objects.select_related("station", "cohort").get(uuid=payload["meeting"])
    what = payload["what"]
    if what in (LEAVE, MAKE_UP):
        return _deliver_answer(payload, what, at=at)
    if meeting.ends_at <= at:
        return 0
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


def _deliver_answer(payload: dict[str, Any], what: str, *, at: datetime) -> int:
    kind: Any = LeaveRequest if what == LEAVE else MakeUp
    about = kind.objects.select_related("meeting__station", "student__user").get(uuid=payload["of"])
    phone = about.student.user.phone
    if not phone or about.answered_at is None:
        return 0
    return bool(
        sms.send(
            phone.plain(),
            answer_text(about),
            about=f"meeting {what}",
            at=at,
            dedupe_key=f"meeting:{what}:{about.pk}:{payload['at']}",
        )
    )


def answer_text(about: LeaveRequest | MakeUp) -> str:
    """What the tutor answered; the words themselves stay in the app, they may be private."""
    places = {"topic": about.meeting.topic, "state": about.get_state_display()}
    if isinstance(about, LeaveRequest):
        return (
            _(
                "【市总工会】你为线下课「%(topic)s」请的假，老师回复了：%(state)s。详情在「线下课」里。"
            )
            % places
        )
    return _("【市总工会】你补的线下课「%(topic)s」：%(state)s。详情在「线下课」里。") % places


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
