"""Questions that the screens ask about meetings; each has a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import (
    BigIntegerField,
    Count,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce

from courses.catalogue.models import Course
from courses.tutoring import shifts, states
from courses.tutoring.models import Attendance, Booking, Meeting, MeetingSeat, Station
from courses.tutoring.record_models import LeaveRequest, MakeUp
from courses.tutoring.term_models import Holiday
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
    leave: LeaveRequest | None = None
    make_up: MakeUp | None = None

    @property
    def words(self) -> str:
        """Of a request for leave: the tutor's answer, else the reason."""
        found = self.leave and (self.leave.answer or self.leave.reason)
        return found.plain() if found else ""

    @property
    def state(self) -> str:
        """booked, waiting, or empty: what the student has there now."""
        live = self.booking and self.booking.state != Booking.State.CANCELLED
        return self.booking.state if self.booking and live else ""


def visible_to(student: Student) -> QuerySet[Meeting]:
    """Meetings of the student's class that are not merely planned, with their counts."""
    mine = Meeting.objects.filter(cohort_id=student.cohort_id)
    return with_counts(mine.exclude(state=Meeting.State.PLANNED))


def coming_and_past_for(
    student: Student, *, at: datetime
) -> tuple[list[OwnMeeting], list[OwnMeeting]]:
    """What the student may still come to, soonest first, and what lies behind, newest first.

    Both at once: a meeting that the tutor has closed lies behind though its hour is not over.
    """
    mine = own(visible_to(student).filter(_coming(student, at) | _past(at)), student)
    coming = [one for one in mine if not _is_past(one.meeting, at)]
    past = [one for one in mine if _is_past(one.meeting, at)]
    return coming, past[::-1]


def past_for(student: Student, *, at: datetime) -> list[OwnMeeting]:
    """What lies behind, newest first."""
    return own(visible_to(student).filter(_past(at)).order_by("-starts_at"), student)


def _coming(student: Student, at: datetime) -> Q:
    """Open ones; a cancelled one only if it concerned the student."""
    concerned = Q(bookings__student=student) & ~Q(bookings__state=Booking.State.CANCELLED)
    mine = Meeting.objects.filter(concerned).values("pk")
    cancelled = Q(state=Meeting.State.CANCELLED, pk__in=mine)
    return Q(ends_at__gt=at) & (Q(state__in=states.OPEN) | cancelled)


def _past(at: datetime) -> Q:
    over = Q(ends_at__lte=at) | Q(state=Meeting.State.DONE)
    return over & Q(starts_at__gt=at - RECENT) & ~Q(state=Meeting.State.CANCELLED)


def _is_past(meeting: Meeting, at: datetime) -> bool:
    return meeting.ends_at <= at or meeting.state == Meeting.State.DONE


def own(meetings: Iterable[Meeting], student: Student) -> list[OwnMeeting]:
    """Join meetings with all that the student has there: four statements for any number."""
    meetings = list(meetings)
    keys = [meeting.pk for meeting in meetings]
    bookings = {b.meeting_id: b for b in Booking.objects.filter(student=student, meeting__in=keys)}
    present = {
        a.meeting_id: a for a in Attendance.objects.filter(student=student, meeting__in=keys)
    }
    leaves = {
        one.meeting_id: one
        for one in LeaveRequest.objects.filter(student=student, meeting__in=keys).exclude(
            state=LeaveRequest.State.WITHDRAWN
        )
    }
    made = {one.meeting_id: one for one in MakeUp.objects.filter(student=student, meeting__in=keys)}
    return [
        OwnMeeting(m, bookings.get(m.pk), present.get(m.pk), leaves.get(m.pk), made.get(m.pk))
        for m in meetings
    ]


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


def looks_after(tutor: User, student: Student, *, at: datetime) -> bool:
    """Whether the student is the tutor's own, or only a guest of a meeting: then the study is not shown."""
    return students_of(tutor, at=at).filter(pk=student.pk).exists()


def callable_by(tutor: User, *, at: datetime) -> QuerySet[Student]:
    """Students whose number the tutor may see: their own, and guests of a recent or coming meeting.

    A guest has a chair there, asked for leave, or makes it up; whoever waits for the tutor's word
    on a make-up may be called however long ago the meeting was.
    """
    recent = Q(meeting__tutor=tutor, meeting__ends_at__gt=at - GUESTS_STAY)
    booked = Booking.objects.filter(recent).exclude(state=Booking.State.CANCELLED)
    excused = LeaveRequest.objects.filter(recent).exclude(state=LeaveRequest.State.WITHDRAWN)
    waiting = Q(meeting__tutor=tutor, state=MakeUp.State.WAITING)
    return Student.objects.filter(
        Q(pk__in=students_of(tutor, at=at).values("pk"))
        | Q(pk__in=booked.values("student"))
        | Q(pk__in=excused.values("student"))
        | Q(pk__in=MakeUp.objects.filter(recent | waiting).values("student"))
    )


