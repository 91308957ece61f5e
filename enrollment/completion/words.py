"""Reasons of a standing, in words an officer or tutor can say on the phone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from enrollment.completion.models import Standing
from enrollment.registry.models import Cohort
from lms.base import clock


def ago(then: datetime, now: datetime) -> str:
    """``今天``, ``昨天`` or how many calendar days ago: the one way in which days are counted for people."""
    days = days_since(clock.local_date(then), now)
    if days <= 0:
        return _("今天")
    return _("昨天") if days == 1 else _("%(days)d 天前") % {"days": days}


def days_since(day: date, now: datetime) -> int:
    return (clock.local_date(now) - day).days


def silence(last_study_at: datetime | None, starts_on: date, now: datetime) -> str:
    """How long nothing was studied, counted as ``ago`` counts; ``starts_on`` is the first day of class.

    The figure that the rule judged by is of the moment of judging, and of whole times of 24 hours: beside
    "17 天前" it would say 16.
    """
    if last_study_at is None:
        return _("开学 %(days)d 天还没有学过") % {"days": days_since(starts_on, now)}
    since = max(clock.local_date(last_study_at), starts_on)
    return _("已 %(days)d 天没有学习") % {"days": days_since(since, now)}


def _reason(code: str, figure: int) -> str:
    """One reason in words; an unknown code (a newer rule) shows as it is."""
    if code == "units_short":
        return _("还差 %(units)d 个学习单元") % {"units": figure}
    if code == "meetings_short":
        return _("还差 %(meetings)d 次线下课") % {"meetings": figure}
    return f"{code}: {figure}"


def reasons(
    rows: Iterable[Mapping[str, Any]],
    last_study_at: datetime | None,
    starts_on: date,
    *,
    at: datetime,
) -> str:
    """All reasons of a standing joined into one sentence part, as somebody says it at that moment."""
    known = {row["code"]: row["figure"] for row in rows}
    parts = []
    first = [silence(last_study_at, starts_on, at)] if known.pop("silent_days", None) else []
    if {"units_short", "meetings_short"} <= known.keys():
        units, meetings = known.pop("units_short"), known.pop("meetings_short")
        both = _("还差 %(units)d 个学习单元和 %(meetings)d 次线下课")
        parts = [both % {"units": units, "meetings": meetings}]
    rest = [_reason(code, figure) for code, figure in known.items()]
    return _("，").join([*first, *rest, *parts])


def why(standing: Standing, cohort: Cohort, *, at: datetime) -> str:
    """Why somebody is behind; the cohort is given because pages have it already."""
    return reasons(standing.reasons, standing.last_study_at, cohort.starts_on, at=at)


def minutes_to_catch_up(standing: Standing) -> int:
    """What is missing against the pace, in minutes; who was only silent takes up with one unit."""
    left = standing.units_required - standing.units_done
    if left <= 0:
        return 0
    short = next((row["figure"] for row in standing.reasons if row["code"] == "units_short"), 1)
    return -(-standing.minutes_left * min(short, left) // left)


# What to do first: the reason that a talk can change soonest.
_STEPS = ("silent_days", "meetings_short", "units_short")
# So many days a week somebody with a job can study, for three weeks.
_SITTINGS = 12


def next_step(rows: Iterable[Mapping[str, Any]], minutes: int) -> str:
    """What the officer may suggest on the phone, by the first of the reasons.

    Args:
        minutes: to catch up.
    """
    codes = {row["code"]: row["figure"] for row in rows}
    code = next((code for code in _STEPS if code in codes), "")
    if code == "silent_days":
        return _("先打电话问近况，约好这周学一讲")
    if code == "meetings_short":
        return _("请辅导老师约下一次线下课")
    if code == "units_short":
        sitting = max(10, -(-minutes // _SITTINGS // 5) * 5)
        return _("建议每周学四次，每次 %(minutes)d 分钟，三周补上") % {"minutes": sitting}
    return ""
