"""The published rule: deterministic, explained, ties by a seed that anyone can check."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from enrollment.applications import ranking
from enrollment.applications.ranking import Facts

ON = date(2026, 9, 30)
YI = Facts("yi", date(2020, 5, 1), date(2018, 1, 1), hardship=False, model_worker=False)

people = st.builds(
    Facts,
    key=st.uuids().map(lambda key: key.hex),
    member_since=st.none() | st.dates(date(1990, 1, 1), date(2027, 1, 1)),
    working_since=st.none() | st.dates(date(1990, 1, 1), date(2027, 1, 1)),
    hardship=st.booleans(),
    model_worker=st.booleans(),
)


def total(facts: Facts) -> int:
    return sum(line.points for line in ranking.score("v1", facts, on=ON))


def test_points_are_counted_by_the_calendar_year() -> None:
    assert total(YI) == 6 * 3 + 8 * 2


def test_hardship_and_honours_add_points() -> None:
    assert total(replace(YI, hardship=True)) == total(YI) + 15
    assert total(replace(YI, model_worker=True)) == total(YI) + 15


def test_points_for_years_are_capped() -> None:
    veteran = replace(YI, member_since=date(1980, 1, 1), working_since=date(1980, 1, 1))
    assert total(veteran) == 30 + 20


def test_who_never_joined_gets_no_points_for_membership() -> None:
    assert total(replace(YI, member_since=None)) == 16


def test_a_line_reads_like_a_sentence() -> None:
    line = ranking.score("v1", YI, on=ON)[0].as_json()
    assert ranking.in_words(line) == "工会会员年限（6 年）"


def test_equal_points_are_drawn_by_the_seed() -> None:
    twins = [replace(YI, key=f"k{number}") for number in range(30)]
    first = [row.key for row in ranking.order("v1", twins, on=ON, seed="摇号 3 8 12")]
    again = [row.key for row in ranking.order("v1", twins, on=ON, seed="摇号 3 8 12")]
    other = [row.key for row in ranking.order("v1", twins, on=ON, seed="摇号 3 8 13")]
    assert first == again
    assert first != other


@given(st.lists(people, max_size=30, unique_by=lambda facts: facts.key), st.integers(1, 500))
def test_the_order_does_not_depend_on_the_order_of_arrival(
    applicants: list[Facts], first_rank: int
) -> None:
    ranked = ranking.order("v1", applicants, on=ON, seed="s", first_rank=first_rank)
    random.Random(1).shuffle(applicants)
    assert ranking.order("v1", applicants, on=ON, seed="s", first_rank=first_rank) == ranked
    assert [row.rank for row in ranked] == list(range(first_rank, first_rank + len(ranked)))
    assert [row.score for row in ranked] == sorted((row.score for row in ranked), reverse=True)
