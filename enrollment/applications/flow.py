"""Which move of an application is legal: one table, no database."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class State(TextChoices):
    """Life of an application. ``district`` and ``city`` say whose approval it already has."""

    DRAFT = "draft", _("填写中")
    SUBMITTED = "submitted", _("待区工会审核")
    RETURNED = "returned", _("待补正")
    DISTRICT = "district", _("待市总工会复核")
    CITY = "city", _("复核通过，待排名")
    RANKED = "ranked", _("已排名，待公示")
    PUBLISHED = "published", _("已公示，候补中")
    OFFERED = "offered", _("待本人确认")
    ACCEPTED = "accepted", _("已确认，待注册")
    MATRICULATED = "matriculated", _("已注册入学")
    REJECTED = "rejected", _("未通过")
    WITHDRAWN = "withdrawn", _("已撤回")
    DECLINED = "declined", _("已放弃录取")
    EXPIRED = "expired", _("逾期未确认")


# Who holds a place, and who counts as "this person already applies".
HOLDING = frozenset({State.OFFERED, State.ACCEPTED, State.MATRICULATED})
ENDED = frozenset({State.REJECTED, State.WITHDRAWN, State.DECLINED, State.EXPIRED})
LIVE = frozenset(State) - ENDED

MOVES: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.SUBMITTED, State.WITHDRAWN}),
    State.SUBMITTED: frozenset({State.DISTRICT, State.RETURNED, State.REJECTED, State.WITHDRAWN}),
    State.RETURNED: frozenset({State.SUBMITTED, State.WITHDRAWN}),
    State.DISTRICT: frozenset({State.CITY, State.RETURNED, State.REJECTED, State.WITHDRAWN}),
    State.CITY: frozenset({State.RANKED, State.WITHDRAWN}),
    State.RANKED: frozenset({State.PUBLISHED, State.CITY, State.WITHDRAWN}),
    State.PUBLISHED: frozenset({State.OFFERED, State.WITHDRAWN}),
    State.OFFERED: frozenset({State.ACCEPTED, State.DECLINED, State.EXPIRED, State.WITHDRAWN}),
    State.ACCEPTED: frozenset({State.MATRICULATED, State.WITHDRAWN}),
    State.MATRICULATED: frozenset(),
    State.REJECTED: frozenset(),
    State.WITHDRAWN: frozenset(),
    State.DECLINED: frozenset(),
    State.EXPIRED: frozenset(),
}


def may_move(was: str, to: str) -> bool:
    """Whether an application in state ``was`` may become ``to``."""
    return State(to) in MOVES[State(was)]
