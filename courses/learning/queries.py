"""Questions of the student's screens; each has a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID

from django.db.models import F, FilteredRelation, Max, OuterRef, Q, QuerySet, Subquery, Sum

from courses.catalogue.models import Course, Lesson, Unit
from courses.learning.maps import LessonState, UnitState
from courses.learning.models import CourseProgress, StudyDay, UnitProgress, WatchSegment
from enrollment.api import Milestone, Student


def own_courses(student: Student) -> list[CourseProgress]:
    """The courses open to the student in the order of the programme, each with ``studied_at``: one query."""
    last = (
        UnitProgress.objects.filter(student=student, unit__lesson__course=OuterRef("course"))
        .order_by()
        .values("unit__lesson__course")
        .annotate(last=Max("last_at"))
        .values("last")
    )
    return list(
        CourseProgress.objects.filter(
            Q(course__retired_at=None) | Q(completed_at__isnull=False), student=student
        )
        .select_related("course")
        .annotate(studied_at=Subquery(last))
        .order_by("course__order", "course_id")
    )


def current_course(courses: Sequence[CourseProgress]) -> CourseProgress | None:
    """The unfinished course studied last, else the first unfinished one."""
    going = [rolled for rolled in courses if rolled.completed_at is None and rolled.units_required]
    studied = [rolled for rolled in going if rolled.studied_at]  # type: ignore[attr-defined]
    if studied:
        return max(studied, key=lambda rolled: rolled.studied_at)  # type: ignore[attr-defined]
    return going[0] if going else None


def lessons_of(student: Student, course: Course) -> list[LessonState]:
    """Every lesson of a course with its units and the student's progress: one query."""
    units = _with_own_progress(
        student,
        Unit.objects.filter(
            lesson__course=course, lesson__retired_at=None, retired_at=None, required=True
        ),
    )
    rows = units.select_related("lesson").order_by("lesson__order", "lesson_id", "order", "id")
    by_lesson: dict[Lesson, list[UnitState]] = defaultdict(list)
    for unit in rows:
        by_lesson[unit.lesson].append(_state(unit))
    return [
        LessonState(lesson.uuid, number, lesson.title, lesson.minutes, tuple(states))
        for number, (lesson, states) in enumerate(by_lesson.items(), start=1)
    ]


def siblings(uuid: UUID) -> list[Lesson]:
    """The live lessons of the course to which this lesson belongs, in order: one query."""
    return list(
        Lesson.objects.filter(course__lessons__uuid=uuid, retired_at=None)
        .select_related("course__programme")
        .order_by("order", "id")
    )


def units_of(lesson: Lesson, student: Student | None) -> list[Unit]:
    """The units of a lesson with video, quiz and the student's progress (``mine_*``): two queries."""
    units = lesson.units.filter(retired_at=None).select_related("video", "quiz")
    if student is not None:
        units = _with_own_progress(student, units)
    return list(units.prefetch_related("video__renditions").order_by("order", "id"))


def _with_own_progress(student: Student, units: QuerySet[Unit]) -> QuerySet[Unit]:
    mine = FilteredRelation("progress", condition=Q(progress__student=student))
    return units.annotate(mine=mine).annotate(
        mine_share=F("mine__share"),
        mine_position_s=F("mine__position_s"),
        mine_last_at=F("mine__last_at"),
        mine_done_at=F("mine__done_at"),
    )


def _state(unit: Unit) -> UnitState:
    return UnitState(
        uuid=unit.uuid,
        kind=unit.kind,
        duration_s=unit.duration_s,
        size_bytes=unit.size_bytes,
        share=getattr(unit, "mine_share", None) or 0.0,
        last_at=getattr(unit, "mine_last_at", None),
        done=getattr(unit, "mine_done_at", None) is not None,
    )


def states_of(units: Iterable[Unit]) -> tuple[UnitState, ...]:
    """The same units as plain values."""
    return tuple(_state(unit) for unit in units)


def study_seconds(student: Student, *, since: date, until: date) -> dict[date, int]:
    """Seconds per local day, both ends included; days without study are absent."""
    days = StudyDay.objects.filter(student=student, day__gte=since, day__lte=until)
    return {row.day: row.seconds for row in days if row.seconds}


def heat(student: Student, *, until: date, weeks: int) -> dict[date, int]:
    """Minutes per day for the heat strip; a day of any study shows at least one."""
    since = until - timedelta(weeks=weeks)
    seconds = study_seconds(student, since=since, until=until)
    return {day: max(1, round(spent / 60)) for day, spent in seconds.items()}


def milestones(student: Student) -> list[Milestone]:
    """What the registry's ledger holds of the student, newest first."""
    return list(Milestone.objects.filter(student=student).order_by("-at", "-id"))


def spans_of(student: Student, course: Course) -> dict[UUID, list[list[float]]]:
    """Seen spans per video unit of a course."""
    rows = UnitProgress.objects.filter(
        student=student, unit__lesson__course=course, unit__kind=Unit.Kind.VIDEO
    )
    return dict(rows.values_list("unit__uuid", "spans"))


def not_counted(student: Student, course: Course) -> dict[UUID, dict[str, float]]:
    """Seconds of video that were sent but not credited, per unit and reason."""
    rows = (
        WatchSegment.objects.filter(student=student, unit__lesson__course=course)
        .exclude(refused_reason="")
        .values("unit__uuid", "refused_reason")
        .annotate(lost=Sum(F("end_s") - F("start_s") - F("credited_s")))
    )
    lost: dict[UUID, dict[str, float]] = defaultdict(dict)
    for row in rows:
        if row["lost"] >= 1:
            lost[row["unit__uuid"]][row["refused_reason"]] = row["lost"]
    return lost


def own_course(student: Student, uuid: UUID) -> CourseProgress | None:
    """The student's roll-up of one course by the course's uuid, or None if it is not theirs."""
    return (
        CourseProgress.objects.select_related("course__programme")
        .filter(student=student, course__uuid=uuid)
        .first()
    )


def week(studied: dict[date, int], *, today: date) -> list[tuple[date, str]]:
    """Monday to Sunday of this week with done, today, rest or ahead."""
    monday = today - timedelta(days=today.weekday())
    days = [monday + timedelta(days=n) for n in range(7)]
    return [(day, _day_state(day, studied, today)) for day in days]


def _day_state(day: date, studied: dict[date, int], today: date) -> str:
    if studied.get(day):
        return "done"
    if day == today:
        return "today"
    return "rest" if day < today else "ahead"
