"""Meetings as iCalendar (RFC 5545): a feed per student, and one event at a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event, Timezone

from courses.reminders.models import Reminder
from courses.tutoring import cards, words
from courses.tutoring.models import (
    Booking,
    CalendarFeed,
    Meeting,
    SharedFeed,
    Station,
    new_feed_token,
)
from enrollment.api import Student
from lms.accounts.models import User
from lms.base import audit, clock

REMIND = timedelta(hours=2)
READ_AGAIN = timedelta(hours=6)
KEPT = timedelta(days=180)
STUDY = timedelta(minutes=30)
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def feed_of(student: Student, *, at: datetime) -> CalendarFeed:
    """The student's feed; made on first use."""
    known: CalendarFeed | None = getattr(student, "calendar_feed", None)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return CalendarFeed.objects.create(student=student, made_at=at)
    except IntegrityError:  # two pages opened at once
        return CalendarFeed.objects.get(student=student)


def feed_by_token(token: str) -> CalendarFeed | None:
    """The feed with this address, unless its student left the roll."""
    return (
        CalendarFeed.objects.select_related("student")
        .filter(token=token)
        .exclude(student__status=Student.Status.WITHDRAWN)
        .first()
    )


@transaction.atomic
def renew_feed(student: Student, *, by: User, at: datetime) -> CalendarFeed:
    """Give the feed a new address; the old one stops answering."""
    feed = feed_of(student, at=at)
    feed.token, feed.made_at = new_feed_token(), at
    feed.save(update_fields=["token", "made_at"])
    audit.record("calendar.renewed", by=by, on=student, at=at)
    return feed


def student_calendar(student: Student, *, at: datetime) -> bytes:
    """Everything the student booked or waits for, from half a year back."""
    bookings = (
        Booking.objects.filter(student=student, meeting__starts_at__gt=at - KEPT)
        .exclude(state=Booking.State.CANCELLED)
        .exclude(meeting__state=Meeting.State.PLANNED)
        .select_related("meeting__station", "meeting__tutor")
        .order_by("meeting__starts_at")
    )
    events = [
        _event(b.meeting, at=at, tentative=b.state == Booking.State.WAITING) for b in bookings
    ]
    reminder = Reminder.objects.filter(student=student, is_on=True, by=Reminder.By.CALENDAR).first()
    if reminder is not None:
        events.append(_study_time(reminder, at=at))
    return _calendar(_("线下课 %(name)s") % {"name": student.name}, events)


def _study_time(reminder: Reminder, *, at: datetime) -> Event:
    """The student's own hour of study, week after week, until the class is over."""
    student = reminder.student
    first = clock.local(reminder.set_at).replace(
        hour=reminder.at.hour, minute=reminder.at.minute, second=0, microsecond=0
    )
    # A rule counts from its first event, which must be one of the chosen days.
    while str(first.isoweekday()) not in reminder.weekdays:
        first += timedelta(days=1)
    event = Event()
    event.add("uid", f"study-{student.uuid}")
    # Rises with every change of mind, also without a counter of its own.
    event.add("sequence", int(reminder.set_at.timestamp()) // 60)
    event.add("dtstamp", at)
    event.add("dtstart", first)
    event.add("duration", STUDY)
    event.add(
        "rrule",
        {
            "freq": "weekly",
            "byday": [_DAYS[int(day) - 1] for day in reminder.weekdays],
            "until": clock.end_of_day(student.cohort.ends_on).astimezone(UTC),
        },
    )
    event.add("summary", _("学习时间"))
    event.add("url", settings.SITE_URL + reverse("courses:today"))
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _("学习时间"))
    alarm.add("trigger", timedelta(0))
    event.add_component(alarm)
    return event


def shared_feed_of(
    *, tutor: User | None = None, station: Station | None = None, at: datetime
) -> SharedFeed:
    """The feed of a tutor or of a station; made on first use."""
    known = SharedFeed.objects.filter(tutor=tutor, station=station).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return SharedFeed.objects.create(tutor=tutor, station=station, made_at=at)
    except IntegrityError:  # two pages opened at once
        return SharedFeed.objects.get(tutor=tutor, station=station)


def shared_feed_by_token(token: str) -> SharedFeed | None:
    """The feed with this address, unless its tutor teaches no more."""
    feed = SharedFeed.objects.select_related("tutor", "station").filter(token=token).first()
    if feed is None or (feed.tutor is not None and not feed.tutor.is_active):
        return None
    return feed


def shared_calendar(feed: SharedFeed, *, at: datetime) -> bytes:
    """All meetings of a tutor, or all at a station that are more than a plan.

    Nobody who comes is named: the station's feed hangs on its wall.
    """
    recent = Meeting.objects.select_related("station", "tutor").filter(ends_at__gt=at - KEPT)
    if feed.tutor is not None:
        meetings = recent.filter(tutor=feed.tutor)
    else:
        meetings = recent.filter(station=feed.station).exclude(state=Meeting.State.PLANNED)
    name = str(feed.tutor or feed.station)
    return _calendar(
        _("%(name)s的线下课") % {"name": name},
        [
            _event(meeting, at=at, planned=meeting.state == Meeting.State.PLANNED)
            for meeting in meetings
        ],
    )


def one_meeting(meeting: Meeting, *, at: datetime) -> bytes:
    """A single event to take into a calendar."""
    return _calendar(meeting.topic, [_event(meeting, at=at, tentative=False)])


def _calendar(name: str, events: Iterable[Event]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//degree-upgrade-class//meetings//ZH")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", clock.SHANGHAI.key)
    calendar.add("refresh-interval", READ_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    # Summer time ended in 1991: one offset is all that a phone need know.
    calendar.add_component(Timezone.from_tzid(clock.SHANGHAI.key, first_date=date(2020, 1, 1)))
    for event in events:
        calendar.add_component(event)
    return calendar.to_ical()


def _event(
    meeting: Meeting, *, at: datetime, tentative: bool = False, planned: bool = False
) -> Event:
    cancelled = meeting.state == Meeting.State.CANCELLED
    event = Event()
    event.add("uid", str(meeting.uuid))
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", at)
    event.add("dtstart", clock.local(meeting.starts_at))
    event.add("dtend", clock.local(meeting.ends_at))
    event.add("summary", _summary(meeting, tentative=tentative))
    event.add("location", words.where(meeting))
    event.add("description", _description(meeting))
    event.add("url", settings.SITE_URL + reverse("courses:meeting", args=[meeting.uuid]))
    event.add(
        "status", "CANCELLED" if cancelled else "TENTATIVE" if tentative or planned else "CONFIRMED"
    )
    station = meeting.station
    if station.latitude is not None and station.longitude is not None:
        event.add("geo", (station.latitude, station.longitude))
    if not cancelled and not tentative and not planned:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", meeting.topic)
        alarm.add("trigger", -REMIND)
        event.add_component(alarm)
    return event


def _summary(meeting: Meeting, *, tentative: bool) -> str:
    if meeting.state == Meeting.State.CANCELLED:
        return _("（已取消）%(topic)s") % {"topic": meeting.topic}
    if tentative:
        return _("（候补）%(topic)s") % {"topic": meeting.topic}
    return meeting.topic


def _description(meeting: Meeting) -> str:
    lines = [_("辅导老师：%(tutor)s") % {"tutor": meeting.tutor}]
    if meeting.notes:
        lines.append(meeting.notes)
    lines += [extra["text"] for extra in cards.extras(meeting)]
    if meeting.cancel_reason:
        lines.append(_("取消原因：%(reason)s") % {"reason": meeting.cancel_reason})
    return "\n".join(lines)
