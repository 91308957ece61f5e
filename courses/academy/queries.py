"""What the screens of the academy ask; each a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, FilteredRelation, Q, Sum

from courses.academy.learning import open_units
from courses.academy.models import MemberProgress
from courses.catalogue.models import Course, Lesson, Unit
from courses.learning.maps import LessonState, UnitState
from lms.accounts.models import User


@dataclass(frozen=True)
class OpenCourse:
    """An open course as far as one person is; units."""

    course: Course
    lessons: int
    minutes: int
    done: int
    total: int


def courses_for(user: User) -> list[OpenCourse]:
    """Every open course with lessons, in the order of the tree: two queries."""
    units = open_units().filter(required=True).values("lesson__course")
    mine = Q(open_progress__user=user, open_progress__done_at__isnull=False)
    counts = {
        row["lesson__course"]: row
        for row in units.annotate(
            total=Count("pk", distinct=True), done=Count("pk", filter=mine, distinct=True)
        ).order_by()
    }
    live = Q(lessons__retired_at=None)
    courses = Course.objects.filter(pk__in=counts).annotate(
        lesson_count=Count("lessons", filter=live), minutes=Sum("lessons__minutes", filter=live)
    )
    return [
        OpenCourse(
            course, course.lesson_count, course.minutes or 0,
            counts[course.pk]["done"], counts[course.pk]["total"],
        )
        for course in courses.order_by("programme__order", "order", "id")
    ]  # fmt: skip


def any_open() -> bool:
    return Course.objects.filter(is_open=True, retired_at=None).exists()


def lessons_of(user: User, course: Course) -> list[LessonState]:
    """Every lesson of an open course with the person's progress: one query."""
    mine = FilteredRelation("open_progress", condition=Q(open_progress__user=user))
    rows = (
        open_units()
        .filter(lesson__course=course, required=True)
        .annotate(mine=mine)
        .annotate(share=F("mine__share"), last=F("mine__last_at"), done=F("mine__done_at"))
        .order_by("lesson__order", "lesson_id", "order", "id")
    )
    by_lesson: dict[Lesson, list[Any]] = defaultdict(list)
    for unit in rows:
        by_lesson[unit.lesson].append(unit)
    return [
        LessonState(lesson.uuid, number, lesson.title, lesson.minutes, tuple(map(_state, units)))
        for number, (lesson, units) in enumerate(by_lesson.items(), start=1)
    ]


def _state(unit: Any) -> UnitState:
    return UnitState(
        unit.uuid, unit.kind, unit.duration_s, unit.size_bytes,
        unit.share or 0.0, unit.last, unit.done is not None,
    )  # fmt: skip


def with_progress(units: Sequence[Unit], user: User) -> Sequence[Unit]:
    """The units with the person's progress on them as ``mine_*``: one query."""
    held = {row.unit_id: row for row in MemberProgress.objects.filter(user=user, unit__in=units)}
    for unit in units:
        row = held.get(unit.pk)
        unit.mine_share = row.share if row else None  # type: ignore[attr-defined]
        unit.mine_position_s = row.position_s if row else None  # type: ignore[attr-defined]
        unit.mine_done_at = row.done_at if row else None  # type: ignore[attr-defined]
    return units
