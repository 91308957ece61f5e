"""Marking: fair, stated, and never more than the points."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.quizzes import marking
from courses.quizzes.marking import mark
from courses.quizzes.soundness import lacking
from courses.quizzes.typed import number

KINDS = ("single", "multiple", "true_false", "fill", "numeric")


def options(*right: str, of: str = "abcd") -> dict[str, Any]:
    return {"options": [{"key": k, "text": k, "correct": k in right, "feedback": ""} for k in of]}


BODIES: dict[str, dict[str, Any]] = {
    "single": options("b"),
    "multiple": options("a", "c"),
    "true_false": options("t", of="tf"),
    "fill": {"answers": ["逆向", "B2B"]},
    "numeric": {"answer": 0.55, "tolerance": 0.005, "unit": "元"},
}


@pytest.mark.parametrize(
    ("kind", "given_", "share"),
    [
        ("single", "b", 1),
        ("single", "a", 0),
        ("single", ["b", "a"], 0),
        ("single", "", 0),
        ("single", None, 0),
        ("true_false", "t", 1),
        ("true_false", "f", 0),
        ("multiple", ["a", "c"], 1),
        ("multiple", ["c"], 0.5),
        ("multiple", ["a", "b"], 0),
        ("multiple", ["a", "c", "b"], 0.5),
        ("multiple", ["a", "b", "c", "d"], 0),
        ("multiple", ["a", "a"], 0.5),
        ("multiple", ["x"], 0),
        ("fill", " 逆向 ", 1),
        ("fill", "Ｂ２ｂ", 1),
        ("fill", "B 2 B", 1),
        ("fill", "正向", 0),
        ("fill", ["逆向"], 0),
        ("numeric", "0.55", 1),
        ("numeric", "０．５５ 元", 1),
        ("numeric", "0.554", 1),
        ("numeric", "0.56", 0),
        ("numeric", "", 0),
        ("numeric", "五毛五", 0),
        ("numeric", 0.55, 1),
        ("numeric", True, 0),
    ],
)
def test_an_answer_earns(kind: str, given_: Any, share: float) -> None:
    assert mark(kind, BODIES[kind], given_).share == share


def test_every_option_gets_a_verdict() -> None:
    verdicts = mark("multiple", BODIES["multiple"], ["a", "b"]).verdicts
    assert verdicts == {"a": "right", "b": "wrong", "c": "missed", "d": ""}


@pytest.mark.parametrize(
    ("typed", "unit", "value"),
    [
        ("1,500", "", 1500),
        ("１，５００元", "元", 1500),
        ("−3.2", "", -3.2),
        (".5", "", 0.5),
        ("12%", "%", 12),
        ("1e3", "", 1000),
        ("1.2.3", "", None),
        ("nan", "", None),
        ("inf", "", None),
        ("9" * 60, "", None),
    ],
)
def test_numbers_as_people_type_them(typed: str, unit: str, value: float | None) -> None:
    assert number(typed, unit) == value


answers = st.one_of(
    st.none(),
    st.booleans(),
    st.text(max_size=20),
    st.floats(),
    st.lists(st.sampled_from("abcdtfx"), max_size=8),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=3),
)


@given(st.sampled_from(KINDS), answers)
def test_no_answer_whatever_earns_less_than_nothing_or_more_than_the_points(
    kind: str, given_: Any
) -> None:
    assert 0 <= mark(kind, BODIES[kind], given_).share <= 1


@given(
    st.sets(st.sampled_from("abcdef"), min_size=1), st.lists(st.sampled_from("abcdef"), max_size=9)
)
def test_choosing_exactly_the_right_options_is_the_only_way_to_all_points(
    right: set[str], chosen: list[str]
) -> None:
    marked = mark("multiple", options(*right, of="abcdef"), chosen)
    assert marked.right == (set(chosen) == right)


@pytest.mark.parametrize("kind", KINDS)
def test_the_sample_questions_are_complete(kind: str) -> None:
    assert lacking(kind, BODIES[kind]) == ""


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("single", options("a", "b")),
        ("single", options()),
        ("multiple", options()),
        ("multiple", options("a", of="a")),
        ("true_false", options("t", of="tt")),
        ("fill", {"answers": ["  "]}),
        ("numeric", {"answer": "十"}),
        ("numeric", {"answer": 1, "tolerance": -1}),
        ("numeric", {}),
    ],
)
def test_a_question_that_nobody_could_mark_is_refused_with_words(
    kind: str, body: dict[str, Any]
) -> None:
    assert lacking(kind, body)


def test_the_key_of_a_typed_question_can_be_told() -> None:
    assert marking.key_in_words("numeric", BODIES["numeric"]) == "0.55 元"
    assert marking.key_in_words("fill", BODIES["fill"]) == "逆向"
