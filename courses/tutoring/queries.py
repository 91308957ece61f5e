"""Questions that the screens ask about meetings; each has a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import (
    BigIntegerField,
    Count,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce

from courses.catalogue.models import Course
from courses.tutoring import states
from courses.tutoring.models import Attendance, Booking, Meeting, MeetingSeat, Station
from enrollment.api import Cohort, Standing, Student
from lms.accounts import policies
from lms.accounts.models import Role, User
from lms.base import clock
from lms.base.prepared import Given, Prepared

RECENT = timedelta(days=120)
GUESTS_STAY = timedelta(days=30)


def _count(rows: QuerySet[MeetingSeat] | QuerySet[Booking] | QuerySet[Attendance]) -> Coalesce:
    counted = rows.filter(meeting=OuterRef("pk")).order_by().values("meeting")
    number = counted.annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(number, output_field=IntegerField()), 0)


def with_counts(meetings: QuerySet[Meeting]) -> QuerySet[Meeting]:
    """Adds ``places``, ``booked``, ``waiting`` and ``present``, counted by the database."""
    return meetings.annotate(
        places=_count(MeetingSeat.objects.all()),
        booked=_count(Booking.objects.filter(state=Booking.State.BOOKED)),
        waiting=_count(Booking.objects.filter(state=Booking.State.WAITING)),
        present=_count(Attendance.objects.all()),
    ).select_related("station", "tutor", "course")


# --- Students ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class OwnMeeting:
    """A meeting as one student sees it."""

    meeting: Meeting
    booking: Booking | None
    attended: Attendance | None

    @property
    def state(self) -> str:
        """booked, waiting, or empty: what the student has there now."""
        live = self.booking and self.booking.state != Booking.State.CANCELLED
        return self.booking.state if self.booking and live else ""


def visible_to(student: Student) -> QuerySet[Meeting]:
    """Meetings of the student's class that are not merely planned, with their counts."""
    mine = Meeting.objects.filter(cohort_id=student.cohort_id)
    return with_counts(mine.exclude(state=Meeting.State.PLANNED))


def coming_for(student: Student, *, at: datetime) -> list[OwnMeeting]:
    """What the student may still come to, soonest first; a cancelled one only if it concerned them."""
    coming = visible_to(student).filter(ends_at__gt=at)
    concerned = Q(bookings__student=student) & ~Q(bookings__state=Booking.State.CANCELLED)
    mine = Meeting.objects.filter(concerned).values("pk")
    return own(
        coming.filter(Q(state__in=states.OPEN) | Q(state=Meeting.State.CANCELLED, pk__in=mine)),
        student,
    )


def past_for(student: Student, *, at: datetime) -> list[OwnMeeting]:
    """What lies behind, newest first."""
    past = visible_to(student).exclude(state=Meeting.State.CANCELLED)
    past = past.filter(Q(ends_at__lte=at) | Q(state=Meeting.State.DONE))
    return own(past.filter(starts_at__gt=at - RECENT).order_by("-starts_at"), student)


def own(meetings: Iterable[Meeting], student: Student) -> list[OwnMeeting]:
    """Join meetings with the student's bookings and presences: two statements for any number."""
    meetings = list(meetings)
    keys = [meeting.pk for meeting in meetings]
    bookings = {b.meeting_id: b for b in Booking.objects.filter(student=student, meeting__in=keys)}
    present = {
        a.meeting_id: a for a in Attendance.objects.filter(student=student, meeting__in=keys)
    }
    return [OwnMeeting(m, bookings.get(m.pk), present.get(m.pk)) for m in meetings]


_NEXT_BOOKED = Prepared(
    lambda: (
        Meeting.objects.filter(
            bookings__student_id=Given("student", BigIntegerField()),
            bookings__state=Booking.State.BOOKED,
            state__in=states.OPEN,
            ends_at__gt=Given("now", DateTimeField()),
        )
        .select_related("station", "tutor")
        .order_by("starts_at")
    )
)


def next_booked(student: Student, *, at: datetime) -> Meeting | None:
    """The next meeting in which the student has a chair (for the Today screen)."""
    found: Meeting | None = _NEXT_BOOKED.first(student=student.pk, now=at)
    return found


