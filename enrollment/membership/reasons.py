"""Why somebody is not taken into the union: a list, so that statistics and help texts agree."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Reason:
    code: str
    words: str | Promise


ALL: tuple[Reason, ...] = (
    Reason("not_here", _("不在本区工作，请向工作所在区的工会申请")),
    Reason("papers", _("身份或从业情况核对不上")),
    Reason("elsewhere", _("已是其他工会的会员，转会即可")),
    Reason("other", _("其他原因")),
)


def label(code: str) -> str:
    """The words of a reason; an unknown code shows as it is."""
    return str({each.code: each.words for each in ALL}.get(code, code))
