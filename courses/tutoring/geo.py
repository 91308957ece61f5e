"""Points on the map: distances, ways, and the shifted coordinates of Chinese maps. Pure.

Stations keep WGS-84 (what satellites say). Maps sold in mainland China draw GCJ-02, some hundred
metres off; lists copied out of such maps are turned back on import.
"""

from __future__ import annotations

import math
from typing import NamedTuple

EARTH_KM = 6371.0
# Krasovsky's ellipsoid, on which the shift is defined.
_AXIS_M = 6_378_245.0
_ECCENTRICITY_2 = 0.006_693_421_622_965_943
# An electric bike in a city: streets are longer than the line, and parking takes its time.
DETOUR, BIKE_KMH, PARKING_MIN = 1.3, 20.0, 5


class Point(NamedTuple):
    """Degrees north and east."""

    latitude: float
    longitude: float


def distance_km(one: Point, two: Point) -> float:
    """Length of the great circle between two points."""
    lat1, lon1, lat2, lon2 = map(math.radians, (*one, *two))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, half)))


def way_min(one: Point, two: Point) -> int:
    """Minutes by electric bike."""
    return round(distance_km(one, two) * DETOUR / BIKE_KMH * 60) + PARKING_MIN


def is_in_china(point: Point) -> bool:
    """Roughly: outside this box no map is shifted."""
    return 0.8293 <= point.latitude <= 55.8271 and 72.004 <= point.longitude <= 137.8347


def to_gcj02(point: Point) -> Point:
    """WGS-84 as mainland maps draw it; unchanged abroad."""
    if not is_in_china(point):
        return point
    north_m, east_m = _shift(point.longitude - 105.0, point.latitude - 35.0)
    radians = math.radians(point.latitude)
    curve = 1 - _ECCENTRICITY_2 * math.sin(radians) ** 2
    north_radius = _AXIS_M * (1 - _ECCENTRICITY_2) / (curve * math.sqrt(curve))
    east_radius = _AXIS_M / math.sqrt(curve) * math.cos(radians)
    return Point(
        point.latitude + math.degrees(north_m / north_radius),
        point.longitude + math.degrees(east_m / east_radius),
    )


def to_wgs84(point: Point) -> Point:
    """The point that ``to_gcj02`` would turn into this one, to a centimetre."""
    guess = point
    for _turn in range(6):  # the shift changes slowly: each turn is a hundred times nearer
        drawn = to_gcj02(guess)
        guess = Point(
            guess.latitude + point.latitude - drawn.latitude,
            guess.longitude + point.longitude - drawn.longitude,
        )
    return guess


def _shift(x: float, y: float) -> tuple[float, float]:
    """Metres north and east at ``x`` degrees east of 105° and ``y`` north of 35°."""
    waves = 20 * math.sin(6 * x * math.pi) + 20 * math.sin(2 * x * math.pi)
    root = math.sqrt(abs(x))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (waves + 20 * math.sin(y * math.pi) + 40 * math.sin(y / 3 * math.pi)) * 2 / 3
    north += (160 * math.sin(y / 12 * math.pi) + 320 * math.sin(y * math.pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (waves + 20 * math.sin(x * math.pi) + 40 * math.sin(x / 3 * math.pi)) * 2 / 3
    east += (150 * math.sin(x / 12 * math.pi) + 300 * math.sin(x / 30 * math.pi)) * 2 / 3
    return north, east
