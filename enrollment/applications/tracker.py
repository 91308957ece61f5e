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


def next_step(state: str, *, due: date | None, starts_on: date, ahead: int = 0) -> str:
    """What happens next and by when, in one or two sentences."""
    day = str(formats.date_format(due, _("n月j日"))) if due else ""
    start = str(formats.date_format(starts_on, _("n月j日")))
    sentences: dict[str, str] = {
        State.DRAFT: _("填完六页就可以提交，填过的都已保存。"),
        State.SUBMITTED: _("区工会 %(day)s前审核，有结果会发短信。") % {"day": day},
        State.RETURNED: _("请在 %(day)s前改好再提交，其余内容不用重填。") % {"day": day},
        State.DISTRICT: _("市总工会 %(day)s前复核，有结果会发短信。") % {"day": day},
        State.CITY: _("%(day)s公布排名，到时发短信给你。") % {"day": day},
        State.RANKED: _("%(day)s公布排名，到时发短信给你。") % {"day": day},
        State.PUBLISHED: _waiting(ahead),
        State.OFFERED: _("请在 %(day)s前确认，过期名额会给下一位。") % {"day": day},
        State.ACCEPTED: _("学籍管理员会为你注册，然后发录取通知书。%(day)s开学。") % {"day": start},
        State.MATRICULATED: _("%(day)s开学，在这之前可以先看新生第一课。") % {"day": start},
    }
    return sentences.get(state, "")


def _waiting(ahead: int) -> str:
    place = (
        _("你在候补名单上，前面还有 %(ahead)d 人。") % {"ahead": ahead}
        if ahead
        else _("你排在候补第一位。")
    )
    return place + _("有人放弃会马上递补，轮到你会发短信。")
