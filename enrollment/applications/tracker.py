"""Where an application stands, drawn as a line, and what happens next by when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.applications.flow import ENDED, State
from lms.base import clock

# Each step and the state whose arrival ends it.
STEPS: tuple[tuple[State, str | Promise], ...] = (
    (State.SUBMITTED, gettext_lazy("提交报名")),
    (State.DISTRICT, gettext_lazy("区工会审核")),
    (State.CITY, gettext_lazy("市总工会复核")),
    (State.PUBLISHED, gettext_lazy("排名公示")),
    (State.ACCEPTED, gettext_lazy("录取并确认")),
    (State.MATRICULATED, gettext_lazy("注册入学")),
)
_CURRENT: dict[State, int] = {
    State.DRAFT: 0,
    State.SUBMITTED: 1,
    State.RETURNED: 1,
    State.DISTRICT: 2,
    State.CITY: 3,
    State.RANKED: 3,
    State.PUBLISHED: 4,
    State.OFFERED: 4,
    State.ACCEPTED: 5,
    State.MATRICULATED: 6,
}


@dataclass(frozen=True)
class Step:
    """One node of the line; ``state`` is done, current, todo or stopped."""

    title: str
    state: str
    when: str = ""
    text: str = ""


def steps(state: str, history: Mapping[State, datetime]) -> list[Step]:
    """The line for an application.

    Args:
        history: when it last came into each state.
    """
    now = State(state)
    stopped = now in ENDED
    current = _stopped_at(history) if stopped else _CURRENT[now]
    drawn = []
    for place, (reached, title) in enumerate(STEPS):
        if place < current:
            drawn.append(Step(str(title), "done", when=_moment(history.get(reached))))
        elif place == current:
            mark = "stopped" if stopped else "current"
            when = _moment(history.get(now)) if stopped else ""
            drawn.append(Step(str(title), mark, when=when, text=str(now.label)))
        else:
            drawn.append(Step(str(title), "todo"))
    return drawn


def _stopped_at(history: Mapping[State, datetime]) -> int:
    done = [reached in history for reached, _title in STEPS]
    return done.index(False) if False in done else len(done) - 1


def _moment(at: datetime | None) -> str:
    return str(formats.date_format(clock.local(at), _("n月j日 H:i"))) if at else ""


@dataclass(frozen=True)
class Days:
    """The days that sentences name: all local dates."""

    today: date
    closes_on: date
    starts_on: date
    kept_until: date
    due: date | None = None


def next_step(state: str, days: Days, *, ahead: int = 0) -> str:
    """What happens next and by when, in one or two sentences; every state has them.

    Args:
        ahead: how many on the waiting list come first.
    """
    now = State(state)
    words = {
        "day": _day(days.due),
        "closes": _day(days.closes_on),
        "start": _day(days.starts_on),
        "until": str(formats.date_format(days.kept_until, _("Y年n月j日"))),
    }
    if days.today > days.starts_on and now in _STARTED:
        return str(_STARTED[now]) % words
    if now == State.PUBLISHED:
        return _waiting(ahead) % words
    if now in ENDED:
        return _ended(is_open=days.today <= days.closes_on) % words
    late = days.due is not None and days.due < days.today
    if late and now in _LATE:
        return str(_LATE[now]) % words
    if now == State.DRAFT and days.today > days.closes_on:
        return (
            _("报名 %(closes)s已经截止，没来得及提交。下一期开始报名时会贴在首页和各驿站。") % words
        )
    return str(_NEXT[now]) % words


_NEXT: dict[State, str | Promise] = {
    State.DRAFT: gettext_lazy("填完六页就可以提交，%(closes)s截止。填过的都已保存。"),
    State.SUBMITTED: gettext_lazy("区工会 %(day)s前审核，有结果会发短信。"),
    State.RETURNED: gettext_lazy("请在 %(day)s前改好再提交，其余内容不用重填。"),
    State.DISTRICT: gettext_lazy("市总工会 %(day)s前复核，有结果会发短信。"),
    State.CITY: gettext_lazy("%(day)s公布排名，到时发短信给你。"),
    State.RANKED: gettext_lazy("%(day)s公布排名，到时发短信给你。"),
    State.OFFERED: gettext_lazy("请在 %(day)s前确认，过期名额会给下一位。"),
    State.ACCEPTED: gettext_lazy("学籍管理员会为你注册，然后发录取通知书。%(start)s开学。"),
    State.MATRICULATED: gettext_lazy("%(start)s开学，在这之前可以先看新生第一课。"),
}
# A promise that was not kept is said to be late, with what the person can do about it.
_LATE: dict[State, str | Promise] = {
    State.SUBMITTED: gettext_lazy("本该 %(day)s前审核完，现在晚了。可以打页面下方的电话催一下。"),
    State.DISTRICT: gettext_lazy("本该 %(day)s前复核完，现在晚了。可以打页面下方的电话催一下。"),
    State.RETURNED: gettext_lazy(
        "原定 %(day)s前改好，已经过了。请今天就改好提交，来不及先打电话说一声。"
    ),
    State.CITY: gettext_lazy("原定 %(day)s公布排名，推迟了。公布时发短信给你。"),
    State.RANKED: gettext_lazy("原定 %(day)s公布排名，推迟了。公布时发短信给你。"),
    State.OFFERED: gettext_lazy(
        "%(day)s的确认期限已过，名额会给下一位。有疑问请打页面下方的电话。"
    ),
}


_STARTED: dict[State, str | Promise] = {
    State.PUBLISHED: gettext_lazy(
        "%(start)s已经开学，这一期的候补结束了。下一期开始报名时可以再报。"
    ),
    State.ACCEPTED: gettext_lazy("%(start)s已经开学，你还没有注册。请马上打页面下方的电话。"),
    State.MATRICULATED: gettext_lazy("%(start)s已经开学，接着上课就行。"),
}


def _day(day: date | None) -> str:
    return str(formats.date_format(day, _("n月j日"))) if day else ""


def _ended(*, is_open: bool) -> str:
    again = (
        _("%(closes)s报名截止以前可以重新报。")
        if is_open
        else _("这一期 %(closes)s已截止，下一期开始报名时会贴在首页和各驿站。")
    )
    return again + _("你的资料最晚 %(until)s删除，也可以自己马上删。")


def _waiting(ahead: int) -> str:
    place = (
        _("你在候补名单上，前面还有 %(ahead)d 人。") % {"ahead": ahead}
        if ahead
        else _("你排在候补第一位。")
    )
    return place + _("有人放弃会马上递补，轮到你会发短信；候补到 %(start)s开学为止。")
