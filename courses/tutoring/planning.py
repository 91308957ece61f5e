"""A meeting from plan to end: what tutors do with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from courses.catalogue.models import Course
from courses.tutoring import booking, notices, states, times, words
from courses.tutoring.clashes import Busy, first_clash
from courses.tutoring.models import Booking, Meeting, MeetingSeat, Station
from courses.tutoring.refusals import (
    InThePast,
    MorePeopleThanPlaces,
    NotYetOpen,
    NotYetStarted,
    ReasonMissing,
    StationBusy,
    TooManyPlaces,
    TutorBusy,
    WrongHours,
)
from courses.tutoring.states import State
from enrollment.api import Cohort
from lms.accounts.models import User
from lms.base import audit

REASON_LENGTH = 100


@dataclass(frozen=True)
class Plan:
    """When, where and about what; times aware. ``places`` None means every seat of the station."""

    topic: str
    station: Station
    starts_at: datetime
    ends_at: datetime
    course: Course | None = None
    notes: str = ""
    places: int | None = None

    @property
    def seats(self) -> int:
        return self.station.capacity if self.places is None else self.places


@transaction.atomic
def plan_meeting(cohort: Cohort, plan: Plan, *, tutor: User, by: User, at: datetime) -> Meeting:
    """Write down a meeting with its chairs; students see it once it is published.

    Raises:
        WrongHours, InThePast, TooManyPlaces: the plan itself cannot be.
        StationBusy, TutorBusy: something else is there at that time.
    """
    _check(plan, tutor=tutor, at=at)
    meeting = Meeting.objects.create(
        cohort=cohort,
        tutor=tutor,
        course=plan.course,
        topic=plan.topic,
        notes=plan.notes,
        station=plan.station,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
    )
    MeetingSeat.objects.bulk_create(
        MeetingSeat(meeting=meeting, no=no) for no in range(1, plan.seats + 1)
    )
    audit.record(
        "meeting.planned",
        by=by,
        on=meeting,
        at=at,
        data={"starts_at": plan.starts_at, "station": plan.station.code, "places": plan.seats},
    )
    return meeting


@transaction.atomic
def publish(meeting: Meeting, *, by: User, at: datetime) -> None:
    """Open the meeting for booking.

    Raises:
        InThePast: it should have begun already.
        NotNow: it is not a plan any more.
    """
    if meeting.starts_at <= at:
        raise InThePast(meeting)
    states.move(meeting, State.PUBLISHED)
    audit.record("meeting.published", by=by, on=meeting, at=at)


@transaction.atomic
def change(meeting: Meeting, plan: Plan, *, by: User, at: datetime) -> None:
    """Give a coming meeting another time, place, topic or number of places.

    Calendars learn of every change by the sequence; those booked get a text message when time or
    place moved.

    Raises:
        NotNow: it is running, over or cancelled.
        MorePeopleThanPlaces: more people have booked than would fit.
        and whatever ``plan_meeting`` raises.
    """
    states.hold(meeting, *states.COMING)
    _check(plan, tutor=meeting.tutor, at=at, but=meeting)
    moved = (meeting.starts_at, meeting.ends_at, meeting.station_id) != (
        plan.starts_at,
        plan.ends_at,
        plan.station.pk,
    )
    before = {"starts_at": meeting.starts_at, "station": meeting.station.code}
    meeting.topic, meeting.notes, meeting.course = plan.topic, plan.notes, plan.course
    meeting.station, meeting.starts_at, meeting.ends_at = (
        plan.station,
        plan.starts_at,
        plan.ends_at,
    )
    meeting.sequence += 1
    meeting.save(
        update_fields=[
            "topic",
            "notes",
            "course",
            "station",
            "starts_at",
            "ends_at",
            "sequence",
        ]
    )
    _set_places(meeting, plan.seats, at=at)
    audit.record("meeting.changed", by=by, on=meeting, at=at, data={"was": before, "moved": moved})
    if moved:
        notices.announce(meeting, notices.CHANGED, by=by, at=at)


@transaction.atomic
def cancel(meeting: Meeting, *, reason: str, by: User, at: datetime) -> None:
    """Call a coming meeting off and tell everybody who booked, with the reason.

    Raises:
        ReasonMissing: students deserve one.
        NotNow: it is running or over.
    """
    reason = reason.strip()
    if not reason:
        raise ReasonMissing(meeting)
    states.move(meeting, State.CANCELLED)
    Meeting.objects.filter(pk=meeting.pk).update(
        sequence=F("sequence") + 1, cancel_reason=reason[:REASON_LENGTH]
    )
    meeting.refresh_from_db()
    audit.record("meeting.cancelled", by=by, on=meeting, at=at, data={"reason": reason})
    notices.announce(meeting, notices.CANCELLED, by=by, at=at)


@transaction.atomic
def start(meeting: Meeting, *, by: User, at: datetime) -> None:
    """Open the sign-in.

    Raises:
        NotYetOpen: more than half an hour too early.
        NotNow: not published, or over.
    """
    opens_at = times.sign_in_opens_at(meeting)
    if at < opens_at:
        raise NotYetOpen(meeting, time=words.hour(opens_at))
    states.move(meeting, State.RUNNING)
    audit.record("meeting.started", by=by, on=meeting, at=at)


@transaction.atomic
def finish(meeting: Meeting, *, by: User | None, at: datetime) -> None:
    """Close the sign-in; the roster stays open for late paper lists.

    Raises:
        NotYetStarted: before its beginning one cancels.
        NotNow: it never was published, or is over.
    """
    if at < meeting.starts_at:
        raise NotYetStarted(meeting)
    states.move(meeting, State.DONE)
    present = meeting.attendances.count()
    audit.record("meeting.finished", by=by, on=meeting, at=at, data={"present": present})


def _check(plan: Plan, *, tutor: User, at: datetime, but: Meeting | None = None) -> None:
    if not times.SHORTEST <= plan.ends_at - plan.starts_at <= times.LONGEST:
        raise WrongHours(plan)
    if plan.starts_at <= at:
        raise InThePast(plan)
    if not 1 <= plan.seats <= plan.station.capacity:
        raise TooManyPlaces(plan, station=plan.station.name, capacity=plan.station.capacity)
    # Two tutors may want the room in the same second: an update that changes nothing makes the
    # second wait for the first one's commit, and then see its meeting. Always in this order.
    Station.objects.filter(pk=plan.station.pk).update(capacity=F("capacity"))
    User.objects.filter(pk=tutor.pk).update(is_active=F("is_active"))
    taken = Meeting.objects.filter(
        state__in=states.LIVE, starts_at__lt=plan.ends_at, ends_at__gt=plan.starts_at
    ).select_related("station", "tutor")
    if but is not None:
        taken = taken.exclude(pk=but.pk)
    room = first_clash(plan.starts_at, plan.ends_at, _busy(taken.filter(station=plan.station)))
    if room:
        raise StationBusy(plan, **_told(room.what))
    own = first_clash(plan.starts_at, plan.ends_at, _busy(taken.filter(tutor=tutor)))
    if own:
        raise TutorBusy(plan, **_told(own.what))


def _busy(meetings: QuerySet[Meeting]) -> list[Busy[Meeting]]:
    return [Busy(meeting.starts_at, meeting.ends_at, meeting) for meeting in meetings]


def _told(meeting: Meeting) -> dict[str, str]:
    return {
        "topic": meeting.topic,
        "time": words.when(meeting),
        "station": meeting.station.name,
        "tutor": str(meeting.tutor),
    }


def _set_places(meeting: Meeting, places: int, *, at: datetime) -> None:
    """Add chairs, or take free ones away, highest number first."""
    numbers = list(meeting.seats.values_list("no", flat=True))
    surplus = len(numbers) - places
    if surplus > 0:
        free = meeting.seats.filter(booking__isnull=True).order_by("-no")
        going = list(free.values_list("pk", flat=True)[:surplus])
        if len(going) < surplus:
            booked = meeting.bookings.filter(state=Booking.State.BOOKED).count()
            raise MorePeopleThanPlaces(meeting, booked=booked)
        MeetingSeat.objects.filter(pk__in=going).delete()
    elif surplus < 0:
        first = max(numbers, default=0) + 1
        MeetingSeat.objects.bulk_create(
            MeetingSeat(meeting=meeting, no=no) for no in range(first, first - surplus)
        )
        booking.fill_chairs(meeting, at=at)
