"""Outlines in fewer digits: a drawing that is printed small needs no fine coordinates."""

from __future__ import annotations

import re

_OUTLINE = re.compile(r'<path d="([^"]*)"/></symbol>')
_STEP = re.compile(r"([MmLlHhVvQqCcZz])([^MmLlHhVvQqCcZz]*)")
_Point = tuple[float, float]


def coarsened(svg: str, grid: int) -> str:
    """The SVG with the points of its glyphs (``symbol``) on a grid of ``grid`` units.

    Args:
        svg: as typst writes it: one path for each glyph.
    """

    def on_grid(outline: re.Match[str]) -> str:
        return f'<path transform="scale({grid})" d="{_rounded(outline[1], grid)}"/></symbol>'

    return _OUTLINE.sub(on_grid, svg)


def _rounded(path: str, grid: int) -> str:
    """Each point is rounded where it stands, so that roundings do not add up along the path."""
    steps, here, begin = [], (0.0, 0.0), (0.0, 0.0)
    for letter, written in _STEP.findall(path):
        if letter in "Zz":
            steps.append("Z")
            here = begin
            continue
        command = letter.upper()
        points = _absolute(letter, [float(number) for number in written.split()], here)
        if command == "Q":
            # A PDF knows cubic curves only; made of rounded points, their points have fractions.
            command, points = "C", _cubic(here, *points)
        here = points[-1]
        begin = here if command == "M" else begin
        command = "L" if command in "HV" else command
        steps.append(command + " ".join(f"{round(x / grid)} {round(y / grid)}" for x, y in points))
    return "".join(steps)


def _absolute(letter: str, numbers: list[float], here: _Point) -> list[_Point]:
    x, y = here if letter.islower() else (0.0, 0.0)
    if letter in "Hh":
        return [(x + numbers[0], here[1])]
    if letter in "Vv":
        return [(here[0], y + numbers[0])]
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    return [(x + right, y + down) for right, down in pairs]


def _cubic(begin: _Point, control: _Point, end: _Point) -> list[_Point]:
    """The same curve with two control points."""

    def third(of: _Point) -> _Point:
        return (of[0] + 2 * control[0]) / 3, (of[1] + 2 * control[1]) / 3

    return [third(begin), third(end), end]
