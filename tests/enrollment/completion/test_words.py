"""Days as people count them: one rule on every page, whatever the hour at which somebody was judged."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.completion import words
from lms.base import clock

STARTS = date(2026, 9, 1)
# Ten in the evening in Shanghai.
STUDIED = datetime(2026, 10, 1, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("later", "said", "silent"),
    [
        (timedelta(hours=1), "今天", "已 0 天没有学习"),
        (timedelta(hours=3), "昨天", "已 1 天没有学习"),
        (timedelta(days=15, hours=23), "16 天前", "已 16 天没有学习"),
        (timedelta(days=16), "16 天前", "已 16 天没有学习"),
        (timedelta(days=16, hours=2), "17 天前", "已 17 天没有学习"),
    ],
)
def test_the_list_and_the_sheet_say_the_same_number(
    later: timedelta, said: str, silent: str
) -> None:
    assert words.ago(STUDIED, STUDIED + later) == said
    assert words.silence(STUDIED, STARTS, STUDIED + later) == silent


@given(st.integers(0, 3 * 365 * 24 * 60))
def test_whoever_the_rule_calls_silent_is_silent_for_two_weeks_in_words(minutes: int) -> None:
    """The rule counts whole times of 24 hours; in calendar days that is never less."""
    now = STUDIED + timedelta(minutes=minutes)
    days = words.days_since(clock.local_date(now - timedelta(days=14)), now)
    assert days >= 14


def test_who_never_studied_is_said_so_and_study_before_the_class_does_not_count() -> None:
    now = clock.start_of_day(date(2026, 9, 20))
    assert words.silence(None, STARTS, now) == "开学 19 天还没有学过"
    assert words.silence(now - timedelta(days=40), STARTS, now) == "已 19 天没有学习"


def test_the_figure_of_the_judgement_is_not_what_is_said() -> None:
    rows = [
        {"code": "silent_days", "figure": 16}, {"code": "units_short", "figure": 2},
        {"code": "meetings_short", "figure": 1}, {"code": "newer", "figure": 3},
    ]  # fmt: skip
    at = STUDIED + timedelta(days=16, hours=2)
    said = words.reasons(rows, STUDIED, STARTS, at=at)
    assert said == "已 17 天没有学习，newer: 3，还差 2 个学习单元和 1 次线下课"
    assert words.reasons([], STUDIED, STARTS, at=at) == ""
