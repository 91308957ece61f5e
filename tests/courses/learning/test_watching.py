"""The arithmetic of watched seconds: never too much, never less than before."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.learning import watching
from courses.learning.watching import Played, credit, gaps, merge_spans, share

NOW = 1_000_000.0
DURATION = 600.0

seconds = st.floats(min_value=-50, max_value=700, allow_nan=False)
spans = st.lists(st.tuples(seconds, seconds), max_size=30)
claims = st.builds(
    lambda start, length, began, took: Played(
        start, start + length, NOW - began, NOW - began + took
    ),
    st.floats(-10, 650),
    st.floats(-5, 200),
    st.floats(-100, 2000),
    st.floats(-5, 300),
)


def play_all(claims_: list[Played]) -> tuple[list[list[float]], float]:
    """Credit claims one after the other, as the server does; spans and real seconds used."""
    seen: list[list[float]] = []
    taken: list[watching.Span] = []
    for claim in claims_:
        verdict = credit(claim, taken=taken, duration_s=DURATION, now=NOW)
        if verdict.span and verdict.wall:
            seen.append(list(verdict.span))
            taken.append(verdict.wall)
    return seen, watching.covered_s(taken)


@pytest.mark.parametrize(
    ("given_", "joined"),
    [
        ([], []),
        ([(0, 10), (10, 20)], [(0, 20)]),
        ([(5, 8), (0, 10)], [(0, 10)]),
        ([(20, 30), (0, 10)], [(0, 10), (20, 30)]),
        ([(5, 5), (9, 3)], []),
    ],
)
def test_spans_join(given_: list[tuple[float, float]], joined: list[tuple[float, float]]) -> None:
    assert merge_spans(given_) == joined


@given(spans)
def test_joined_spans_are_disjoint_and_rising(given_: list[tuple[float, float]]) -> None:
    joined = merge_spans(given_)
    flat = [edge for span in joined for edge in span]
    assert flat == sorted(set(flat))


@given(spans, spans)
def test_more_watching_never_means_less(before: list, more: list) -> None:
    assert share([*before, *more], DURATION) >= share(before, DURATION)


@given(spans)
def test_a_share_is_never_more_than_everything(given_: list) -> None:
    assert 0 <= share(given_, DURATION) <= 1


@given(spans, st.randoms())
def test_order_and_repetition_do_not_matter(given_: list, chance: random.Random) -> None:
    shuffled = [*given_, *given_]
    chance.shuffle(shuffled)
    assert merge_spans(shuffled) == merge_spans(given_)


@given(spans)
def test_what_is_seen_and_what_is_missing_make_the_whole(given_: list) -> None:
    inside = [(max(0.0, a), min(b, DURATION)) for a, b in given_]
    missing = sum(b - a for a, b in gaps(inside, DURATION))
    assert watching.covered_s(inside) + missing == pytest.approx(DURATION)


@given(st.lists(claims, max_size=25))
def test_credit_never_exceeds_twice_the_real_time_nor_the_video(claims_: list[Played]) -> None:
    seen, real_s = play_all(claims_)
    assert sum(b - a for a, b in seen) <= watching.MAX_RATE * real_s + 1e-6
    assert share(seen, DURATION) <= 1


@given(st.lists(claims, max_size=25))
def test_sending_everything_again_credits_nothing(claims_: list[Played]) -> None:
    once, _ = play_all(claims_)
    twice, _ = play_all([*claims_, *claims_])
    assert sum(b - a for a, b in twice) == pytest.approx(sum(b - a for a, b in once))


@given(
    st.lists(
        st.tuples(st.floats(1, 120), st.sampled_from([0.75, 1.0, 1.25, 1.5, 2.0])), max_size=12
    ),
    st.randoms(),
)
def test_honest_watching_counts_in_full_in_any_order(plays: list, chance: random.Random) -> None:
    claims_, at, position = [], NOW - 20_000.0, 0.0
    for length, rate in plays:
        start = position % (DURATION - 120)
        claims_.append(Played(start, start + length, at, at + length / rate))
        at, position = at + length / rate + 1, position + length
    arriving = claims_[:]
    chance.shuffle(arriving)

    seen, _ = play_all(arriving)

    honest = [(claim.start_s, claim.end_s) for claim in claims_]
    assert watching.covered_s(seen) == pytest.approx(watching.covered_s(honest))


def test_watching_faster_than_twice_the_clock_counts_only_what_the_clock_allows() -> None:
    verdict = credit(Played(0, 300, NOW - 60, NOW), taken=[], duration_s=600, now=NOW)
    assert (verdict.span, verdict.reason) == ((0, 120), watching.TOO_FAST)


def test_two_devices_at_the_same_time_count_once() -> None:
    first = credit(Played(0, 60, NOW - 60, NOW), taken=[], duration_s=600, now=NOW)
    second = credit(
        Played(200, 260, NOW - 60, NOW), taken=[first.wall or (0, 0)], duration_s=600, now=NOW
    )
    assert (second.span, second.reason) == (None, watching.SAME_TIME)


def test_a_phone_that_slept_does_not_claim_its_sleep() -> None:
    verdict = credit(Played(0, 10, NOW - 7200, NOW), taken=[], duration_s=600, now=NOW)
    assert verdict.wall == (NOW - 20, NOW)
    assert verdict.spent_s == 20


def test_time_that_has_not_come_yet_pays_for_nothing() -> None:
    verdict = credit(Played(0, 60, NOW + 600, NOW + 660), taken=[], duration_s=600, now=NOW)
    assert (verdict.span, verdict.reason) == (None, watching.FUTURE)
