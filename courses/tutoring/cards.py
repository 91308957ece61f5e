"""Meetings as the ``session_card`` component takes them: plain values, one place for the words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from courses.tutoring import states, times, words
from courses.tutoring.models import Booking, Meeting
from courses.tutoring.queries import OwnMeeting
from courses.tutoring.record_models import LeaveRequest, MakeUp
from lms.base import clock

State = Meeting.State


@dataclass(frozen=True)
class Card:
    """What stands on the card, and which buttons a student has there."""

    meeting: Meeting
    url: str
    date: date
    time: str
    tag: str = ""
    tone: str = "neutral"
    places_left: int = 0
    places: int = 0
    may_book: bool = False
    may_leave: bool = False
    full: bool = False
    may_start: bool = False
    link_label: str = ""
    note: str = ""
    extras: tuple[dict[str, str], ...] = ()


def extras(meeting: Meeting) -> tuple[dict[str, str], ...]:
    """What the place offers besides the lesson, each with its sign."""
    found = []
    if meeting.has_childcare:
        found.append({"icon": "child", "text": _("有暑期托管，可以带孩子来")})
    if meeting.hands_out_kits:
        found.append({"icon": "gift", "text": _("现场发新生礼包")})
    if meeting.guest:
        found.append({"icon": "medal", "text": _("劳模宣讲：%(guest)s") % {"guest": meeting.guest}})
    return tuple(found)


def for_student(own: OwnMeeting, *, at: datetime) -> Card:
    """One meeting as a student sees it; the meeting carries its counts."""
    meeting = own.meeting
    tag, tone = _tag(own, at)
    left = max(0, meeting.places - meeting.booked)  # type: ignore[attr-defined]
    bookable = meeting.state == State.PUBLISHED and meeting.starts_at > at
    return Card(
        meeting=meeting,
        url=reverse("courses:meeting", args=[meeting.uuid]),
        date=clock.local_date(meeting.starts_at),
        time=words.hours(meeting.starts_at, meeting.ends_at),
        tag=tag,
        tone=tone,
        places_left=left,
        places=meeting.places if bookable else 0,  # type: ignore[attr-defined]
        may_book=bookable and not own.state,
        may_leave=bookable and bool(own.state) and own.attended is None,
        full=not left,
        link_label=_link_label(own, bookable) if meeting.ends_at > at else "",
        extras=extras(meeting),
    )


def _link_label(own: OwnMeeting, bookable: bool) -> str:
    if own.meeting.state not in states.OPEN:
        return ""
    if own.state == Booking.State.WAITING:
        return _("看排到第几位")
    if own.state == Booking.State.BOOKED:
        return _("怎么去、取消报名") if bookable and own.attended is None else _("怎么去")
    return ""


def _tag(own: OwnMeeting, at: datetime) -> tuple[str, str]:
    meeting = own.meeting
    if own.attended:
        return _("已签到"), "good"
    if meeting.state == State.CANCELLED:
        return _("已取消"), "warn"
    if meeting.state == State.DONE or meeting.ends_at <= at:
        return _tag_of_missed(own)
    if own.state == Booking.State.BOOKED:
        return _("已报名"), "good"
    if own.state == Booking.State.WAITING:
        return _("候补中"), "info"
    return "", "neutral"


def _tag_of_missed(own: OwnMeeting) -> tuple[str, str]:
    if own.make_up is not None:
        judged = MakeUp.State(own.make_up.state)
        return {
            MakeUp.State.APPROVED: (_("已补课"), "good"),
            MakeUp.State.WAITING: (_("补课等认定"), "info"),
            MakeUp.State.RETURNED: (_("补课还差一点"), "warn"),
        }[judged]
    if own.leave is not None and own.leave.state == LeaveRequest.State.AGREED:
        return _("请假"), "neutral"
    return (_("没有签到"), "warn") if own.state == Booking.State.BOOKED else ("", "neutral")


def for_tutor(meeting: Meeting, *, at: datetime) -> Card:
    """One meeting as its tutor sees it; the meeting carries its counts."""
    tones = {
        State.PLANNED: "neutral",
        State.PUBLISHED: "info",
        State.RUNNING: "accent",
        State.DONE: "good",
        State.CANCELLED: "warn",
    }
    state = State(meeting.state)
    tag = str(state.label)
    may_start = state in states.OPEN and times.sign_in_opens_at(meeting) <= at <= meeting.ends_at
    if may_start and state is State.PUBLISHED:
        tag, state = _("可以签到了"), State.RUNNING
    return Card(
        meeting=meeting,
        url=reverse("courses:tutor_meeting", args=[meeting.uuid]),
        date=clock.local_date(meeting.starts_at),
        time=words.hours(meeting.starts_at, meeting.ends_at),
        tag=tag,
        tone=tones[state],
        may_start=may_start,
        note=_head_count(meeting),
        extras=extras(meeting),
    )


def _head_count(meeting: Meeting) -> str:
    counts = vars(meeting)
    parts = [_("%(booked)d／%(places)d 人报名") % counts]
    if counts["waiting"]:
        parts.append(_("%(waiting)d 人候补") % counts)
    if counts["present"]:
        parts.append(_("已到 %(present)d 人") % counts)
    return " · ".join(parts)
