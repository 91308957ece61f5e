"""The door to a solver of mixed integer programmes: columns, rows, an answer with its proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class NoAnswer(Exception):
    """The programme has no answer, or the solver gave up without one."""


@dataclass
class Programme:
    """Maximise ``worth · x`` under rows ``low <= coefficients · x <= high``."""

    worth: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    rows: list[tuple[float, float, dict[int, float]]] = field(default_factory=list)

    def column(self, worth: float, *, high: float = 1.0, low: float = 0.0, whole: bool) -> int:
        """Add a variable; returns its number."""
        self.worth.append(worth)
        self.low.append(low)
        self.high.append(high)
        self.whole.append(whole)
        return len(self.worth) - 1

    def row(
        self,
        coefficients: Mapping[int, float],
        *,
        low: float = float("-inf"),
        high: float = float("inf"),
    ) -> None:
        self.rows.append((low, high, dict(coefficients)))


@dataclass(frozen=True)
class Answer:
    """Values of the columns, and a proven upper bound of what any answer is worth."""

    values: Sequence[float]
    worth: float
    bound: float


class Solver(Protocol):
    """Anything that solves a ``Programme``: the same answer for the same input.

    Args of a call:
        gap: stop when the answer is proven to be within this share of the bound.
        slack: stop when it is within this much of the bound.
        start: a known answer to begin with, or None.

    Raises:
        NoAnswer: there is none.
    """

    def __call__(
        self,
        programme: Programme,
        *,
        gap: float,
        slack: float,
        start: Sequence[float] | None = None,
    ) -> Answer: ...
