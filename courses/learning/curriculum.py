"""What the registrar asks of the courses: the plan of a programme, and how far its students are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db.models import F, Max, Q

from courses.catalogue.models import Course, Unit
from courses.learning.models import CourseProgress
from courses.quizzes.models import Attempt
from enrollment.api import CourseStudy, PlannedCourse

_Pair = tuple[int, UUID]


def plan_of(programme_id: int) -> list[PlannedCourse]:
    """The live courses of a programme, in their order; what is open to everybody is not of a degree."""
    live = Course.objects.filter(programme=programme_id, retired_at=None, is_open=False)
    return [PlannedCourse(each.uuid, each.title, each.credits) for each in live]


def study_of(students: Iterable[int]) -> dict[_Pair, CourseStudy]:
    """(student, course) → how far; four queries for any number of students of one class."""
    keys = list(students)
    percents = _percents(keys)
    rows = CourseProgress.objects.filter(student__in=keys).values_list(
        "student", "course__uuid", "units_done", "units_required", "completed_at"
    )
    return {
        (student, course): CourseStudy(
            done, required, completed is not None, percents.get((student, course))
        )
        for student, course, done, required, completed in rows
    }


def _percents(students: list[int]) -> dict[_Pair, int]:
    """The mean over the quizzes that a course asks for; one that nobody tried counts as nothing."""
    asked: dict[UUID, set[int]] = defaultdict(set)
    units = Unit.objects.filter(
        Q(quiz__isnull=False), required=True, retired_at=None, lesson__retired_at=None
    )
    for course, quiz in units.values_list("lesson__course__uuid", "quiz"):
        asked[course].add(quiz)
    best: dict[int, dict[int, float]] = defaultdict(dict)
    tried = (
        Attempt.objects.filter(student__in=students, submitted_at__isnull=False, max_score__gt=0)
        .order_by()
        .values("student", "quiz")
        .annotate(best=Max(F("score") / F("max_score")))
    )
    for row in tried:
        best[row["student"]][row["quiz"]] = row["best"] or 0.0
    return {
        (student, course): round(100 * sum(of.get(quiz, 0.0) for quiz in quizzes) / len(quizzes))
        for student, of in best.items()
        for course, quizzes in asked.items()
        if quizzes & of.keys()
    }
