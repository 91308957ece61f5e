"""The measurement of seats measures: a few rounds, and a fault that it must see."""

from __future__ import annotations

import random
from typing import Any

import pytest

from bench.seats import APPLICANTS, PLACES, Room
from enrollment.applications import offers
from tests import people
from tests.enrollment.applications import cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def room(units: people.Units) -> Room:
    cohort = cast.make_cohort(units, places=PLACES)
    cast.published(cohort, cast.Office(units), APPLICANTS, wants=("LOG", "NM", "EC"))
    return Room(cohort, random.Random(7), locks=True)


def test_nothing_is_wrong_after_a_few_rounds(room: Room) -> None:
    room.interleave(60)
    room.herd(2)
    assert (room.found["acts"], room.found["herds"]) == (60 + 24, 2)
    assert not any(room.found[bad] for bad in ("overbooked", "idle", "errors"))


def test_a_place_that_nobody_fills_again_is_seen(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.reset()
    offers.fill(room.cohort, by=None, at=people.AT)
    monkeypatch.setattr(offers, "fill", lambda *_args, **_how: 0)
    first = room.rows.filter(state="offered").order_by("rank").first()
    assert first is not None
    room.together([[("decline", first.pk)]])
    room.judge()
    assert room.found["idle"] == 1


def test_a_fault_that_is_no_refusal_is_counted(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_how: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(offers, "fill", broken)
    room.together([[("fill", 0)]])
    assert room.found["errors"] == 1
