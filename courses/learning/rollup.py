"""Unit → course: counted anew from the evidence in the transaction that changed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import (
    BigIntegerField,
    DateTimeField,
    F,
    FilteredRelation,
    IntegerField,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Greatest

from courses.catalogue.models import Course, Unit
from courses.learning.models import CourseProgress
from enrollment.api import Student, record_milestone
from lms.base import audit
from lms.base.prepared import Change, Given, PreparedUpdate


@dataclass(frozen=True)
class UnitFact:
    """One required unit as far as one student is; ``share`` 0 to 1."""

    uuid: str
    duration_s: int
    share: float
    done: bool


@dataclass(frozen=True)
class Count:
    """A course in figures."""

    done: int
    required: int
    seconds_left: int


def count(facts: Sequence[UnitFact]) -> Count:
    """Add up the units of a course. Pure.

    What is left of a started unit is the part that was not seen.
    """
    left = sum(rest_s(fact.duration_s, fact.share) for fact in facts if not fact.done)
    return Count(sum(fact.done for fact in facts), len(facts), left)


def own(student: Student, units: QuerySet[Unit]) -> QuerySet[Unit]:
    """The units with the student's own progress beside them as ``share`` and ``done_at``."""
    mine = FilteredRelation("progress", condition=Q(progress__student=student))
    return units.annotate(mine=mine).annotate(share=F("mine__share"), done_at=F("mine__done_at"))


def live_units(course: Course) -> QuerySet[Unit]:
    """The units that the course asks for now."""
    return Unit.objects.filter(
        lesson__course=course, lesson__retired_at=None, retired_at=None, required=True
    )


def facts_of(student: Student, course: Course) -> list[UnitFact]:
    found = own(student, live_units(course))
    rows = found.values_list("uuid", "duration_s", "share", "done_at")  # type: ignore[misc]
    return [UnitFact(str(u), d, share or 0.0, done is not None) for u, d, share, done in rows]


def roll_up(student: Student, course: Course, *, at: datetime) -> CourseProgress:
    """Count a student's course anew; a completed one stays as it was when it was completed.

    Call it inside the transaction of the act, after ``access.hold``.
    """
    rolled = CourseProgress.objects.filter(student=student, course=course).first()
    if rolled is not None and rolled.completed_at is not None:
        return rolled
    facts = facts_of(student, course)
    counted = count(facts)
    rolled = rolled or CourseProgress(student=student, course=course, opened_at=at)
    rolled.units_done, rolled.units_required = counted.done, counted.required
    rolled.seconds_left, rolled.updated_at = counted.seconds_left, at
    rolled.save()
    if counted.required and counted.done == counted.required and course.retired_at is None:
        _complete(rolled, facts, at=at)
    return rolled


_COUNT_OFF = PreparedUpdate(
    lambda: CourseProgress.objects.filter(
        student_id=Given("student", BigIntegerField()),
        course_id=Given("course", BigIntegerField()),
        completed_at=None,
    ),
    seconds_left=Greatest(F("seconds_left") - Given("seconds", IntegerField()), Value(0)),
    updated_at=Given("at", DateTimeField()),
)


def counted_off(student: Student, course: Course, seconds: int, *, at: datetime) -> Change:
    """The update that says: part of an unfinished unit was studied, so many seconds less are left.

    The same figure as ``roll_up`` would count, without reading every unit of the course: a phone
    sends something every fifteen seconds. ``seconds`` is the difference of the rounded rests. Where
    it changes no row the course was not opened or is complete: ``roll_up`` knows.
    """
    return _COUNT_OFF, {"student": student.pk, "course": course.pk, "seconds": seconds, "at": at}


def rest_s(duration_s: int, share: float) -> int:
    """What is left of an unfinished unit."""
    return round(duration_s * (1 - share))


def _complete(rolled: CourseProgress, facts: Sequence[UnitFact], *, at: datetime) -> None:
    rolled.completed_at = at
    rolled.rule_version = rolled.student.cohort.completion_rule
    rolled.frozen_units = sorted(fact.uuid for fact in facts)
    rolled.save(update_fields=["completed_at", "rule_version", "frozen_units"])
    course = rolled.course
    record_milestone(
        rolled.student,
        key=f"course.completed:{course.uuid}",
        at=at,
        evidence={
            "course": str(course.uuid),
            "title": course.title,
            "credits": course.credits,
            "rule": rolled.rule_version,
            "units": rolled.frozen_units,
        },
    )
    audit.record(
        "course.completed",
        by=None,
        on=rolled.student,
        at=at,
        data={"course": str(course.uuid)},
    )
