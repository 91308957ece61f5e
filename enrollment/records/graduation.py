"""May this student graduate, and if not, what exactly is missing? A pure rule.

A course counts if it was recognised, or if its lessons are done and its newest mark passes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from enrollment.records.curriculum import CourseStudy, PlannedCourse

RULE = "g1"
PASS = 60
RECOGNISED = "recognised"


@dataclass(frozen=True)
class Mark:
    """The newest record of a course; ``mark`` is None where it was recognised."""

    source: str
    mark: int | None

    @property
    def passes(self) -> bool:
        return self.source == RECOGNISED or (self.mark is not None and self.mark >= PASS)


@dataclass(frozen=True)
class Missing:
    """One thing that is missing: a code, its figure and the title of a course; pages say it in words."""

    code: str
    figure: int = 0
    title: str = ""


@dataclass(frozen=True)
class Case:
    """All that the rule looks at. Money in fen.

    Args:
        meetings_short: how many meetings the class's rule still asks for.
    """

    status: str
    plan: Sequence[PlannedCourse]
    study: Mapping[UUID, CourseStudy]
    marks: Mapping[UUID, Mark]
    meetings_short: int
    owed_fen: int


def missing(case: Case) -> list[Missing]:
    """What stands between the student and the certificate, in the order of the plan."""
    if case.status == "graduated":
        return []
    found = []
    if case.status != "enrolled":
        found.append(Missing(case.status))
    if not case.plan:
        found.append(Missing("no_plan"))
    for course in case.plan:
        found += _of_course(course, case.study.get(course.uuid), case.marks.get(course.uuid))
    if case.meetings_short > 0:
        found.append(Missing("meetings", case.meetings_short))
    if case.owed_fen > 0:
        found.append(Missing("owed", case.owed_fen))
    return found


def _of_course(
    course: PlannedCourse, study: CourseStudy | None, mark: Mark | None
) -> list[Missing]:
    if mark is not None and mark.source == RECOGNISED:
        return []
    found = []
    if study is None or not study.units_required:
        found.append(Missing("not_begun", title=course.title))
    elif not study.completed:
        found.append(Missing("units", study.units_required - study.units_done, course.title))
    if mark is None or mark.mark is None:
        found.append(Missing("no_mark", title=course.title))
    elif not mark.passes:
        found.append(Missing("failed", mark.mark, course.title))
    return found


def credits_earned(case: Case) -> int:
    """Credits of the courses that count already."""
    return sum(
        course.credits
        for course in case.plan
        if not _of_course(course, case.study.get(course.uuid), case.marks.get(course.uuid))
    )
