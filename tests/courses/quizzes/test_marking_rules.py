"""Rules of marking that hold for every question and every answer."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courses.quizzes import arranged, kinds, marking, soundness
from courses.quizzes.importing.items import Item
from courses.quizzes.marking import mark
from tests.courses.quizzes import samples

AUTOMATIC = tuple(kind for kind in kinds.ALL if kind not in kinds.BY_TUTOR)
quick = settings(deadline=None, max_examples=120)
# Whatever a phone, or somebody who pretends to be one, may send.
anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=6) | st.sampled_from("abcdtf"),
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.dictionaries(st.sampled_from("abcdef") | st.text(max_size=2), inner, max_size=6)
    ),
    max_leaves=12,
)


def right_answer(kind: str, body: dict[str, Any]) -> Any:
    """What earns everything."""
    if kind in kinds.CHOICE:
        keys = [option["key"] for option in body["options"] if option["correct"]]
        return keys if kind == kinds.MULTIPLE else keys[0]
    if kind == kinds.FILL:
        return body["answers"][0]
    if kind == kinds.NUMERIC:
        return repr(body["answer"])
    if kind == kinds.MATCHING:
        return {pair["key"]: arranged.choice_key(pair["match"]) for pair in body["pairs"]}
    if kind == kinds.ORDERING:
        return [item["key"] for item in body["items"]]
    return {part["key"]: right_answer(part["kind"], part["body"]) for part in body["parts"]}


@quick
@given(samples.items(), anything)
def test_no_answer_earns_less_than_nothing_or_more_than_everything(item: Item, given_: Any) -> None:
    assert 0 <= mark(item.kind, item.body, given_).share <= 1


@quick
@given(samples.items(of=AUTOMATIC))
def test_the_right_answer_earns_everything_and_is_called_right(item: Item) -> None:
    marked = mark(item.kind, item.body, right_answer(item.kind, item.body))

    assert marked.right
    assert marked.share == 1
    assert set(marked.verdicts.values()) <= {"right", ""}


@quick
@given(samples.items(of=AUTOMATIC), anything, st.randoms(use_true_random=False))
def test_the_order_of_what_is_shown_never_matters(
    item: Item, given_: Any, chance: random.Random
) -> None:
    body = dict(item.body)
    for part in ("options", "pairs", "extra", "parts"):
        if part in body:
            body[part] = chance.sample(body[part], len(body[part]))

    assert mark(item.kind, body, given_) == mark(item.kind, item.body, given_)


@quick
@given(samples.items(of=(kinds.MATCHING,)), st.data())
def test_every_right_pair_adds_its_part(item: Item, data: st.DataObject) -> None:
    full = right_answer(item.kind, item.body)
    some = data.draw(st.sets(st.sampled_from(sorted(full))))
    given_ = {key: full[key] for key in some}

    assert mark(item.kind, item.body, given_).share == pytest.approx(len(some) / len(full))


@quick
@given(samples.items(of=(kinds.CASE,)), st.data())
def test_the_parts_of_a_case_add_up(item: Item, data: st.DataObject) -> None:
    parts = item.body["parts"]
    full = right_answer(item.kind, item.body)
    some = data.draw(st.sets(st.sampled_from(sorted(full))))
    most = sum(part["points"] for part in parts)
    earned = sum(part["points"] for part in parts if part["key"] in some)

    given_ = {key: full[key] for key in some}
    assert mark(item.kind, item.body, given_).share == pytest.approx(earned / most)


@quick
@given(st.lists(st.sampled_from([1 / 3, 0.33333, 0.5, 0.25, -0.25, -1, 0]), min_size=2, max_size=6),
       st.data())  # fmt: skip
def test_shares_of_options_add_up_within_nothing_and_everything(
    shares: list[float], data: st.DataObject
) -> None:
    options = [
        {"key": str(n), "text": str(n), "correct": share > 0, "feedback": "", "share": share}
        for n, share in enumerate(shares)
    ]
    chosen = data.draw(st.sets(st.integers(0, len(shares) - 1)))
    earned = min(1, max(0, sum(shares[n] for n in chosen)))

    marked = mark(kinds.MULTIPLE, {"options": options}, [str(n) for n in chosen])
    assert marked.share == pytest.approx(earned, abs=1.1e-4)


@quick
@given(st.permutations("abcde"))
def test_putting_things_in_order_earns_the_steps_that_are_right(put: list[str]) -> None:
    body = {"items": [{"key": key, "text": key} for key in "abcde"]}
    steps = sum(ord(b) - ord(a) == 1 for a, b in itertools.pairwise(put))

    marked = mark(kinds.ORDERING, body, put)
    assert marked.share == steps / 4
    assert marked.right == (put == list("abcde"))


@quick
@given(samples.items())
def test_what_the_samples_make_can_be_asked(item: Item) -> None:
    assert soundness.lacking(item.kind, item.body) == ""


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (kinds.MATCHING, {"pairs": [{"key": "a", "text": "左", "match": "右"}]}),
        (kinds.MATCHING, {"pairs": [{"key": k, "text": k, "match": "同"} for k in "ab"]}),
        (kinds.MATCHING, {"pairs": [{"key": k, "text": k, "match": ""} for k in "ab"]}),
        (kinds.ORDERING, {"items": [{"key": "a", "text": "一"}]}),
        (kinds.ORDERING, {"items": [{"key": k, "text": "同"} for k in "ab"]}),
        (kinds.CASE, {"parts": []}),
        (kinds.CASE, {"parts": [{"key": "a", "kind": "short", "stem": "?", "body": {}}]}),
        (
            kinds.CASE,
            {"parts": [{"key": "a", "kind": "fill", "stem": "?", "body": {"answers": []}}]},
        ),
        (kinds.SHORT, {"rubric": [{"text": "", "points": 1}]}),
        (kinds.UPLOAD, {"files": 9}),
        (
            kinds.MULTIPLE,
            {"options": [{"key": k, "text": k, "correct": True, "share": 0.3} for k in "ab"]},
        ),
    ],
)
def test_what_nobody_could_answer_in_full_is_refused_with_words(
    kind: str, body: dict[str, Any]
) -> None:
    assert soundness.lacking(kind, body)


@pytest.mark.parametrize(
    ("pattern", "typed", "fits"),
    [
        ("*物流*", "逆向物流管理", True),
        ("逆向*", "逆向物流", True),
        ("逆向*物流", "逆向的物流", True),
        ("逆向*物流", "逆物流", False),
        ("a*a", "a", False),
        ("*", "什么都行", True),
    ],
)
def test_a_star_stands_for_anything(pattern: str, typed: str, fits: bool) -> None:
    body = {"answers": [pattern], "wildcards": True}
    assert mark(kinds.FILL, body, typed).right is fits


def test_a_figure_in_another_unit_counts() -> None:
    body = {
        "answer": 1.5,
        "tolerance": 0,
        "unit": "米",
        "units": [{"name": "毫米", "factor": 0.001}],
    }
    assert mark(kinds.NUMERIC, body, "1500毫米").right
    assert mark(kinds.NUMERIC, body, "1.5 米").right
    assert not mark(kinds.NUMERIC, body, "1500").right


def test_half_a_point_for_an_answer_that_is_half_right_with_its_own_words() -> None:
    body = {
        "answers": ["B2B"],
        "partial": [{"text": "批发", "share": 0.5}],
        "feedback": {"批发": "意思对，请写字母。"},
    }
    marked = mark(kinds.FILL, body, "批发")
    assert (marked.share, marked.feedback) == (0.5, "意思对，请写字母。")


def test_what_a_tutor_reads_waits_unless_it_is_empty() -> None:
    assert mark(kinds.SHORT, {}, "我的答案").pending
    assert not mark(kinds.SHORT, {}, "  ").pending
    assert not mark(kinds.UPLOAD, {}, {"text": "", "files": []}).pending


def test_blank_means_nothing_in_any_part() -> None:
    assert marking.is_blank({"a": "", "b": []})
    assert not marking.is_blank({"a": "", "b": ["x"]})
