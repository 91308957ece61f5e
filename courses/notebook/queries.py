"""What was written, by lesson and second; each a fixed number of statements."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from django.db.models import Model, Prefetch, QuerySet

from courses.catalogue.models import Lesson
from courses.notebook.models import Note, Reply, TutorQuestion
from courses.tutoring import queries as tutoring
from enrollment.api import Student
from lms.accounts.models import User

Row = TypeVar("Row", bound=Model)
_PLACE = "unit__lesson__course"
_IN_ORDER = (
    "unit__lesson__course__order",
    "unit__lesson__course_id",
    "unit__lesson__order",
    "unit__lesson_id",
    "unit__order",
    "unit_id",
    "at_s",
    "id",
)


def _by_place(rows: QuerySet[Row]) -> QuerySet[Row]:
    return rows.select_related(_PLACE).order_by(*_IN_ORDER)


def _replies() -> Prefetch[str]:
    return Prefetch("replies", Reply.objects.select_related("tutor"))


def notes_of(student: Student, lesson: Lesson | None = None) -> list[Note]:
    """The student's notes in the order of study, of one lesson or all: one query."""
    notes = Note.objects.filter(student=student)
    if lesson is not None:
        notes = notes.filter(unit__lesson=lesson)
    return list(_by_place(notes))


def questions_of(student: Student, lesson: Lesson | None = None) -> list[TutorQuestion]:
    """The student's questions with their answers: of one lesson by place, of all the newest first."""
    questions = TutorQuestion.objects.filter(student=student, taken_back_at=None)
    questions = questions.prefetch_related(_replies())
    if lesson is not None:
        return list(_by_place(questions.filter(unit__lesson=lesson)))
    return list(questions.select_related(_PLACE).order_by("-asked_at", "-id"))


def asked_of(tutor: User, *, at: datetime) -> QuerySet[TutorQuestion]:
    """Questions of the students whom the tutor looks after."""
    students = tutoring.students_of(tutor, at=at)
    return TutorQuestion.objects.filter(student__in=students, taken_back_at=None)


def waiting_for(tutor: User, *, at: datetime) -> QuerySet[TutorQuestion]:
    """The queue: the same place in a lesson together, so that one thought answers several."""
    waiting = asked_of(tutor, at=at).filter(answered_at=None)
    return _by_place(waiting.select_related("student__programme"))


def answered_for(tutor: User, *, at: datetime) -> QuerySet[TutorQuestion]:
    """Answered ones, the latest first."""
    done = asked_of(tutor, at=at).filter(answered_at__isnull=False)
    return (
        done.select_related(_PLACE, "student__programme")
        .prefetch_related(_replies())
        .order_by("-answered_at", "-id")
    )
