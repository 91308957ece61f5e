"""A meeting from plan to end: what tutors do with it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

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
from courses.tutoring.term_models import Holiday
from enrollment.api import Cohort
from lms.accounts.models import User
from lms.base import audit, clock

REASON_LENGTH = 100
# Of a numbered topic, so that the number fits behind it.
TOPIC_LENGTH = 110
MOST_IN_A_SERIES = 20


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
    has_childcare: bool = False
    hands_out_kits: bool = False
    guest: str = ""

    @property
    def seats(self) -> int:
        return self.station.capacity if self.places is None else self.places


@transaction.atomic
def plan_meeting(
    cohort: Cohort,
    plan: Plan,
    *,
    tutor: User,
    by: User,
    at: datetime,
    series: uuid.UUID | None = None,
) -> Meeting:
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
        series=series,
        has_childcare=plan.has_childcare,
        hands_out_kits=plan.hands_out_kits,
        guest=plan.guest,
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
def plan_series(
    cohort: Cohort, plan: Plan, *, times: int, tutor: User, by: User, at: datetime
) -> list[Meeting]:
    """Write down a meeting on the same day of ``times`` weeks, all or none; holidays are passed over.

    The topics are numbered: two dates of one topic would be two chances for the same lesson.

    Raises:
        whatever ``plan_meeting`` raises, for the first date that cannot be.
    """
    series = uuid.uuid4()
    made = []
    for number, starts_at in enumerate(weekly(plan.starts_at, times), start=1):
        one = replace(
            plan,
            topic=_("%(topic)s（%(n)d／%(all)d）")
            % {"topic": plan.topic[:TOPIC_LENGTH], "n": number, "all": times},
            starts_at=starts_at,
            ends_at=starts_at + (plan.ends_at - plan.starts_at),
        )
        made.append(plan_meeting(cohort, one, tutor=tutor, by=by, at=at, series=series))
    return made


def weekly(first: datetime, times: int) -> list[datetime]:
    """So many moments a week apart, those on holidays left out and made up for at the end."""
    # A spring festival and an October hold two weeks each at most.
    weeks = [first + timedelta(weeks=n) for n in range(times + 8)]
    off = set(
        Holiday.objects.filter(
            day__range=(clock.local_date(weeks[0]), clock.local_date(weeks[-1]))
        ).values_list("day", flat=True)
    )
    return [at for at in weeks if clock.local_date(at) not in off][:times]


def holiday_on(at: datetime) -> str:
    """The name of the holiday on that day; empty when there is none, as far as was entered."""
    names = Holiday.objects.filter(day=clock.local_date(at)).values_list("name", flat=True)
    return names.first() or ""


@transaction.atomic
def publish_series(meeting: Meeting, *, by: User, at: datetime) -> int:
    """Open every meeting of the series that is still a plan; returns how many.

    Raises:
        NotNow: none is.
        InThePast: one should have begun already.
    """
    plans = Meeting.objects.filter(
        series=meeting.series, tutor=meeting.tutor_id, state=State.PLANNED
    )
    waiting = list(plans) if meeting.series else []
    if not waiting:
        raise states.refusal(meeting)
    for one in waiting:
        publish(one, by=by, at=at)
    return len(waiting)


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
    meeting.has_childcare, meeting.hands_out_kits = plan.has_childcare, plan.hands_out_kits
    meeting.guest = plan.guest
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
            "has_childcare",
            "hands_out_kits",
            "guest",
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
