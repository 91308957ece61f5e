"""The operator's page: what Prometheus would be told, drawn, with what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms.accounts import policies
from lms.accounts.models import Role
from lms.base import clock
from lms.monitoring import alerts, facts
from lms.monitoring.models import Pulse

DRAWN = timedelta(hours=24)
SLOT = timedelta(minutes=30)
SLOTS = DRAWN // SLOT


@dataclass(frozen=True)
class Line:
    """One chart: the highest value of each half hour, oldest first; None where no line was written."""

    title: str | Promise
    unit: str | Promise
    values: list[int | None]
    labels: list[str]


CHARTS: tuple[tuple[str | Promise, str | Promise, Callable[[Pulse], int]], ...] = (
    (gettext_lazy("等待的任务"), gettext_lazy("个任务"), lambda pulse: pulse.waiting),
    (gettext_lazy("最早的任务等了"), gettext_lazy("秒"), lambda pulse: pulse.oldest_s),
    (gettext_lazy("十分钟内收到的学习记录"), gettext_lazy("条记录"), lambda pulse: pulse.arrivals),
)


@policies.roles(Role.OPERATOR)
@require_safe
@never_cache
def operator(request: HttpRequest) -> HttpResponse:
    """Now, and the last day; htmx asks for the inside again every ten seconds."""
    now = clock.now()
    found = facts.gather(now)
    context: dict[str, Any] = {
        "facts": found,
        "alerts": alerts.of(found),
        "stats": _stats(found),
        "charts": _charts(now),
        "workers": [(name, round(seconds)) for name, seconds in sorted(found.workers.items())],
    }
    only_inside = bool(getattr(request, "htmx", False))
    template = "lms/desk/_operator_now.html" if only_inside else "lms/desk/operator.html"
    return render(request, template, context)


def _stats(found: facts.Facts) -> list[dict[str, Any]]:
    speed = "–" if found.encode_speed is None else f"{found.encode_speed:.1f}"
    lag = "–" if found.lag_s is None else _span(found.lag_s)
    backup = _("从未") if found.backup_age_s is None else _span(found.backup_age_s)
    return [
        {"label": _("等待的任务"), "figure": found.waiting, "unit": _("个任务"), "note": _("进行中 %(count)d 个") % {"count": found.running}},
        {"label": _("一天内失败"), "figure": found.failed, "unit": _("个任务"), "tone": "warn" if found.failed else "plain"},
        {"label": _("转码速度"), "figure": speed, "unit": _("倍"), "note": _("每秒能处理几秒视频")},
        {"label": _("学习记录到达"), "figure": found.arrivals, "unit": _("条记录"), "note": _("十分钟内；多数晚到 %(lag)s") % {"lag": lag}},
        {"label": _("磁盘剩余"), "figure": f"{found.free_bytes / 2**30:.0f}", "unit": "GB"},
        {"label": _("上次备份"), "figure": backup, "unit": "", "note": "" if found.backup_age_s is None else _("之前")},
    ]  # fmt: skip


def _span(seconds: float) -> str:
    if seconds < 90:
        return _("%(count)d 秒") % {"count": seconds}
    if seconds < 5400:
        return _("%(count)d 分钟") % {"count": seconds / 60}
    if seconds < 172800:
        return _("%(count)d 小时") % {"count": seconds / 3600}
    return _("%(count)d 天") % {"count": seconds / 86400}


def _charts(now: datetime) -> list[Line]:
    first = now - DRAWN
    pulses = list(Pulse.objects.filter(minute__gt=first).order_by("minute"))
    labels = [f"{clock.local(first + SLOT * (n + 1)):%H:%M}" for n in range(SLOTS)]
    lines = []
    for title, unit, of in CHARTS:
        values: list[int | None] = [None] * SLOTS
        for pulse in pulses:
            slot = min((pulse.minute - first) // SLOT, SLOTS - 1)
            values[slot] = max(values[slot] or 0, of(pulse))
        lines.append(Line(title, unit, values, labels))
    return lines
