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
    return f"{code}: {figure}"


def reasons(rows: Iterable[Mapping[str, Any]]) -> str:
    """All reasons of a standing joined into one sentence part."""
    return _("，").join(reason(row["code"], row["figure"]) for row in rows)
