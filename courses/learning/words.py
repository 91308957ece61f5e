"""Figures of study in the words of the screens."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from courses.learning import watching
from lms.templatetags import ui

WEEKDAYS = "一二三四五六日"


def time_left(seconds: float) -> str:
    """``还剩 6 分钟``; nothing when nothing is left."""
    return _("还剩 %(time)s") % {"time": ui.minutes(max(60, seconds))} if seconds > 0 else ""


def moment(seconds: float) -> str:
    """A place in a video: ``2:05``, ``1:02:05``."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minutes}:{second:02d}"


def stretch(start_s: float, end_s: float) -> str:
    """``2:05–3:40``."""
    return f"{moment(start_s)}–{moment(end_s)}"


def weekday(day: date) -> str:
    """``一`` for Monday; English pages say ``Mon``."""
    return _("周%(day)s") % {"day": WEEKDAYS[day.weekday()]}


def why_not(reason: str) -> str:
    """Why seconds that a phone sent were not credited."""
    sentences = {
        watching.TOO_FAST: _("播放快过 2 倍速，只按 2 倍速算"),
        watching.SAME_TIME: _("同一时间在另一处已经算过"),
        watching.FUTURE: _("手机的时间比实际晚，请校准手机时间"),
        watching.NOTHING: _("这一段在视频之外"),
        watching.NO_LENGTH: _("视频还在准备，没法计算"),
    }
    return sentences.get(reason, _("其他原因"))


def week_goal(goal: int, studied: int) -> str:
    """``本周目标 4 天，已学 3 天``."""
    if studied >= goal:
        return _("本周目标 %(goal)d 天，已经学够 %(studied)d 天") % {
            "goal": goal,
            "studied": studied,
        }
    return _("本周目标 %(goal)d 天，已学 %(studied)d 天") % {"goal": goal, "studied": studied}
