"""Two things at the same time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from courses.tutoring.clashes import Busy, first_clash

ZERO = datetime(2026, 9, 15, tzinfo=UTC)


def at(hour: float) -> datetime:
    return ZERO + timedelta(hours=hour)


def test_one_may_begin_when_the_other_ends() -> None:
    assert (
        first_clash(at(14), at(16), [Busy(at(12), at(14), "a"), Busy(at(16), at(17), "b")]) is None
    )


def test_a_minute_in_common_is_a_clash_and_the_earliest_is_named() -> None:
    taken = [Busy(at(15.9), at(17), "late"), Busy(at(13), at(14.1), "early")]
    met = first_clash(at(14), at(16), taken)
    assert met is not None
    assert met.what == "early"


hours = st.tuples(st.integers(0, 20), st.integers(1, 4))


@given(hours, hours)
def test_clashing_is_mutual(a: tuple[int, int], b: tuple[int, int]) -> None:
    first = Busy(at(a[0]), at(a[0] + a[1]), "a")
    second = Busy(at(b[0]), at(b[0] + b[1]), "b")
    one = first_clash(first.starts_at, first.ends_at, [second])
    other = first_clash(second.starts_at, second.ends_at, [first])
    shared = set(range(a[0], sum(a))) & set(range(b[0], sum(b)))
    assert bool(one) == bool(other) == bool(shared)
