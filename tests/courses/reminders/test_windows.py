"""When a message may go out, and what is worth one. No database."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.reminders import news, windows
from courses.reminders.models import EVERY_DAY
from courses.reminders.news import LESSON, MEETING, REPLIES, Facts
from lms.base import clock

MOMENTS = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(2027, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
TIMES = st.times().map(lambda t: t.replace(second=0, microsecond=0))


@given(at=MOMENTS, begins=TIMES, days=st.sets(st.sampled_from(EVERY_DAY)))
def test_a_window_is_open_on_its_days_and_nowhere_before_or_long_after(
    at: datetime, begins: time, days: set[str]
) -> None:
    here = clock.local(at)
    since = timedelta(hours=here.hour, minutes=here.minute, seconds=here.second) - timedelta(
        hours=begins.hour, minutes=begins.minute
    )
    expected = str(here.isoweekday()) in days and timedelta(0) <= since < windows.LENGTH
    assert windows.is_open(at, begins, windows.as_text(days)) is expected


@given(at=MOMENTS, begins=TIMES)
def test_the_bounds_that_the_database_is_asked_with_say_the_same(
    at: datetime, begins: time
) -> None:
    after, until = windows.beginnings(at)
    lower = begins >= after if after == time.min else begins > after
    assert windows.is_open(at, begins, EVERY_DAY) is (lower and begins <= until)


@given(
    facts=st.builds(
        Facts,
        studied_today=st.booleans(),
        goal_reached=st.booleans(),
        lesson=st.sampled_from(["", "第四讲"]),
        unheard=st.integers(0, 9),
        meeting=st.sampled_from(["", "答疑"]),
        replies=st.integers(0, 3),
    )
)
def test_nobody_is_urged_to_study_who_studied_rests_or_does_not_listen(facts: Facts) -> None:
    told = news.worth_telling(facts)
    urged = LESSON in told
    assert not urged or not (facts.studied_today or facts.goal_reached)
    assert not urged or facts.unheard < news.MOST_UNHEARD
    # Real news is told whatever the student did.
    assert (MEETING in told) == bool(facts.meeting)
    assert (REPLIES in told) == bool(facts.replies)


@pytest.mark.parametrize("kind", [LESSON, MEETING, REPLIES])
def test_every_message_has_the_way_out(kind: str) -> None:
    facts = Facts(
        lesson="第四讲", minutes_left=6, meeting="答疑", meeting_when="明天 14:00 ", replies=2
    )
    said = news.text(facts, [kind], study_url="https://x/learn/", off_url="https://x/r/1-a/")
    assert said.endswith("关提醒 https://x/r/1-a/")
    assert "第四讲" in said or "答疑" in said or "2 个问题" in said
