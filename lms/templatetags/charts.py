"""Geometry of the charts that only the union's desk draws; the drawing stands in their templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Any

from django import template

register = template.Library()

LEFT, RIGHT, TOP, BOTTOM = 44, 620, 16, 226
_MOST_STEPS = 8


@dataclass(frozen=True)
class Line:
    """One class: its points, where its number stands, how it is drawn."""

    label: str
    number: int
    current: bool
    kind: str
    points: str
    x: float
    y: float
    anchor: str
    last: float


@dataclass(frozen=True)
class Drawn:
    """Everything the line chart's template draws or says."""

    lines: list[Line]
    ticks: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    rows: list[dict[str, Any]]


def nice_top(value: float) -> float:
    """The next of 1, 2, 4, 5, 10 times a power of ten, so that four ticks have short names."""
    if value <= 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 2, 4, 5, 10) if step * power >= value * 0.999)


@register.simple_tag
def line_chart(lines: Iterable[Mapping[str, Any]]) -> Drawn:
    """Lines ``{label, values, current?}`` from step 0 on, all to one scale."""
    given = [line for line in lines if line["values"]]
    longest = max((len(line["values"]) for line in given), default=1)
    top = nice_top(max((max(line["values"]) for line in given), default=0))
    across = (RIGHT - LEFT) / max(1, longest - 1)

    def y_of(value: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * value / top, 1)

    drawn = [_line(number, line, across, y_of) for number, line in enumerate(given, start=1)]
    every = -(-longest // _MOST_STEPS)
    return Drawn(
        lines=drawn,
        ticks=[
            {"y": round(y_of(top * part / 4)), "label": f"{top * part / 4:g}"} for part in range(5)
        ],
        steps=[
            {"x": round(LEFT + across * step, 1), "label": step}
            for step in range(0, longest, every)
        ],
        rows=[
            {"step": step, "values": [_at(line["values"], step) for line in given]}
            for step in range(longest)
        ],
    )


def _line(number: int, line: Mapping[str, Any], across: float, y_of: Any) -> Line:
    values: Sequence[float] = line["values"]
    points = [(round(LEFT + across * step, 1), y_of(value)) for step, value in enumerate(values)]
    x, y = points[-1]
    current = bool(line.get("current"))
    return Line(
        label=str(line["label"]),
        number=number,
        current=current,
        kind="current" if current else str((number - 1) % 4 + 1),
        points=" ".join(f"{a},{b}" for a, b in points),
        x=min(x + 6, RIGHT + 8),
        y=max(TOP, y - 4),
        anchor="start",
        last=values[-1],
    )


def _at(values: Sequence[float], step: int) -> float | None:
    return values[step] if step < len(values) else None
