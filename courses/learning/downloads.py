"""What a student may take along for the hours without a signal, what it weighs, and what a week takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, FilteredRelation, Q, Sum
from django.urls import reverse

from courses.catalogue.models import Course, Lesson, Unit
from courses.learning import queries
from courses.learning.maps import LessonState, UnitState, next_lesson
from courses.learning.models import CourseProgress
from courses.quizzes import papers
from enrollment.api import Student
from lms.accounts.models import User
from lms.templatetags import ui
from media import api as media_api

# Page, styles, poster, captions and quiz of a lesson: they weigh half of this (``./run bench phone``).
REST_BYTES = 100 * 1024
# A download outlives a holiday at home; renewed whenever the phone has a signal.
KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Parcel:
    """A lesson as it would lie on a phone, with its picture or with the sound alone."""

    lesson: LessonState
    sound_bytes: int

    @property
    def with_picture(self) -> int:
        return self.lesson.all_bytes + REST_BYTES

    @property
    def with_sound(self) -> int:
        """0 if there is no sound of its own."""
        return self.sound_bytes + REST_BYTES if self.sound_bytes else 0


@dataclass(frozen=True)
class Shelf:
    """A course with its parcels in the order of study."""

    course: Course
    parcels: Sequence[Parcel]


def this_week(parcels: Sequence[Parcel], days: int) -> list[Parcel]:
    """What a week of study takes: from where the student goes on, one unfinished lesson per study day. Pure."""
    following = next_lesson([parcel.lesson for parcel in parcels])
    if following is None:
        return []
    ahead = [one for one in parcels if one.lesson.number >= following.number]
    return [one for one in ahead if not one.lesson.is_done][:days]


def shelves(student: Student, courses: Sequence[CourseProgress]) -> list[Shelf]:
    """Every open course with what its lessons weigh: one query."""
    open_courses = {rolled.course_id: rolled.course for rolled in courses}
    by_course: dict[int, dict[UUID, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for row in _units(student, list(open_courses)):
        by_course[row.course_id][row.in_lesson].append(row)
    return [
        Shelf(course, [_parcel(n, rows) for n, rows in enumerate(by_course[pk].values(), start=1)])
        for pk, course in open_courses.items()
    ]


def _units(student: Student, courses: Sequence[int]) -> Any:
    mine = FilteredRelation("progress", condition=Q(progress__student=student))
    sound = Sum("video__renditions__size_bytes", filter=Q(video__renditions__kind="audio"))
    live = Unit.objects.filter(
        lesson__course__in=courses, lesson__retired_at=None, retired_at=None, required=True
    )
    rows = live.annotate(mine=mine).annotate(
        course_id=F("lesson__course_id"),
        in_lesson=F("lesson__uuid"),
        title_of=F("lesson__title"),
        minutes=F("lesson__minutes"),
        share=F("mine__share"),
        last_at=F("mine__last_at"),
        done_at=F("mine__done_at"),
        sound=sound,
    )
    columns = ("course_id", "in_lesson", "title_of", "minutes", "sound", *_OF_UNIT)
    return rows.order_by("lesson__order", "lesson_id", "order", "id").values_list(
        *columns, named=True
    )


_OF_UNIT = ("uuid", "kind", "duration_s", "size_bytes", "share", "last_at", "done_at")


def _parcel(number: int, rows: Sequence[Any]) -> Parcel:
    first = rows[0]
    units = tuple(
        UnitState(
            row.uuid,
            row.kind,
            row.duration_s,
            row.size_bytes,
            row.share or 0.0,
            row.last_at,
            row.done_at is not None,
        )
        for row in rows
    )
    state = LessonState(first.in_lesson, number, first.title_of, first.minutes, units)
    return Parcel(state, sum(row.sound or 0 for row in rows))


def row(
    lesson: UUID, title: str, picture: int, sound: int, number: int | None = None
) -> dict[str, Any]:
    """Inputs of ``download_row``; without a number it stands on the lesson's own page."""
    return {
        "uuid": str(lesson),
        "number": number,
        "title": title,
        "url": reverse("courses:lesson", args=[lesson]),
        "source": reverse("courses:download", args=[lesson]),
        "picture": picture,
        "sound": sound,
        "size": ui.megabytes(picture),
    }


def row_of(lesson: Lesson, units: Sequence[Unit]) -> dict[str, Any]:
    """The same from the units that the lesson's page has read anyway; the sound is weighed at the download."""
    picture = sum(unit.size_bytes for unit in units) + REST_BYTES
    return row(lesson.uuid, lesson.title, picture, 0)


# ---------------------------------------------------------------- one lesson, file by file


def manifest(
    lesson: Lesson, student: Student | None, *, user: User, at: datetime
) -> dict[str, Any]:
    """What a phone must fetch to have the whole lesson: plain values for JSON.

    Returns:
        ``lesson``, ``title``, ``course``, ``page`` (address); ``owner`` as pages name it; ``expires``
        (POSIX ms); ``ready`` (False while a film is being prepared); ``films``: ``unit`` and, with
        address and bytes, ``picture``, ``sound``, ``poster``, ``captions``, each absent if there is
        none; ``papers``: addresses of the quizzes that can be answered without a signal.
    """
    units = queries.units_of(lesson, student)
    films = [(unit, unit.video) for unit in units if unit.video is not None]
    ready = all(film.is_playable for _unit, film in films)
    played = [(unit, media_api.playback(film, user=user, at=at)) for unit, film in films if ready]
    # The paper of a quiz is handed in by a student; in an open course it needs a signal.
    carried = units if student is not None else ()
    quizzes = [unit for unit in carried if unit.quiz is not None and papers.may_travel(unit.quiz)]
    return {
        "lesson": str(lesson.uuid),
        "title": lesson.title,
        "course": lesson.course.title,
        "page": reverse("courses:lesson", args=[lesson.uuid]),
        "owner": str(user.pk),
        "expires": round((at + KEPT_FOR).timestamp() * 1000),
        "ready": ready and all(one.is_whole for _unit, one in played),
        "films": [_film(unit, one) for unit, one in played],
        "papers": [reverse("courses:quiz_paper", args=[unit.uuid]) for unit in quizzes],
    }


def _film(unit: Unit, played: media_api.Playback) -> dict[str, Any]:
    parts = {
        "picture": (played.saver_url, played.sizes.get("saver", 0)),
        "sound": (played.audio_url, played.sizes.get("audio", 0)),
        "poster": (played.poster_url, 0),
        "captions": (played.captions_url, 0),
    }
    files = {name: {"url": url, "bytes": size} for name, (url, size) in parts.items() if url}
    return {"unit": str(unit.uuid), **files}
