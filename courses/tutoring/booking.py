"""Chairs: who has one, who waits for one. The last chair never goes to two."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from courses.tutoring import notices, states, words
from courses.tutoring.clashes import Busy, first_clash
from courses.tutoring.models import Booking, Meeting, MeetingSeat
from courses.tutoring.refusals import (
    AlreadyBookedThen,
    BookingClosed,
    NotNow,
    NotYourClass,
    TooLateToLeave,
)
from courses.tutoring.states import State
from enrollment.api import Student
from lms.accounts.models import User
from lms.base import audit

BOOKED, WAITING, CANCELLED = Booking.State.BOOKED, Booking.State.WAITING, Booking.State.CANCELLED


@transaction.atomic
def book(meeting: Meeting, student: Student, *, by: User, at: datetime) -> Booking:
    """Give the student a chair, or a place at the end of the waiting list; asking twice is once.

    Raises:
        NotYourClass: the meeting is another cohort's.
        BookingClosed: not published, begun, or over.
        AlreadyBookedThen: the student has another meeting at that time.
    """
    if student.cohort_id != meeting.cohort_id:
        raise NotYourClass(meeting)
    try:
        states.hold(meeting, State.PUBLISHED)
    except NotNow as refusal:
        raise BookingClosed(meeting) from refusal
    if meeting.starts_at <= at:
        raise BookingClosed(meeting)
    booking = Booking.objects.filter(meeting=meeting, student=student).first()
    if booking is not None and booking.state != CANCELLED:
        return booking
    _check_own_time(meeting, student)
    booking = booking or Booking(meeting=meeting, student=student)
    booking.since = at
    if not claim_chair(booking):
        booking.state = WAITING
        booking.save()
    audit.record(f"meeting.{booking.state}", by=by, on=booking, at=at, data=_about(booking))
    return booking


@transaction.atomic
def cancel_booking(booking: Booking, *, by: User, at: datetime) -> None:
    """Give up the chair or the place in the waiting list; a freed chair goes to the first waiting.

    Raises:
        TooLateToLeave: the meeting has begun, or the student is there already.
    """
    meeting = booking.meeting
    try:
        states.hold(meeting, State.PUBLISHED)
    except NotNow as refusal:
        raise TooLateToLeave(booking) from refusal
    if (
        meeting.starts_at <= at
        or meeting.attendances.filter(student_id=booking.student_id).exists()
    ):
        raise TooLateToLeave(booking)
    held = Booking.objects.filter(pk=booking.pk).exclude(state=CANCELLED)
    if not held.update(state=CANCELLED, seat=None):
        return
    booking.refresh_from_db()
    audit.record("meeting.left", by=by, on=booking, at=at, data=_about(booking))
    fill_chairs(meeting, at=at)


def fill_chairs(meeting: Meeting, *, at: datetime) -> list[Booking]:
    """Give free chairs to those who wait longest and tell them. The caller holds the meeting."""
    if meeting.state != State.PUBLISHED or meeting.starts_at <= at:
        return []
    free = meeting.seats.filter(booking__isnull=True).count()
    waiting = meeting.bookings.filter(state=WAITING).select_related("student__user")
    promoted = []
    for booking in waiting[:free]:
        if not claim_chair(booking):
            break
        audit.record("meeting.promoted", by=None, on=booking, at=at, data=_about(booking))
        notices.tell_promoted(booking, at=at)
        promoted.append(booking)
    return promoted


def claim_chair(booking: Booking) -> bool:
    """Put the booking on the free chair with the lowest number; False when there is none.

    The unique constraint on the chair is the judge: whoever loses it tries the next one.
    """
    free = MeetingSeat.objects.filter(meeting=booking.meeting, booking__isnull=True)
    for seat in free.order_by("no"):
        booking.seat, booking.state = seat, BOOKED
        try:
            with transaction.atomic():
                booking.save()
            return True
        except IntegrityError:
            if Booking.objects.filter(seat=seat).exists():
                continue
            raise  # not about the chair: the same student booked twice at once
    booking.seat = None
    return False


def _check_own_time(meeting: Meeting, student: Student) -> None:
    others = Meeting.objects.filter(
        bookings__student=student,
        bookings__state=BOOKED,
        state__in=states.OPEN,
        starts_at__lt=meeting.ends_at,
        ends_at__gt=meeting.starts_at,
    ).exclude(pk=meeting.pk)
    taken = [Busy(other.starts_at, other.ends_at, other) for other in others]
    met = first_clash(meeting.starts_at, meeting.ends_at, taken)
    if met:
        raise AlreadyBookedThen(meeting, topic=met.what.topic, time=words.when(met.what))


def _about(booking: Booking) -> dict[str, str]:
    return {"meeting": str(booking.meeting.uuid), "student": str(booking.student.uuid)}