def stations() -> QuerySet[Station]:
    """Every station, district by district."""
    return Station.objects.select_related("district").order_by("district__code", "name")


# --- Tutors ------------------------------------------------------------------------------------


def cohorts_of(tutor: User, *, at: datetime) -> QuerySet[Cohort]:
    """Classes of the tutor's city that are not over: admitted, or with somebody admitted early.

    A tutor's grant may be of a district in the city.
    """
    today = clock.local_date(at)
    held = policies.units_of(tutor, Role.TUTOR)
    cities = {int(path.split("/")[0]) for path in held.values_list("path", flat=True) if path}
    begun = Q(closes_on__lte=today) | Exists(Student.objects.filter(cohort=OuterRef("pk")))
    return Cohort.objects.filter(begun, city__in=cities, ends_on__gte=today)


def students_of(tutor: User, *, at: datetime) -> QuerySet[Student]:
    """Students whom the tutor looks after: of these classes, within the units of the grant."""
    return Student.objects.filter(
        cohort__in=cohorts_of(tutor, at=at), org_unit__in=policies.units_of(tutor, Role.TUTOR)
    ).exclude(status=Student.Status.WITHDRAWN)


def callable_by(tutor: User, *, at: datetime) -> QuerySet[Student]:
    """Students whose number the tutor may see: their own, and guests of a recent or coming meeting."""
    guests = Booking.objects.filter(meeting__tutor=tutor, meeting__ends_at__gt=at - GUESTS_STAY)
    return Student.objects.filter(
        Q(pk__in=students_of(tutor, at=at).values("pk"))
        | Q(pk__in=guests.exclude(state=Booking.State.CANCELLED).values("student"))
    )


def behind(tutor: User, *, at: datetime) -> QuerySet[Standing]:
    """Whom to call: behind, least done first."""
    return (
        Standing.objects.filter(student__in=students_of(tutor, at=at), state=Standing.State.BEHIND)
        .select_related("student__programme", "student__user")
        .order_by("share", "student__student_no")
    )


def meetings_of(tutor: User) -> QuerySet[Meeting]:
    """The tutor's own meetings with counts."""
    return with_counts(Meeting.objects.filter(tutor=tutor)).select_related(
        "station", "tutor", "course", "cohort"
    )


def courses_for(cohorts: QuerySet[Cohort]) -> QuerySet[Course]:
    """Courses that the students of these classes take."""
    return (
        Course.objects.filter(programme__places__cohort__in=cohorts, retired_at__isnull=True)
        .select_related("programme")
        .distinct()
    )


@dataclass(frozen=True)
class RosterLine:
    """One student on the roster."""

    student: Student
    booking: Booking | None
    attended: Attendance | None

    @property
    def anchor(self) -> str:
        """Where the page comes back to after a tick."""
        return f"s-{self.student.uuid}"


@dataclass(frozen=True)
class Roster:
    """Those with a chair or already there, those who wait (longest first), the rest of the class."""

    booked: list[RosterLine]
    waiting: list[RosterLine]
    others: list[RosterLine]


def roster(meeting: Meeting) -> Roster:
    """The whole class sorted by what they have with this meeting: three statements."""
    bookings = {b.student_id: b for b in meeting.bookings.all()}
    present = {a.student_id: a for a in meeting.attendances.all()}
    students = Student.objects.filter(cohort_id=meeting.cohort_id).exclude(
        status=Student.Status.WITHDRAWN
    )
    parts: dict[str, list[RosterLine]] = {"booked": [], "waiting": [], "others": []}
    for student in students.select_related("user").order_by("student_no"):
        booking, attended = bookings.get(student.pk), present.get(student.pk)
        state = booking.state if booking else Booking.State.CANCELLED
        line = RosterLine(student, booking, attended)
        if state == Booking.State.BOOKED or attended:
            parts["booked"].append(line)
        elif state == Booking.State.WAITING:
            parts["waiting"].append(line)
        else:
            parts["others"].append(line)
    parts["waiting"].sort(key=lambda line: line.booking.since if line.booking else meeting.ends_at)
    return Roster(**parts)


def arrivals(meeting: Meeting) -> QuerySet[Attendance]:
    """Who is there, the last one first."""
    return meeting.attendances.select_related("student").order_by(F("at").desc(), "-pk")
