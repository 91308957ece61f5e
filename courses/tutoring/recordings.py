"""The film of a meeting becomes a unit to study, beside the courses and counting in none of them.

Units hang on a lesson of a course of a programme, and everything that takes evidence of study
(phones that were offline, the bound on watching, quizzes) knows units only. So each programme has
one course for make-ups that is retired from its first moment: it is on no list and asked of
nobody, and its units take evidence like any other.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from courses.catalogue.models import Course, Lesson, Unit
from courses.quizzes.models import Quiz
from courses.tutoring import states
from courses.tutoring.models import Meeting
from courses.tutoring.record_models import Recording
from courses.tutoring.refusals import NoRecordingYet
from courses.tutoring.states import State
from enrollment.api import Programme, Student
from lms.accounts.models import User
from lms.base import audit
from media import api as media_api

_SPACE = uuid.UUID("5f0c5b0e-55a4-4c0e-9c0b-2f2d0c7a9e11")
FILM, QUIZ = "recording", "quiz"


def quizzes_for(meeting: Meeting) -> QuerySet[Quiz]:
    """Quizzes that the meeting's course asks, or if it asks none, any course of the class; no exams."""
    taught = Unit.objects.filter(
        quiz__isnull=False,
        retired_at=None,
        lesson__retired_at=None,
        lesson__course__retired_at=None,
        lesson__course__programme__places__cohort=meeting.cohort_id,
    )
    free = Quiz.objects.filter(minutes=None, tries=None, opens_at=None, closes_at=None)
    free = free.order_by("title", "pk")
    own = free.filter(pk__in=taught.filter(lesson__course=meeting.course_id).values("quiz"))
    return own if own.exists() else free.filter(pk__in=taught.values("quiz"))


@transaction.atomic
def attach(
    meeting: Meeting, *, video: media_api.Video, quiz: Quiz, by: User, at: datetime
) -> Recording:
    """Give the meeting its film and quiz, or others than before; what was watched stays watched.

    Raises:
        NoRecordingYet: it has not been held.
    """
    check(meeting, at=at)
    recording, _made = Recording.objects.update_or_create(
        meeting=meeting, defaults={"video": video, "quiz": quiz, "added_at": at}
    )
    for programme in Programme.objects.filter(places__cohort=meeting.cohort_id).distinct():
        _keep_units(recording, programme, at=at)
    audit.record(
        "meeting.recorded",
        by=by,
        on=meeting,
        at=at,
        data={"video": str(video.uuid), "quiz": str(quiz.uuid)},
    )
    return recording


def check(meeting: Meeting, *, at: datetime) -> None:
    """Whether there can be a film of the meeting.

    Raises:
        NoRecordingYet: it has not been held.
    """
    if meeting.starts_at > at or meeting.state not in (*states.OPEN, State.DONE):
        raise NoRecordingYet(meeting)


def units_of(recording: Recording, student: Student) -> dict[str, Unit]:
    """The film and the quiz as units of the student's programme, by ``FILM`` and ``QUIZ``."""
    units = Unit.objects.filter(lesson__uuid=_lesson_uuid(recording, student.programme_id))
    return {unit.block_id: unit for unit in units.select_related("video", "quiz", "lesson")}


def meeting_of_lesson(lesson_uuid: uuid.UUID) -> Meeting | None:
    """The meeting whose recording a lesson holds; None for lessons of the courses."""
    lesson = Lesson.objects.filter(uuid=lesson_uuid, page=None).select_related("course").first()
    if lesson is None or lesson.course.uuid != _course_uuid(lesson.course.programme_id):
        return None
    names = Recording.objects.select_related("meeting").filter(
        video__units__lesson=lesson, meeting__cohort__places__programme=lesson.course.programme_id
    )
    found = (r for r in names if _lesson_uuid(r, lesson.course.programme_id) == lesson_uuid)
    return next((recording.meeting for recording in found), None)


def _keep_units(recording: Recording, programme: Programme, *, at: datetime) -> None:
    course, _made = Course.objects.get_or_create(
        uuid=_course_uuid(programme.pk),
        defaults={
            "programme": programme,
            "title": _("线下课补课"),
            "credits": 0,
            "retired_at": at,
        },
    )
    lesson, _made = Lesson.objects.update_or_create(
        uuid=_lesson_uuid(recording, programme.pk),
        defaults={"course": course, "title": recording.meeting.topic},
    )
    video, quiz = recording.video, recording.quiz
    Unit.objects.update_or_create(
        lesson=lesson,
        block_id=FILM,
        defaults={
            "kind": Unit.Kind.VIDEO,
            "title": video.title,
            "order": 1,
            "required": False,
            "video": video,
            # A film on its way through the pipeline is measured when it is playable.
            "duration_s": round(video.duration_s or 0),
        },
    )
    Unit.objects.update_or_create(
        lesson=lesson,
        block_id=QUIZ,
        defaults={
            "kind": Unit.Kind.QUIZ,
            "title": quiz.title,
            "order": 2,
            "required": False,
            "quiz": quiz,
        },
    )


def _course_uuid(programme: int) -> uuid.UUID:
    return uuid.uuid5(_SPACE, f"programme:{programme}")


def _lesson_uuid(recording: Recording, programme: int) -> uuid.UUID:
    return uuid.uuid5(recording.meeting.uuid, f"programme:{programme}")
