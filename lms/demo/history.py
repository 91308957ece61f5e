"""Eleven weeks of study of the class: some finished, most on track, some behind, a few not begun.

Everything goes through the services that phones use, at times in the past; the seed of the
random choices is fixed, so that two demos tell the same story.
"""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from courses import api as courses
from courses.api import Course, Unit
from courses.catalogue import projection
from courses.learning import standing
from courses.learning.models import UnitProgress
from courses.quizzes.models import QuestionVersion
from enrollment.api import Cohort, Student
from lms.base import clock
from lms.base.jobs import api as jobs
from lms.base.jobs import running
from lms.base.jobs.models import Job
from lms.demo import cast
from media.models import Video

SEED = 20260923
RIDERS_HOURS = (15, 16, 22, 23)  # between two peaks, or on the bed at night


@dataclass(frozen=True)
class Pace:
    """``lessons`` of twelve done by now, the last one ``silent_days`` ago."""

    lessons: int
    silent_days: int


def paces(chance: random.Random, count: int) -> list[Pace]:
    """One pace per student: the first is the demo's own student, well on her way."""
    rest = (
        [Pace(12, chance.randint(1, 12)) for _ in range(7)]
        + [Pace(chance.randint(7, 10), chance.randint(0, 5)) for _ in range(count - 24)]
        + [Pace(chance.randint(3, 7), chance.randint(15, 40)) for _ in range(8)]
        + [Pace(chance.randint(2, 5), chance.randint(0, 8)) for _ in range(5)]
        + [Pace(0, 0) for _ in range(3)]
    )
    chance.shuffle(rest)
    return [Pace(7, 0), *rest]


def build(cohort: Cohort, *, now: datetime) -> None:
    """Let the class study, unless it has already."""
    students = list(
        Student.objects.filter(cohort=cohort).select_related("user", "cohort", "programme")
    )
    if UnitProgress.objects.filter(student__in=students).exists():
        return
    # The demo's own student first: her pace is not left to chance.
    students.sort(key=lambda student: student.name != cast.STUDENTS[0][0])
    _know_lengths()
    chance = random.Random(SEED)  # noqa: S311 - a story, not a secret
    answers = {version.pk: _right(version) for version in QuestionVersion.objects.all()}
    units = _units_by_programme()
    for student, pace in zip(students, paces(chance, len(students)), strict=True):
        with transaction.atomic():
            _study(student, pace, units[student.programme_id], answers, chance, now=now)
            standing.report(student, at=now)


def _know_lengths() -> None:
    """Read how long the sample lectures are before any worker has: the story needs it."""
    for job in Job.objects.filter(kind="media.probe", state=jobs.JobState.QUEUED):
        running.attend(job.pk)
    for video in Video.objects.filter(duration_s__gt=0):
        projection.measure_again(video)


def _units_by_programme() -> dict[int, list[list[Unit]]]:
    """Units by lesson in the order of study, for each programme."""
    found: dict[int, list[list[Unit]]] = {}
    degree = Course.objects.filter(retired_at=None, is_open=False)
    for course in degree.order_by("programme", "order"):
        for lesson in course.lessons.filter(retired_at=None).order_by("order"):
            units = list(
                lesson.units.filter(retired_at=None)
                .select_related("lesson__course", "quiz", "video")
                .order_by("order")
            )
            found.setdefault(course.programme_id, []).append(units)
    return found


def _study(
    student: Student,
    pace: Pace,
    lessons: list[list[Unit]],
    answers: dict[int, Any],
    chance: random.Random,
    *,
    now: datetime,
) -> None:
    begins = clock.start_of_day(student.cohort.starts_on) + timedelta(days=1)
    last = now - timedelta(days=pace.silent_days)
    for no, units in enumerate(lessons[: pace.lessons], start=1):
        day = begins + (last - begins) * (no / pace.lessons)
        at = clock.start_of_day(clock.local_date(day)) + timedelta(
            hours=chance.choice(RIDERS_HOURS), minutes=chance.randrange(60)
        )
        at = min(at, now - timedelta(minutes=40))
        for unit in units:
            at = _finish(student, unit, answers, chance, at=at)


def _finish(
    student: Student, unit: Unit, answers: dict[int, Any], chance: random.Random, *, at: datetime
) -> datetime:
    """Finish one unit; returns when it was done."""
    if unit.kind == Unit.Kind.TEXT:
        at += timedelta(seconds=unit.duration_s)
        courses.finish_text(student, unit, at=at)
    elif unit.kind == Unit.Kind.VIDEO and unit.duration_s:
        began, at = at, at + timedelta(seconds=unit.duration_s + 4)
        segment = courses.Segment(
            uuid=uuid.UUID(int=chance.getrandbits(128), version=4),
            unit=unit.uuid,
            start_s=0,
            end_s=unit.duration_s,
            rate=1,
            started_at=began,
            stopped_at=at,
        )
        courses.record_segments(student, [segment], device="demo", sent_at=at, at=at)
    elif unit.kind == Unit.Kind.QUIZ and unit.quiz is not None:
        attempt = courses.open_attempt(student, unit.quiz, at=at)
        at += timedelta(seconds=chance.randint(90, 320))
        given = {pk: answers[pk] for pk, _points in attempt.version_ids}
        if chance.random() < 0.6:  # one slip, still a pass
            given.pop(chance.choice(list(given)))
        courses.submit(attempt, given, by=student.user, at=at)
    return at + timedelta(minutes=chance.randint(1, 6))


def _right(version: QuestionVersion) -> Any:
    """The right answer in the form that the page sends."""
    body = version.body
    if "options" in body:
        right = [option["key"] for option in body["options"] if option["correct"]]
        return right if version.question.kind == "multiple" else right[0]
    return body["answers"][0] if "answers" in body else str(body["answer"])
