from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.completion.rules import (
    LearningFacts,
    Reason,
    Term,
    Verdict,
    judge,
    judge_v1,
    meetings_short,
)

START = datetime(2026, 3, 1, tzinfo=UTC)
TERM = Term(START, START + timedelta(days=100))


def facts(
    done: int = 0, *, required: int = 100, courses: int = 0, last: int | None = 0
) -> LearningFacts:
    return LearningFacts(
        units_done=done,
        units_required=required,
        courses_done=courses,
        courses_required=3,
        meetings_attended=0,
        seconds_left=0,
        last_study_at=None if last is None else START + timedelta(days=last),
    )


@pytest.mark.parametrize(
    ("given_facts", "day", "state", "reasons"),
    [
        (facts(last=None), -5, "waiting", ()),
        (facts(last=None), 3, "waiting", ()),
        (facts(10, last=9), 10, "on_track", ()),
        (facts(40, last=30), 44, "behind", (Reason("silent_days", 14),)),
        (facts(10, last=49), 50, "behind", (Reason("units_short", 30),)),
        (facts(0, last=None), 50, "behind", (Reason("silent_days", 50), Reason("units_short", 40))),
        (facts(100, courses=3, last=10), 90, "finished", ()),
    ],
)
def test_the_rule_says_state_and_reasons(
    given_facts: LearningFacts, day: int, state: str, reasons: tuple[Reason, ...]
) -> None:
    verdict = judge_v1(given_facts, TERM, START + timedelta(days=day))
    assert (verdict.state, verdict.reasons) == (state, reasons)


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 120), st.integers(0, 120))
def test_more_study_never_worsens_a_standing(done: int, more: int, last: int, day: int) -> None:
    order = ["behind", "waiting", "on_track", "finished"]
    now = START + timedelta(days=day)
    last = min(last, day)
    before = judge_v1(facts(min(done, 100), last=last), TERM, now)
    after = judge_v1(facts(min(done + more, 100), last=day), TERM, now)
    assert order.index(after.state) >= order.index(before.state)
    assert 0 <= before.share <= after.share <= 1


def test_a_graduate_has_finished_whatever_was_counted() -> None:
    late = START + timedelta(days=90)
    assert judge("v2", facts(4, last=9), TERM, late, "graduated") == Verdict("finished", 1.0, ())
    assert judge("v2", facts(4, last=9), TERM, late, "enrolled").state == "behind"


@pytest.mark.parametrize(
    ("version", "attended", "day", "short"),
    [
        ("v1", 0, 90, 0),
        ("v2", 0, -30, 0),
        ("v2", 0, 27, 0),
        ("v2", 0, 28, 1),
        ("v2", 1, 90, 2),
        ("v2", 4, 90, 0),
        ("v2", 0, 400, 3),
    ],
)
def test_meetings_are_asked_of_everybody_by_the_rule_of_the_class(
    version: str, attended: int, day: int, short: int
) -> None:
    assert meetings_short(version, attended, TERM, START + timedelta(days=day)) == short
