"""Reasons of a standing, in words an officer or tutor can say on the phone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _


def reason(code: str, figure: int) -> str:
    """One reason in words; an unknown code (a newer rule) shows as it is."""
    if code == "silent_days":
        return _("已 %(days)d 天没有学习") % {"days": figure}
    if code == "units_short":
        return _("比进度少 %(units)d 个学习单元") % {"units": figure}
    if code == "meetings_short":
        return _("少参加 %(meetings)d 次线下课") % {"meetings": figure}
    return f"{code}: {figure}"


def reasons(rows: Iterable[Mapping[str, Any]]) -> str:
    """All reasons of a standing joined into one sentence part."""
    return _("，").join(reason(row["code"], row["figure"]) for row in rows)


# What to do first: the reason that a talk can change soonest.
_STEPS = ("silent_days", "meetings_short", "units_short")


def next_step(rows: Iterable[Mapping[str, Any]], minutes_left: int) -> str:
    """What the officer may suggest on the phone, by the first of the reasons."""
    codes = {row["code"]: row["figure"] for row in rows}
    code = next((code for code in _STEPS if code in codes), "")
    if code == "silent_days":
        return _("先打电话问近况，约好这周学一讲")
    if code == "meetings_short":
        return _("请辅导老师约下一次线下课")
    if code == "units_short":
        return _("建议每天学 %(minutes)d 分钟，三周补上") % {
            "minutes": max(10, -(-minutes_left // 21 // 5) * 5)
        }
    return ""
