"""Coordinates: the shift of Chinese maps, there and back; distances."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.tutoring.geo import Point, distance_km, to_gcj02, to_wgs84, way_min

chinese = st.builds(Point, st.floats(18.2, 53.5), st.floats(73.7, 134.7))


@given(chinese)
def test_there_and_back_is_the_same_place_to_a_centimetre(point: Point) -> None:
    assert distance_km(to_wgs84(to_gcj02(point)), point) < 1e-5
    assert distance_km(to_gcj02(to_wgs84(point)), point) < 1e-5


@given(chinese)
def test_the_shift_is_what_people_see_on_maps(point: Point) -> None:
    """Some hundred metres, never a kilometre and a half."""
    assert distance_km(to_gcj02(point), point) < 1.5


@pytest.mark.parametrize(
    ("wgs", "gcj"),
    [
        # Pairs that the public converters agree on.
        (Point(39.9042, 116.4074), Point(39.905603, 116.413642)),
        (Point(31.1774276, 121.5272106), Point(31.17530398364597, 121.531541859215)),
    ],
)
def test_known_pairs(wgs: Point, gcj: Point) -> None:
    assert distance_km(to_gcj02(wgs), gcj) < 0.001


def test_abroad_nothing_is_shifted() -> None:
    paris = Point(48.8584, 2.2945)
    assert to_gcj02(paris) == paris == to_wgs84(paris)


def test_a_degree_of_latitude_and_a_way_of_five_kilometres() -> None:
    assert distance_km(Point(24, 118), Point(25, 118)) == pytest.approx(111.19, abs=0.05)
    assert way_min(Point(24, 118), Point(24 + 5 / 111.19, 118)) == 24 + 1
