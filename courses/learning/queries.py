"""Questions of the student's screens; each has a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    DateField,
    F,
    FilteredRelation,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    UUIDField,
)

from courses.catalogue.models import Course, Lesson, Unit
from courses.learning.maps import LessonState, UnitState
from courses.learning.models import CourseProgress, StudyDay, UnitProgress, WatchSegment
from enrollment.api import Milestone, Student, recognised_courses
from lms.base.prepared import Given, Prepared

_ID = BigIntegerField()


def _recognised() -> Q:
    return Q(course__uuid__in=recognised_courses(Given("student", _ID)))


def _last_study() -> Subquery:
    last = (
        UnitProgress.objects.filter(
            student_id=Given("student", _ID), unit__lesson__course=OuterRef("course")
        )
        .order_by()
        .values("unit__lesson__course")
        .annotate(last=Max("last_at"))
        .values("last")
    )
    return Subquery(last)


_OWN_COURSES = Prepared(
    lambda: (
        CourseProgress.objects.filter(
            Q(course__retired_at=None) | Q(completed_at__isnull=False),
            student_id=Given("student", _ID),
        )
        .select_related("course")
        .annotate(studied_at=_last_study(), recognised=_recognised())
        .order_by("course__order", "course_id")
    )
)


def own_courses(student: Student) -> list[CourseProgress]:
    """The courses open to the student in the order of the programme, each with ``studied_at`` and ``recognised``: one query."""
    return _OWN_COURSES(student=student.pk)


def current_course(courses: Sequence[CourseProgress]) -> CourseProgress | None:
    """The unfinished course studied last, else the first unfinished one that is asked for."""
    asked = [rolled for rolled in courses if rolled.units_required and not rolled.is_waived]
    going = [rolled for rolled in asked if rolled.completed_at is None]
    studied = [rolled for rolled in going if rolled.studied_at]  # type: ignore[attr-defined]
    if studied:
        return max(studied, key=lambda rolled: rolled.studied_at)  # type: ignore[attr-defined]
    return going[0] if going else None


def _own_units(units: QuerySet[Unit], *columns: str) -> QuerySet[Unit, Any]:
    """Rows of units with the student's own progress beside them, in the order of study."""
    mine = FilteredRelation("progress", condition=Q(progress__student_id=Given("student", _ID)))
    own = units.annotate(mine=mine).annotate(
        share=F("mine__share"), last_at=F("mine__last_at"), done_at=F("mine__done_at")
    )
    return own.order_by("lesson__order", "lesson_id", "order", "id").values_list(
        *columns,
        "uuid",
        "kind",
        "duration_s",
        "size_bytes",
        "share",
        "last_at",
        "done_at",
        named=True,
    )


_COURSE_MAP = Prepared(
    lambda: _own_units(
        Unit.objects.filter(
            lesson__course_id=Given("course", _ID),
            lesson__retired_at=None,
            retired_at=None,
            required=True,
        ).annotate(
            in_lesson=F("lesson__uuid"), title_of=F("lesson__title"), minutes=F("lesson__minutes")
        ),
        "in_lesson",
        "title_of",
        "minutes",
    )
)


def lessons_of(student: Student, course: Course) -> list[LessonState]:
    """Every lesson of a course with its units and the student's progress: one query."""
    rows = _COURSE_MAP(student=student.pk, course=course.pk)
    by_lesson: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        by_lesson[row.in_lesson].append(row)
    return [
        LessonState(uuid, number, own[0].title_of, own[0].minutes, tuple(map(_state, own)))
        for number, (uuid, own) in enumerate(by_lesson.items(), start=1)
    ]


def _state(row: Any) -> UnitState:
    return UnitState(
        row.uuid,
        row.kind,
        row.duration_s,
        row.size_bytes,
        row.share or 0.0,
        row.last_at,
        row.done_at is not None,
    )


class Sibling(NamedTuple):
    """A live lesson as its neighbours see it."""

    uuid: UUID
    title: str


_LESSON = Prepared(
    lambda: (
        Lesson.objects.filter(
            uuid=Given("uuid", UUIDField()), retired_at=None, course__retired_at=None
        )
        .select_related("course__programme")
        # Which text it has, so that the page itself is read only when it changed.
        .annotate(
            revision=F("page__live_revision_id"),
            published_at=F("page__last_published_at"),
            is_live=F("page__live"),
        )
    )
)
_SIBLINGS = Prepared(
    lambda: (
        Lesson.objects.filter(course_id=Given("course", _ID), retired_at=None)
        .order_by("order", "id")
        .values_list("uuid", "title", named=True)
    )
)


def live_lesson(uuid: UUID) -> Lesson | None:
    """A lesson of a live course, with course, programme and the version of its page: one query."""
    found: Lesson | None = _LESSON.first(uuid=uuid)
    return found


def siblings(course: Course) -> list[Sibling]:
    """The live lessons of a course in order: one query."""
    return [Sibling(*row) for row in _SIBLINGS(course=course.pk)]


_UNITS = Prepared(
    lambda: (
        Unit.objects.filter(lesson_id=Given("lesson", _ID), retired_at=None)
        .select_related("video", "quiz")
        .order_by("order", "id")
    )
)
_OWN_UNITS = Prepared(
    lambda: (
        Unit.objects.filter(lesson_id=Given("lesson", _ID), retired_at=None)
        .select_related("video", "quiz")
        .annotate(
            mine=FilteredRelation(
                "progress", condition=Q(progress__student_id=Given("student", _ID))
            )
        )
        .annotate(
            mine_share=F("mine__share"),
            mine_position_s=F("mine__position_s"),
            mine_last_at=F("mine__last_at"),
            mine_done_at=F("mine__done_at"),
        )
        .order_by("order", "id")
    )
)


def units_of(lesson: Lesson, student: Student | None) -> list[Unit]:
    """The units of a lesson with video, quiz and the student's progress (``mine_*``): one query."""
    if student is None:
        return _UNITS(lesson=lesson.pk)
    return _OWN_UNITS(lesson=lesson.pk, student=student.pk)


_STUDY_DAYS = Prepared(
    lambda: StudyDay.objects.filter(
        student_id=Given("student", _ID),
        day__gte=Given("since", DateField()),
        day__lte=Given("until", DateField()),
        seconds__gt=0,
    ).values_list("day", "seconds")
)


def study_seconds(student: Student, *, since: date, until: date) -> dict[date, int]:
    """Seconds per local day, both ends included; days without study are absent."""
    rows = _STUDY_DAYS(student=student.pk, since=since, until=until)
    return dict(tuple(row) for row in rows)


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


_OWN_COURSE = Prepared(
    lambda: (
        CourseProgress.objects.select_related("course")
        .filter(student_id=Given("student", _ID), course__uuid=Given("uuid", UUIDField()))
        .annotate(recognised=_recognised())
    )
)


def own_course(student: Student, uuid: UUID) -> CourseProgress | None:
    """The student's roll-up of one course by the course's uuid, or None if it is not theirs."""
    found: CourseProgress | None = _OWN_COURSE.first(student=student.pk, uuid=uuid)
    return found


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