def behind(tutor: User, *, at: datetime) -> QuerySet[Standing]:
    """Whom to call: behind, least done first."""
    return (
        Standing.objects.filter(student__in=students_of(tutor, at=at), state=Standing.State.BEHIND)
        .select_related("student__programme", "student__user", "student__cohort")
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
    leave: LeaveRequest | None = None
    make_up: MakeUp | None = None

    @property
    def excuse(self) -> str:
        """Why the student asked for leave; empty if they did not."""
        return self.leave.reason.plain() if self.leave and self.leave.reason else ""

    @property
    def tone(self) -> str:
        """The colour of what is said of this student."""
        if self.attended:
            return "good"
        return "info" if self.make_up else "neutral"

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
    """The whole class sorted by what they have with this meeting: five statements."""
    bookings = {b.student_id: b for b in meeting.bookings.all()}
    present = {a.student_id: a for a in meeting.attendances.all()}
    leaves = {
        one.student_id: one
        for one in LeaveRequest.objects.filter(meeting=meeting).exclude(
            state=LeaveRequest.State.WITHDRAWN
        )
    }
    made = {one.student_id: one for one in MakeUp.objects.filter(meeting=meeting)}
    students = Student.objects.filter(cohort_id=meeting.cohort_id).exclude(
        status=Student.Status.WITHDRAWN
    )
    parts: dict[str, list[RosterLine]] = {"booked": [], "waiting": [], "others": []}
    for student in students.select_related("user").order_by("student_no"):
        booking, attended = bookings.get(student.pk), present.get(student.pk)
        state = booking.state if booking else Booking.State.CANCELLED
        line = RosterLine(student, booking, attended, leaves.get(student.pk), made.get(student.pk))
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


MISSED_SHOWN = timedelta(days=30)


@dataclass(frozen=True)
class Missed:
    """A meeting that is over, and who had a chair and was not there."""

    meeting: Meeting
    lines: list[RosterLine]


def missed(tutor: User, *, at: datetime) -> list[Missed]:
    """The tutor's last meetings with those who did not come, the newest first: five statements."""
    over = Meeting.objects.filter(tutor=tutor, ends_at__lte=at, ends_at__gt=at - MISSED_SHOWN)
    meetings = list(
        over.filter(state__in=(*states.OPEN, Meeting.State.DONE))
        .select_related("station")
        .order_by("-starts_at")
    )
    keys = [meeting.pk for meeting in meetings]
    there = set(Attendance.objects.filter(meeting__in=keys).values_list("meeting_id", "student_id"))
    leaves = {
        (one.meeting_id, one.student_id): one
        for one in LeaveRequest.objects.filter(
            meeting__in=keys, state=LeaveRequest.State.AGREED
        ).select_related("student__user")
    }
    made = {
        (one.meeting_id, one.student_id): one
        for one in MakeUp.objects.filter(meeting__in=keys).select_related("repeat__station")
    }
    wanted = {
        (one.meeting_id, one.student_id): one
        for one in Booking.objects.filter(
            meeting__in=keys, state=Booking.State.BOOKED
        ).select_related("student__user")
    }
    lines: dict[int, list[RosterLine]] = {}
    for key in {*wanted, *leaves} - there:
        booked, leave = wanted.get(key), leaves.get(key)
        student = booked.student if booked else leave.student if leave else None
        if student is None or student.status == Student.Status.WITHDRAWN:
            continue
        line = RosterLine(student, booked, None, leave, made.get(key))
        lines.setdefault(key[0], []).append(line)
    for own_lines in lines.values():
        own_lines.sort(key=lambda line: line.student.student_no)
    return [Missed(meeting, lines[meeting.pk]) for meeting in meetings if meeting.pk in lines]


def sign_ins_of(tutor: User, *, at: datetime) -> QuerySet[Attendance]:
    """Presences of the tutor's recent meetings that came from a phone."""
    recent = Attendance.objects.filter(meeting__tutor=tutor, meeting__ends_at__gt=at - RECENT)
    return recent.exclude(device="").select_related("meeting__station", "student")


def plans_of_series(meeting: Meeting) -> int:
    """How many meetings of the same series are still plans."""
    if meeting.series is None or meeting.state != Meeting.State.PLANNED:
        return 0
    return Meeting.objects.filter(
        series=meeting.series, tutor=meeting.tutor_id, state=Meeting.State.PLANNED
    ).count()


def free_for(meeting: Meeting) -> tuple[int, int]:
    """How many students of the class are off then, of those who said when they work."""
    students = Student.objects.filter(cohort=meeting.cohort_id).exclude(
        status=Student.Status.WITHDRAWN
    )
    calendars = shifts.calendars_of(students)
    free = sum(
        calendar.margin_min(meeting.starts_at, meeting.ends_at) is not None
        for calendar in calendars.values()
    )
    return free, len(calendars)


def works_during(student: Student, meeting: Meeting) -> bool:
    """Whether the student's own painted week has a shift then; False for who painted none."""
    calendar = shifts.calendars_of([student]).get(student.pk)
    return calendar is not None and (
        calendar.margin_min(meeting.starts_at, meeting.ends_at) is None
    )


@dataclass(frozen=True)
class HolidaysKnown:
    """How far the table of holidays can be relied upon.

    Args:
        last: the last day that was entered; None while the table is empty.
        unchecked: days without the notice they come from.
    """

    last: date | None
    unchecked: int


def holidays_known() -> HolidaysKnown:
    found = Holiday.objects.aggregate(last=Max("day"), unchecked=Count("pk", filter=Q(source="")))
    return HolidaysKnown(found["last"], found["unchecked"])
