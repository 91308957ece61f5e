"""A drawn map of the districts: where stations lie to one another, without anybody's map service."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean

from courses.tutoring.models import Station

WIDTH, EDGE = 320, 28
HEIGHT_AT_MOST, HEIGHT_AT_LEAST = 420, 160


@dataclass(frozen=True)
class Dot:
    """A station on the map; ``anchor`` is where the list speaks of it."""

    x: float
    y: float
    name: str
    anchor: str


@dataclass(frozen=True)
class Area:
    """A district: a circle around its stations, and its name in the middle."""

    x: float
    y: float
    radius: float
    name: str


@dataclass(frozen=True)
class Drawn:
    """What the template draws, in units of the view box."""

    width: int
    height: int
    dots: list[Dot]
    areas: list[Area]


def draw(stations: Iterable[Station]) -> Drawn | None:
    """North is up, a kilometre is as long east as north; None where no station has coordinates."""
    placed = [
        (s, s.longitude, s.latitude)
        for s in stations
        if s.latitude is not None and s.longitude is not None
    ]
    if not placed:
        return None
    west, east = min(x for _s, x, _y in placed), max(x for _s, x, _y in placed)
    south, north = min(y for _s, _x, y in placed), max(y for _s, _x, y in placed)
    narrow = math.cos(math.radians((south + north) / 2))
    wide, high = max((east - west) * narrow, 1e-4), max(north - south, 1e-4)
    scale = min((WIDTH - 2 * EDGE) / wide, (HEIGHT_AT_MOST - 2 * EDGE) / high)
    height = max(HEIGHT_AT_LEAST, round(high * scale) + 2 * EDGE)
    left, top = (WIDTH - wide * scale) / 2, (height - high * scale) / 2
    dots: dict[str, list[Dot]] = defaultdict(list)
    for station, x, y in placed:
        at = (left + (x - west) * narrow * scale, top + (north - y) * scale)
        dot = Dot(round(at[0], 1), round(at[1], 1), station.name, f"station-{station.uuid}")
        dots[station.district.short_name].append(dot)
    return Drawn(
        WIDTH,
        height,
        [dot for found in dots.values() for dot in found],
        [_area(name, found) for name, found in dots.items()],
    )


def _area(name: str, dots: list[Dot]) -> Area:
    x, y = fmean(dot.x for dot in dots), fmean(dot.y for dot in dots)
    radius = max(math.dist((x, y), (dot.x, dot.y)) for dot in dots) + 14
    return Area(round(x, 1), round(y, 1), round(radius, 1), name)
