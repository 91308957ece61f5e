"""Units joined into lessons, and which of them comes next. Pure: rows in, plain values out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from lms.base import clock


class UnitState(NamedTuple):
    """One unit as far as the student is; ``share`` 0 to 1."""

    uuid: UUID
    kind: str
    duration_s: int
    size_bytes: int
    share: float
    last_at: datetime | None
    done: bool

    @property
    def left_s(self) -> int:
        return 0 if self.done else round(self.duration_s * (1 - min(self.share, 1)))


@dataclass(frozen=True)
class LessonState:
    """One lesson as far as the student is."""

    uuid: UUID
    number: int
    title: str
    minutes: int
    units: Sequence[UnitState] = field(default_factory=tuple)

    @cached_property
    def total_s(self) -> int:
        return sum(unit.duration_s for unit in self.units)

    @cached_property
    def left_s(self) -> int:
        return sum(unit.left_s for unit in self.units)

    @cached_property
    def done_s(self) -> int:
        return self.total_s - self.left_s

    @cached_property
    def minutes_left(self) -> int:
        return clock.whole_minutes(self.left_s)

    @cached_property
    def is_done(self) -> bool:
        return bool(self.units) and all(unit.done for unit in self.units)

    @cached_property
    def last_at(self) -> datetime | None:
        return max((unit.last_at for unit in self.units if unit.last_at), default=None)

    @cached_property
    def state(self) -> str:
        """new, started or done."""
        if self.is_done:
            return "done"
        return "started" if self.last_at else "new"

    @cached_property
    def size_bytes(self) -> int:
        """Of the pictures that are not finished, in the smallest size."""
        return sum(unit.size_bytes for unit in self.units if not unit.done)

    @cached_property
    def all_bytes(self) -> int:
        return sum(unit.size_bytes for unit in self.units)


def next_lesson(lessons: Sequence[LessonState]) -> LessonState | None:
    """Where to go on: the one left unfinished last, else the next one after it, else the first gap."""
    touched = max(
        (lesson for lesson in lessons if lesson.last_at),
        key=lambda lesson: (lesson.last_at, lesson.number),
        default=None,
    )
    if touched is None:
        return _first_open(lessons)
    if not touched.is_done:
        return touched
    later = [lesson for lesson in lessons if lesson.number > touched.number]
    return _first_open(later) or _first_open(lessons)


def _first_open(lessons: Iterable[LessonState]) -> LessonState | None:
    return next((lesson for lesson in lessons if lesson.units and not lesson.is_done), None)
