"""Who came: by the rotating code, or by the tutor's roster. One presence per student and meeting."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from courses.learning import access, standing
from courses.learning.models import Learner
from courses.tutoring import booking, codes, states, times, words
from courses.tutoring.models import Attendance, Booking, Meeting
from courses.tutoring.refusals import (
    CodeTooOld,
    CodeUnknown,
    DeviceUsed,
    MeetingCancelled,
    MinutesUnfit,
    NoChairLeft,
    NotInThisClass,
    NotNow,
    NotThere,
    OtherClass,
    RosterClosed,
    SignInNotOpen,
    SignInOver,
)
from courses.tutoring.states import State
from enrollment.api import Milestone, Student, record_milestone
from lms.accounts.models import User
from lms.base import audit

CODE, ROSTER, LATER = Attendance.How.CODE, Attendance.How.ROSTER, Attendance.How.LATER


def code_of(meeting: Meeting, *, at: datetime) -> str:
    """The token to show at ``at``."""
    return codes.make(meeting.uuid, meeting.secret, at)


def codes_ahead(meeting: Meeting, *, at: datetime) -> list[str]:
    """Every token from ``at`` (or from the first that is shown) to the end of the meeting.

    For the tutor's phone, which may lose its signal on the stairs to the basement.
    """
    first = max(at, times.code_shows_from(meeting))
    steps = range(codes.step_of(first), codes.step_of(meeting.ends_at) + 1)
    shown = (codes.moment_of(step) for step in steps)
    return [codes.make(meeting.uuid, meeting.secret, moment) for moment in shown]


def meeting_of_code(text: str) -> Meeting:
    """The meeting that a code names; nothing is proven yet.

    Raises:
        CodeUnknown: it names none.
    """
    token = codes.parse(text)
    meeting = (
        Meeting.objects.select_related("station", "cohort", "tutor")
        .filter(uuid=token.meeting)
        .first()
        if token
        else None
    )
    if meeting is None:
        raise CodeUnknown(text)
    return meeting


def check_code(text: str, meeting: Meeting, *, scanned_at: datetime) -> None:
    """Whether the code was on the tutor's screen when it was scanned.

    Raises:
        CodeUnknown: tampered with, or another meeting's.
        CodeTooOld: it was right once.
    """
    token = codes.parse(text)
    if token is None:
        raise CodeUnknown(text)
    verdict = codes.verify(token, meeting=meeting.uuid, secret=meeting.secret, at=scanned_at)
    if verdict is codes.Verdict.TOO_OLD:
        raise CodeTooOld(text)
    if verdict is not codes.Verdict.FRESH:
        raise CodeUnknown(text)


def age_s(text: str, *, scanned_at: datetime) -> int | None:
    """Whole seconds from the first showing of a code to its scan; None for what is no code."""
    token = codes.parse(text)
    if token is None:
        return None
    return max(0, int((scanned_at - codes.moment_of(token.step)).total_seconds()))


def check_hours(meeting: Meeting, *, at: datetime) -> None:
    """Whether a code of this meeting signs anybody in now.

    Raises:
        MeetingCancelled, SignInOver, SignInNotOpen: with the words for the student's screen.
    """
    if meeting.state == State.CANCELLED:
        raise MeetingCancelled(meeting)
    if meeting.state == State.DONE or at > meeting.ends_at:
        raise SignInOver(meeting)
    opens_at = times.sign_in_opens_at(meeting)
    if meeting.state == State.PLANNED or at < opens_at:
        raise SignInNotOpen(meeting, time=words.hour(opens_at))


@transaction.atomic
def sign_in(
    meeting: Meeting,
    student: Student,
    *,
    device: uuid.UUID,
    by: User | None,
    at: datetime,
    code_age_s: int | None = None,
) -> Attendance:
    """Note that the student is there; the caller has checked the code. Twice is once.

    Whoever has no chair gets a free one; the tutor can still tick the rest by hand.

    Args:
        device: the phone, by its cookie: one phone signs in one student per meeting.
        code_age_s: how long the code had been on the tutor's screen when it was scanned.

    Raises:
        SignInRefused: one of its kinds, with the words for the student's screen.
    """
    known = Attendance.objects.filter(meeting=meeting, student=student).first()
    if known is not None:
        return known
    if student.cohort_id != meeting.cohort_id:
        raise OtherClass(meeting)
    check_hours(meeting, at=at)
    try:
        states.hold(meeting, *states.OPEN)
    except NotNow:
        check_hours(meeting, at=at)
        raise
    _take_chair(meeting, student, at=at)
    return _note(
        meeting, student, how=CODE, device=str(device), code_age_s=code_age_s, by=by, at=at
    )


@transaction.atomic
def sign_in_later(
    text: str,
    student: Student,
    *,
    scanned_at: datetime,
    device: uuid.UUID,
    by: User | None,
    at: datetime,
) -> Attendance:
    """Note a scan that was made without a signal and comes in at ``at``. Twice is once.

    The code proves itself by the meeting's secret alone: neither phone had to reach the server
    when it was shown and scanned, and whichever upload comes first is the presence.

    Args:
        scanned_at: by the server's clock: the phone's, less what it was off at this contact.

    Raises:
        SignInRefused: one of its kinds, with the words for the student's screen.
    """
    meeting = meeting_of_code(text)
    known = Attendance.objects.filter(meeting=meeting, student=student).first()
    if known is not None:
        return known
    if student.cohort_id != meeting.cohort_id:
        raise OtherClass(meeting)
    check_code(text, meeting, scanned_at=scanned_at)
    if meeting.state == State.CANCELLED:
        raise MeetingCancelled(meeting)
    opens_at = times.sign_in_opens_at(meeting)
    if meeting.state == State.PLANNED or scanned_at < times.code_shows_from(meeting):
        raise SignInNotOpen(meeting, time=words.hour(opens_at))
    if scanned_at > meeting.ends_at or not times.roster_is_open(meeting, max(at, opens_at)):
        raise SignInOver(meeting)
    states.hold(meeting, *states.OPEN, State.DONE)
    _take_chair(meeting, student, at=at)
    # Who scanned early waited for the opening: that is when they were there.
    there_at = max(scanned_at, opens_at)
    return _note(
        meeting,
        student,
        how=LATER,
        device=str(device),
        code_age_s=age_s(text, scanned_at=scanned_at),
        by=by,
        at=there_at,
        told_at=at,
    )


@transaction.atomic
def tick(meeting: Meeting, student: Student, *, by: User, at: datetime) -> Attendance:
    """The tutor sees the student: no chair is asked for, presence is the truth. Twice is once.

    Raises:
        RosterClosed: too early, too late, or the meeting never was.
        NotInThisClass: the student is of another cohort.
    """
    _check_roster(meeting, at=at)
    if student.cohort_id != meeting.cohort_id:
        raise NotInThisClass(meeting)
    known = Attendance.objects.filter(meeting=meeting, student=student).first()
    return known or _note(meeting, student, how=ROSTER, device="", by=by, at=at)


@transaction.atomic
def untick(meeting: Meeting, student: Student, *, by: User, at: datetime) -> bool:
    """Take a tick back that was a mistake; False when there was none.

    The registry's ledger only grows: the correction is a line of its own beside the first one.

    Raises:
        RosterClosed: too early or too late.
    """
    _check_roster(meeting, at=at)
    known = Attendance.objects.filter(meeting=meeting, student=student).first()
    if known is None:
        return False
    was = {"how": known.how, "at": known.at.isoformat(), "device": known.device}
    if not Attendance.objects.filter(pk=known.pk).delete()[0]:
        return False
    nth = _unticked(meeting, student) + 1
    record_milestone(
        student,
        key=f"meeting.unticked:{meeting.uuid}:{nth}",
        at=at,
        evidence={"meeting": str(meeting.uuid), "was": was, "station": meeting.station_id},
    )
    audit.record(
        "meeting.unticked",
        by=by,
        on=meeting,
        at=at,
        data={"student": str(student.uuid), "was": was},
    )
    _count_again(student, at=at)
    return True


@transaction.atomic
def note_late(
    meeting: Meeting, student: Student, *, minutes: int, by: User, at: datetime
) -> Attendance:
    """The tutor says how late somebody came; 0 takes it back.

    Raises:
        RosterClosed: too early or too late.
        NotThere: who was not there cannot be late.
        MinutesUnfit: more than the meeting has.
    """
    noted = _there(meeting, student, minutes=minutes, at=at)
    noted.late_min = minutes
    noted.save(update_fields=["late_min"])
    _told_minutes("meeting.late", noted, minutes=minutes, by=by, at=at)
    return noted


@transaction.atomic
def note_left(
    meeting: Meeting, student: Student, *, minutes: int, by: User, at: datetime
) -> Attendance:
    """The tutor says how many minutes before the end somebody left; 0 takes it back.

    Raises:
        RosterClosed, NotThere, MinutesUnfit: as for ``note_late``.
    """
    noted = _there(meeting, student, minutes=minutes, at=at)
    noted.left_at = meeting.ends_at - timedelta(minutes=minutes) if minutes else None
    noted.save(update_fields=["left_at"])
    _told_minutes("meeting.left_early", noted, minutes=minutes, by=by, at=at)
    return noted


def _there(meeting: Meeting, student: Student, *, minutes: int, at: datetime) -> Attendance:
    _check_roster(meeting, at=at)
    noted = Attendance.objects.filter(meeting=meeting, student=student).first()
    if noted is None:
        raise NotThere(meeting)
    # In seconds: a length of so many minutes may be more than there is time.
    if not 0 <= minutes * 60 < (meeting.ends_at - meeting.starts_at).total_seconds():
        raise MinutesUnfit(meeting)
    return noted


def _told_minutes(action: str, noted: Attendance, *, minutes: int, by: User, at: datetime) -> None:
    audit.record(
        action,
        by=by,
        on=noted.meeting,
        at=at,
        data={"student": str(noted.student.uuid), "minutes": minutes},
    )


def _check_roster(meeting: Meeting, *, at: datetime) -> None:
    expected = (*states.OPEN, State.DONE)
    if meeting.state not in expected or not times.roster_is_open(meeting, at):
        raise RosterClosed(meeting)
    states.hold(meeting, *expected)


def _unticked(meeting: Meeting, student: Student) -> int:
    key = f"meeting.unticked:{meeting.uuid}:"
    return Milestone.objects.filter(student=student, key__startswith=key).count()


def _take_chair(meeting: Meeting, student: Student, *, at: datetime) -> None:
    seat = Booking.objects.filter(meeting=meeting, student=student).first()
    if seat is not None and seat.state == Booking.State.BOOKED:
        return
    seat = seat or Booking(meeting=meeting, student=student)
    seat.since = at
    if not booking.claim_chair(seat):
        raise NoChairLeft(meeting)


def _note(
    meeting: Meeting,
    student: Student,
    *,
    how: Attendance.How,
    device: str,
    by: User | None,
    at: datetime,
    told_at: datetime | None = None,
    code_age_s: int | None = None,
) -> Attendance:
    """Write the presence of ``at`` down; ``told_at`` is when we heard of it, if that was later."""
    # When the tutor ticks says nothing about when the student came: only a scan can be late.
    late_min = times.late_min(meeting, at) if how != ROSTER else 0
    try:
        with transaction.atomic():
            noted = Attendance.objects.create(
                meeting=meeting,
                student=student,
                at=at,
                how=how,
                device=device,
                late_min=late_min,
                code_age_s=code_age_s,
                by=by,
            )
    except IntegrityError as error:
        known = Attendance.objects.filter(meeting=meeting, student=student).first()
        if known is None:
            raise DeviceUsed(meeting) from error
        return known
    nth = _unticked(meeting, student)
    record_milestone(
        student,
        key=f"meeting.ticked_again:{meeting.uuid}:{nth}"
        if nth
        else f"meeting.attended:{meeting.uuid}",
        at=at,
        recorded_at=told_at,
        evidence={
            "meeting": str(meeting.uuid),
            "topic": meeting.topic,
            "how": how,
            "late_min": late_min,
            "station": meeting.station_id,
        },
    )
    audit.record(
        "meeting.attended",
        by=by,
        on=meeting,
        at=at,
        data={"student": str(student.uuid), "how": how},
    )
    # The ledger's line is of the moment in which it is written: it counts all that is known by now.
    _count_again(student, studied_at=at, at=told_at or at)
    return noted


def _count_again(student: Student, *, at: datetime, studied_at: datetime | None = None) -> None:
    """Roll the student's standing up in the same transaction; an hour in class is study too."""
    mine = Learner.objects.filter(student=student)
    if not mine.exists():  # the news of the matriculation was not heard
        access.open_access(student, at=at)
    access.hold(student, at=at)
    if studied_at is not None:
        earlier = Q(last_study_at__isnull=True) | Q(last_study_at__lt=studied_at)
        mine.filter(earlier).update(last_study_at=studied_at)
    standing.report(student, at=at)
