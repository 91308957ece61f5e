"""The measurement sees a plan that breaks a rule, and its people are the same for the same seed."""

from __future__ import annotations

import pytest

from bench import _riders, planner
from courses.tutoring.planner import highs, rules
from courses.tutoring.planner import solve as solving

pytestmark = pytest.mark.one_database


def test_the_same_seed_makes_the_same_term() -> None:
    assert _riders.term(10, 20, 4, seed=7) == _riders.term(10, 20, 4, seed=7)
    assert _riders.term(10, 20, 4, seed=7) != _riders.term(10, 20, 4, seed=8)


def test_a_small_term_is_good_and_a_broken_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    figures, good = planner.measure(12, 20, gap=0.0, seed=3)
    assert good
    assert {f["figure"]: f["value"] for f in figures}["planner_12_broken_rules"] == 0
    monkeypatch.setattr(rules, "broken", lambda problem, plan: [(rules.Broken.TOO_FULL, plan)])
    assert not planner.measure(12, 20, gap=0.0, seed=3)[1]


def test_the_references_may_not_seat_more_than_the_rooms_hold() -> None:
    problem = _riders.term(60, 20, 2, seed=5)
    few = solving.solve(problem, highs.solve)
    fixed, vote = planner._references(problem, few)
    most = sum(sorted((room.seats for room in problem.rooms), reverse=True)[:1])
    assert fixed > 0
    assert 0 < vote <= most * len(problem.slots)
