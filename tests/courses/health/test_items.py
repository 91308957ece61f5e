"""Difficulty and discrimination, against figures worked out by hand and by another formula."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.health import items, links

SHARES = st.lists(
    st.tuples(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.sampled_from([0.0, 0.1, 0.4, 0.75, 1.0])),
    min_size=items.FEWEST,
    max_size=40,
)


def sums(rows: list[tuple[float, float]]) -> items.Sums:
    found = items.Sums()
    for item, rest in rows:
        found.add(item, rest)
    return found


def test_the_facility_is_the_mean_share_of_the_points() -> None:
    assert sums([(1, 1), (0, 1), (0.5, 0), (0.5, 0)]).facility == 0.5
    assert items.Sums().facility is None


def test_who_knows_more_answers_better() -> None:
    good = [(1.0, 0.9), (1.0, 0.8), (0.0, 0.2), (0.0, 0.1)] * 3
    assert sums(good).discrimination == pytest.approx(0.98995, abs=1e-3)
    assert sums([(1 - item, rest) for item, rest in good]).discrimination == pytest.approx(
        -0.98995, abs=1e-3
    )


@given(SHARES)
def test_it_is_pearsons_correlation(rows: list[tuple[float, float]]) -> None:
    found = sums(rows).discrimination
    x, y = zip(*rows, strict=True)
    if len(set(x)) > 1 and len(set(y)) > 1:
        assert found == pytest.approx(statistics.correlation(x, y), abs=1e-6)
    else:
        assert found is None


def test_few_answers_and_a_paper_of_one_question_say_nothing() -> None:
    assert sums([(1, 0.5), (0, 0.1)]).discrimination is None
    alone = items.Sums()
    for _n in range(20):
        alone.add(1.0, None)
    assert (alone.facility, alone.discrimination) == (1.0, None)


def test_links_are_found_in_rich_text_and_in_choosers() -> None:
    found = links.of_body(
        [
            {"type": "text", "value": '<p><a linktype="page" id="3">甲</a> <a href="https://x.cn/a?b=1&amp;c=2">乙</a></p>'},
            {"type": "callout", "value": {"tone": "tip", "body": '<a id="7" linktype="document">丙</a><a href="/log/x/#y">丁</a>'}},
            {"type": "attachment", "value": 9},
            {"type": "image", "value": {"image": 5, "caption": ""}},
            {"type": "case", "value": {"title": "t", "body": '<embed embedtype="image" id="6" alt=""/>', "question": ""}},
            {"type": "text", "value": '<a href="mailto:a@b.cn">信</a><a href="//evil/">外</a><a href="HTTP://y.cn">戊</a>'},
        ]
    )  # fmt: skip

    assert found.inside == {
        ("page", "3"), ("document", "7"), ("address", "/log/x/"),
        ("document", "9"), ("image", "5"), ("image", "6"),
    }  # fmt: skip
    assert found.outside == {"https://x.cn/a?b=1&c=2", "//evil/", "HTTP://y.cn"}
