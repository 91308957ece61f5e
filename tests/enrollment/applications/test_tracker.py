"""The drawn line and its sentence: every state says what happens next and by when."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from enrollment.applications import deadlines, tracker
from enrollment.applications.flow import ENDED, MOVES, State
from enrollment.applications.tracker import STEPS, Days

SINCE = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
CLOSES, DECIDES, STARTS = date(2026, 9, 30), date(2026, 10, 15), date(2026, 11, 1)
OFFER_ENDS = datetime(2026, 10, 21, 16, 0, tzinfo=UTC)  # 0:00 on the 22nd in Shanghai


def days(state: State, *, today: date = date(2026, 9, 2)) -> Days:
    return Days(
        today=today,
        closes_on=CLOSES,
        starts_on=STARTS,
        kept_until=deadlines.kept_until(CLOSES),
        due=deadlines.due_on(state, SINCE, decides_on=DECIDES, offer_expires_at=OFFER_ENDS),
    )


SAID = {
    State.DRAFT: "填完六页就可以提交，9月30日截止。填过的都已保存。",
    State.SUBMITTED: "区工会 9月6日前审核，有结果会发短信。",
    State.RETURNED: "请在 9月8日前改好再提交，其余内容不用重填。",
    State.DISTRICT: "市总工会 9月6日前复核，有结果会发短信。",
    State.CITY: "10月15日公布排名，到时发短信给你。",
    State.RANKED: "10月15日公布排名，到时发短信给你。",
    State.PUBLISHED: "你在候补名单上，前面还有 3 人。有人放弃会马上递补，轮到你会发短信；候补到 11月1日开学为止。",
    State.OFFERED: "请在 10月21日前确认，过期名额会给下一位。",
    State.ACCEPTED: "学籍管理员会为你注册，然后发录取通知书。11月1日开学。",
    State.MATRICULATED: "11月1日开学，在这之前可以先看新生第一课。",
    **dict.fromkeys(
        ENDED, "9月30日报名截止以前可以重新报。你的资料最晚 2027年9月30日删除，也可以自己马上删。"
    ),
}
LATE = {
    State.PUBLISHED: "11月1日已经开学，这一期的候补结束了。下一期开始报名时可以再报。",
    State.ACCEPTED: "11月1日已经开学，你还没有注册。请马上打页面下方的电话。",
    State.MATRICULATED: "11月1日已经开学，接着上课就行。",
    State.DRAFT: "报名 9月30日已经截止，没来得及提交。下一期开始报名时会贴在首页和各驿站。",
    State.SUBMITTED: "本该 9月6日前审核完，现在晚了。可以打页面下方的电话催一下。",
    State.RETURNED: "原定 9月8日前改好，已经过了。请今天就改好提交，来不及先打电话说一声。",
    State.DISTRICT: "本该 9月6日前复核完，现在晚了。可以打页面下方的电话催一下。",
    State.CITY: "原定 10月15日公布排名，推迟了。公布时发短信给你。",
    State.RANKED: "原定 10月15日公布排名，推迟了。公布时发短信给你。",
    State.OFFERED: "10月21日的确认期限已过，名额会给下一位。有疑问请打页面下方的电话。",
    **dict.fromkeys(
        ENDED,
        "这一期 9月30日已截止，下一期开始报名时会贴在首页和各驿站。你的资料最晚 2027年9月30日删除，也可以自己马上删。",
    ),
}
A_DAY = re.compile(r"\d+月\d+日")


@pytest.mark.parametrize("state", State)
def test_every_state_says_what_is_next_and_by_when(state: State) -> None:
    said = tracker.next_step(state, days(state), ahead=3)
    assert said == SAID[state]
    assert A_DAY.search(said)


@pytest.mark.parametrize("state", State)
def test_a_day_that_has_passed_is_not_promised_again(state: State) -> None:
    said = tracker.next_step(state, days(state, today=date(2026, 12, 1)), ahead=3)
    assert said == LATE[state]
    assert A_DAY.search(said)


@pytest.mark.parametrize("state", State)
def test_the_last_day_itself_is_not_late(state: State) -> None:
    found = days(state)
    today = found.due or CLOSES
    assert tracker.next_step(state, replace(found, today=today), ahead=3) == (
        SAID[state] if today <= CLOSES or state not in ENDED else LATE[state]
    )


def test_the_first_in_line_is_told_so() -> None:
    assert "你排在候补第一位。" in tracker.next_step(State.PUBLISHED, days(State.PUBLISHED))


def history(state: State) -> dict[State, datetime]:
    """The shortest way to a state, an hour for each move."""
    ways: dict[State, list[State]] = {State.DRAFT: []}
    waiting = [State.DRAFT]
    while waiting:
        here = waiting.pop(0)
        for there in sorted(MOVES[here]):
            if there not in ways:
                ways[there] = [*ways[here], there]
                waiting.append(there)
    return {each: SINCE + timedelta(hours=hour) for hour, each in enumerate(ways[state])}


@pytest.mark.parametrize("state", State)
def test_the_line_is_drawn_for_every_state(state: State) -> None:
    drawn = tracker.steps(state, history(state))
    marks = [step.state for step in drawn]
    assert len(drawn) == len(STEPS)
    if state == State.MATRICULATED:
        assert marks == ["done"] * len(STEPS)
        return
    here = "stopped" if state in ENDED else "current"
    assert marks.count(here) == 1
    place = marks.index(here)
    assert marks == ["done"] * place + [here] + ["todo"] * (len(STEPS) - place - 1)
    assert drawn[place].text == str(state.label)
    for step, (reached, _title) in zip(drawn[:place], STEPS, strict=False):
        assert step.when or reached not in history(state)


def test_every_state_has_a_title_and_every_end_a_message() -> None:
    from enrollment.applications import notices
    from enrollment.views.status import TITLES

    assert set(TITLES) == set(State)
    quiet = {State.DRAFT, State.RANKED}  # nothing happened; the office's own work
    assert set(notices._TEXTS) == set(State) - quiet
