"""Writing notes and questions down, answering, taking back. Sending twice is once."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from courses.catalogue.models import Lesson, Unit
from courses.learning import access
from courses.learning.models import Learner
from courses.notebook.models import Note, Reply, TutorQuestion
from courses.notebook.refusals import (
    NothingWritten,
    NotOfThisLesson,
    NotYours,
    TakenBack,
    TooLong,
    TooManyWaiting,
)
from enrollment.api import Student
from lms.accounts.models import User
from lms.base import audit

Written = TypeVar("Written", Note, TutorQuestion)
MOST_CHARACTERS = 1000
# A student who asks more than this before the tutor is back wants a call, not a queue.
MOST_WAITING = 20


def place(lesson: Lesson, unit: UUID | None, at_s: float | None) -> tuple[Unit, float | None]:
    """Where in a lesson something is pinned: a second of a video, or a unit as a whole.

    Args:
        unit: None for the first one of the lesson.

    Raises:
        NotOfThisLesson: the unit was retired while the page lay open.
    """
    live = lesson.units.filter(retired_at=None).order_by("order", "id")
    found = (live.filter(uuid=unit) if unit else live).first()
    if found is None:
        raise NotOfThisLesson(lesson)
    if found.kind != Unit.Kind.VIDEO or at_s is None:
        return found, None
    return found, round(min(max(0.0, at_s), found.duration_s), 1)


@transaction.atomic
def take_note(
    student: Student, unit: Unit, *, at_s: float | None, text: str, uuid: UUID, at: datetime
) -> Note:
    """Keep a note of the student's own. No audit row: nobody else has a say in it.

    Raises:
        NothingWritten, TooLong.
    """
    text = _cleaned(text)
    access.hold(student, at=at)
    known = Note.objects.filter(uuid=uuid).first()
    if known is not None:
        return _own(known, student)
    return Note.objects.create(
        uuid=uuid, student=student, unit=unit, at_s=at_s, text=text, written_at=at
    )


def drop_note(student: Student, uuid: UUID) -> int:
    """Delete one note; returns how many went."""
    return Note.objects.filter(student=student, uuid=uuid).delete()[0]


def drop_notes(student: Student) -> int:
    """Delete every note of the student; returns how many went."""
    return Note.objects.filter(student=student).delete()[0]


@transaction.atomic
def ask(
    student: Student, unit: Unit, *, at_s: float | None, text: str, uuid: UUID, at: datetime
) -> TutorQuestion:
    """Put a question into the tutors' queue.

    Raises:
        NothingWritten, TooLong.
        TooManyWaiting: the tutor comes first.
    """
    text = _cleaned(text)
    access.hold(student, at=at)
    known = TutorQuestion.objects.filter(uuid=uuid).first()
    if known is not None:
        return _own(known, student)
    waiting = TutorQuestion.objects.filter(
        student=student, answered_at=None, taken_back_at=None
    ).count()
    if waiting >= MOST_WAITING:
        raise TooManyWaiting(student, count=waiting)
    question = TutorQuestion.objects.create(
        uuid=uuid, student=student, unit=unit, at_s=at_s, text=text, asked_at=at
    )
    audit.record("question.asked", by=student.user, on=question, at=at)
    return question


@transaction.atomic
def take_back(question: TutorQuestion, *, by: User, at: datetime) -> None:
    """Remove the student's words and show the question to nobody any more.

    The row stays, and what tutors answered stays with it. Twice is once.
    """
    access.hold(question.student, at=at)
    mine = TutorQuestion.objects.filter(pk=question.pk, taken_back_at=None)
    if mine.update(text=None, taken_back_at=at):
        audit.record("question.taken_back", by=by, on=question, at=at)
        _count_unseen(question.student)


@transaction.atomic
def reply(question: TutorQuestion, *, by: User, text: str, uuid: UUID, at: datetime) -> Reply:
    """Answer a question; a second answer stands below the first.

    Raises:
        NothingWritten, TooLong.
        TakenBack: the student withdrew it while the tutor wrote.
    """
    text = _cleaned(text)
    access.hold(question.student, at=at)
    known = Reply.objects.filter(uuid=uuid).first()
    if known is not None:
        if (known.question_id, known.tutor_id) != (question.pk, by.pk):
            raise NotYours(uuid)
        return known
    open_ = TutorQuestion.objects.filter(pk=question.pk, taken_back_at=None)
    # The first answer takes the question out of the queue; later ones leave the moment alone.
    if not open_.filter(answered_at=None).update(answered_at=at) and not open_.exists():
        raise TakenBack(question)
    written = Reply.objects.create(uuid=uuid, question=question, tutor=by, text=text, at=at)
    audit.record("question.answered", by=by, on=question, at=at)
    _count_unseen(question.student)
    return written


@transaction.atomic
def see(student: Student, *, at: datetime) -> None:
    """The student looks at the answers."""
    access.hold(student, at=at)
    _unseen(student).update(seen_at=at)
    _count_unseen(student)


def _unseen(student: Student) -> QuerySet[Reply]:
    return Reply.objects.filter(
        question__student=student, question__taken_back_at=None, seen_at=None
    )


def _count_unseen(student: Student) -> None:
    """Counted anew, so that it can never drift."""
    Learner.objects.filter(student=student).update(unseen_replies=_unseen(student).count())


def _own(known: Written, student: Student) -> Written:
    """What was sent before; a made-up uuid opens nobody else's words."""
    if known.student_id != student.pk:
        raise NotYours(known.uuid)
    return known


def _cleaned(text: str) -> str:
    text = text.strip()
    if not text:
        raise NothingWritten
    if len(text) > MOST_CHARACTERS:
        raise TooLong(most=MOST_CHARACTERS)
    return text
