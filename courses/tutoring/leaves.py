"""Leave: a student says beforehand why they cannot come; the tutor answers, the chair is freed."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from courses.tutoring import booking, notices, states, times
from courses.tutoring.models import Booking, Meeting
from courses.tutoring.record_models import LeaveRequest
from courses.tutoring.refusals import (
    LeaveAnswered,
    LeaveClosed,
    LeaveReasonMissing,
    NotNow,
    NotYourClass,
    TooLateToLeave,
    WordsMissing,
)
from courses.tutoring.states import State
from enrollment.api import Student
from lms.accounts.models import User
from lms.base import audit

WORDS_LENGTH = 200
# A paper note may come after the class.
KEPT_OPEN = times.ROSTER_STAYS_OPEN
Answer = LeaveRequest.State
# After a withdrawal or a "no" one may ask again, with another reason.
AGAIN = (Answer.WITHDRAWN, Answer.DECLINED)


@transaction.atomic
def ask(meeting: Meeting, student: Student, *, reason: str, by: User, at: datetime) -> LeaveRequest:
    """Ask the tutor for leave; the chair is kept until the answer. Twice is once.

    Raises:
        LeaveReasonMissing: the tutor has to know why.
        NotYourClass, LeaveClosed: another class's, not published, begun or over.
    """
    reason = reason.strip()[:WORDS_LENGTH]
    if not reason:
        raise LeaveReasonMissing(meeting)
    if student.cohort_id != meeting.cohort_id:
        raise NotYourClass(meeting)
    try:
        states.hold(meeting, State.PUBLISHED)
    except NotNow as refusal:
        raise LeaveClosed(meeting) from refusal
    if meeting.starts_at <= at:
        raise LeaveClosed(meeting)
    known = LeaveRequest.objects.filter(meeting=meeting, student=student).first()
    if known is not None and known.state not in AGAIN:
        return known
    leave = known or LeaveRequest(meeting=meeting, student=student)
    leave.reason, leave.state, leave.asked_at = reason, Answer.ASKED, at
    leave.answer, leave.answered_by, leave.answered_at = None, None, None
    leave.save()
    # The reason may be an illness: it stays on the request and out of the record.
    audit.record("leave.asked", by=by, on=leave, at=at, data=_about(leave))
    return leave


@transaction.atomic
def withdraw(leave: LeaveRequest, *, by: User, at: datetime) -> None:
    """The student can come after all.

    Raises:
        LeaveAnswered: the tutor was faster.
    """
    _move(leave, Answer.WITHDRAWN)
    audit.record("leave.withdrawn", by=by, on=leave, at=at, data=_about(leave))


@transaction.atomic
def agree(leave: LeaveRequest, *, words: str = "", by: User, at: datetime) -> None:
    """Excuse the student; until the sign-in opens the chair goes to whoever waits.

    Raises:
        LeaveAnswered: it was answered or withdrawn meanwhile.
    """
    _answer(leave, Answer.AGREED, words, by=by, at=at)
    held = Booking.objects.filter(meeting=leave.meeting, student=leave.student)
    taken = held.exclude(state=Booking.State.CANCELLED).select_related("meeting").first()
    if taken is not None:
        # Once the sign-in is open, or the student came after all, chairs stay; the leave holds.
        with suppress(TooLateToLeave):
            booking.cancel_booking(taken, by=by, at=at)


@transaction.atomic
def decline(leave: LeaveRequest, *, words: str, by: User, at: datetime) -> None:
    """Say no, and why; the chair stays the student's.

    Raises:
        WordsMissing: a "no" needs a reason.
        LeaveAnswered: it was answered or withdrawn meanwhile.
    """
    if not words.strip():
        raise WordsMissing(leave)
    _answer(leave, Answer.DECLINED, words, by=by, at=at)


def waiting_for(tutor: User, *, at: datetime) -> QuerySet[LeaveRequest]:
    """What the tutor has to answer, the class that comes first on top; none of classes called off."""
    asked = LeaveRequest.objects.filter(meeting__tutor=tutor, state=Answer.ASKED)
    return (
        asked.exclude(meeting__state=State.CANCELLED)
        .filter(meeting__ends_at__gt=at - KEPT_OPEN)
        .select_related("meeting__station", "student__user")
        .order_by("meeting__starts_at", "asked_at")
    )


def _answer(
    leave: LeaveRequest, state: LeaveRequest.State, words: str, *, by: User, at: datetime
) -> None:
    _move(leave, state)
    leave.answer = words.strip()[:WORDS_LENGTH] or None
    leave.answered_by, leave.answered_at = by, at
    leave.save(update_fields=["answer", "answered_by", "answered_at"])
    audit.record(f"leave.{state}", by=by, on=leave, at=at, data=_about(leave))
    notices.tell_leave(leave, by=by, at=at)


def _move(leave: LeaveRequest, state: LeaveRequest.State) -> None:
    # Named by the state it expects: of two answers, or an answer and a withdrawal, one counts.
    asked = LeaveRequest.objects.filter(pk=leave.pk, state=Answer.ASKED)
    if not asked.update(state=state):
        raise LeaveAnswered(leave)
    leave.state = state


def _about(leave: LeaveRequest) -> dict[str, str]:
    return {"meeting": str(leave.meeting.uuid), "student": str(leave.student.uuid)}
