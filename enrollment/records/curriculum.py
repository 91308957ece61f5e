"""What a programme asks for and how far its students are, as the courses' house knows it.

That house stands above this one; ``lms.wiring`` says where the answers come from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class PlannedCourse:
    """A course that the programme asks for now."""

    uuid: UUID
    title: str
    credits: int


@dataclass(frozen=True)
class CourseStudy:
    """How far one student is in one course.

    Args:
        quiz_percent: mean of the best results of the course's quizzes, 0 to 100; None before any.
    """

    units_done: int
    units_required: int
    completed: bool
    quiz_percent: int | None


PlanOf = Callable[[int], Sequence[PlannedCourse]]
StudyOf = Callable[[Iterable[int]], Mapping[tuple[int, UUID], CourseStudy]]
_sources: dict[str, Callable[..., object]] = {}


def comes_from(plan: PlanOf, study: StudyOf) -> None:
    """Called once when the houses are joined.

    Args:
        plan: key of a programme → its courses in order.
        study: keys of students → (student, course) → study; what nobody began may be absent.
    """
    _sources.update(plan=plan, study=study)


def plan_of(programme_id: int) -> Sequence[PlannedCourse]:
    return _sources["plan"](programme_id)  # type: ignore[return-value]


def study_of(students: Iterable[int]) -> Mapping[tuple[int, UUID], CourseStudy]:
    return _sources["study"](students)  # type: ignore[return-value]
