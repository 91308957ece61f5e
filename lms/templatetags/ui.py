"""Template tags of the design system: icons, components with content, and the geometry of small charts.

They take plain values and know no model. A chart tag answers numbers; the drawing stands in the component's template,
as SVG attributes, because the content security policy allows no ``style`` attribute.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.forms.boundfield import BoundField
from django.template import Context, Engine
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from lms.base import clock

register = template.Library()

SPRITE = Path(__file__).parent.parent / "static" / "icons" / "sprite.svg"


# ---------------------------------------------------------------- pages


@register.simple_tag
def page_language() -> str:
    """The language of the page as HTML writes it: ``zh-Hans``, ``en``."""
    return to_locale(get_language() or "zh-hans").replace("_", "-")


@register.simple_tag(takes_context=True)
def student_tabs(context: Context) -> list[dict[str, Any]]:
    """The four places of a student; the current one by the variable ``tab``, or else by the address.

    A guest (``is_guest``: a member without a place on the roll) has two. Staff who read a lesson have none: these
    places are not theirs; in a preview they see what a student will see.
    """
    request = context.get("request")
    if _is_no_student(request) and not context.get("is_guest"):
        return []
    tabs = (
        [
            {"key": "academy", "label": _("职工学堂"), "url": "/learn/open/", "icon": "book"},
            {"key": "search", "label": _("搜索"), "url": "/learn/search/", "icon": "search"},
        ]
        if context.get("is_guest")
        else [
            {"key": "today", "label": _("今天"), "url": "/learn/", "icon": "today"},
            {"key": "courses", "label": _("课程"), "url": "/learn/courses/", "icon": "book"},
            {
                "key": "meetings",
                "label": _("线下课"),
                "url": "/learn/meetings/",
                "icon": "calendar",
            },
            {"key": "me", "label": _("我的"), "url": "/learn/me/", "icon": "person"},
        ]
    )
    path = getattr(request, "path", "")
    by_address = next(
        (tab["key"] for tab in reversed(tabs) if path.startswith(str(tab["url"]))), None
    )
    current = context.get("tab") or by_address
    return [{**tab, "current": tab["key"] == current} for tab in tabs]


def _is_no_student(request: Any) -> bool:
    """Whether somebody of the staff opened a page of the site itself."""
    user: Any = getattr(request, "user", None)
    if not getattr(user, "is_staff_member", False) or getattr(request, "is_preview", False):
        return False
    return not user.has_role("student")


# ---------------------------------------------------------------- components


def render_component(context: Context, part: str, inputs: Mapping[str, Any]) -> SafeString:
    """``components/<part>.html`` with its inputs and nothing else of the page but the request."""
    inner = context.new(dict(inputs))
    for kept in ("csrf_token", "request"):
        if kept in context:
            inner[kept] = context[kept]
    return Engine.get_default().get_template(f"components/{part}.html").render(inner)


@register.simple_block_tag(takes_context=True)
def component(context: Context, content: str, part: str, **inputs: Any) -> SafeString:
    """Render ``components/<part>.html`` around the enclosed markup, which it receives as ``content``."""
    return render_component(context, part, {**inputs, "content": content.strip() and content})


@register.simple_tag
def attributes(pairs: Mapping[str, Any] | None) -> SafeString:
    """Extra HTML attributes of a component: ``{"data-opens": "leave"}``. ``True`` gives a bare name, ``None`` nothing."""
    known = [
        (key, value)
        for key, value in (pairs or {}).items()
        if value is not None and value is not False
    ]
    return format_html_join(
        "",
        " {}{}",
        ((key, "" if value is True else format_html('="{}"', value)) for key, value in known),
    )


@lru_cache(maxsize=1)
def _icons() -> dict[str, str]:
    found = re.findall(
        r'<symbol id="([a-z-]+)">(.*?)</symbol>',
        SPRITE.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    return dict(found)


def icon_names() -> list[str]:
    """Every icon of the sprite."""
    return sorted(_icons())


@register.simple_tag
def icon(name: str, label: str = "", size: int = 24) -> SafeString:
    """An icon of the sprite, drawn inline: no request, also offline. Without ``label`` it is decoration.

    Raises:
        ValueError: no such icon; the message lists the known ones.
    """
    if name not in _icons():
        raise ValueError(f"no icon {name!r}; known: {', '.join(icon_names())}")
    meaning = (
        format_html('role="img" aria-label="{}"', label)
        if label
        else mark_safe('aria-hidden="true"')
    )
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" width="{}" height="{}" {}>{}</svg>',
        size,
        size,
        meaning,
        mark_safe(_icons()[name]),  # noqa: S308 - our own file
    )


@register.simple_tag
def field_parts(field: BoundField) -> dict[str, Any]:
    """What the ``field`` component needs of a bound Django form field."""
    widget = field.field.widget
    described = " ".join(
        part
        for part, there in (
            (f"{field.auto_id}_helptext", field.help_text),
            (f"{field.auto_id}_error", field.errors),
        )
        if there
    )
    return {
        "id": field.id_for_label or field.auto_id,
        "group": field.use_fieldset,
        "checkbox": getattr(widget, "input_type", "") == "checkbox" and not field.use_fieldset,
        "described_by": described,
        "errors": list(field.errors),
        "optional": not field.field.required,
    }


@register.filter
def initials(name: str) -> str:
    """What stands in an avatar: the last two characters of a Chinese name, the initials of another."""
    words = name.split()
    if len(words) > 1 and name.isascii():
        return (words[0][0] + words[-1][0]).upper()
    return "".join(words)[-2:]


@register.filter
def tint(name: str) -> int:
    """A steady number 1–5 for a name, so that a person keeps the colour of their avatar."""
    return sum(ord(character) for character in name) % 5 + 1


@register.simple_tag
def table_rows(
    columns: Sequence[Mapping[str, Any]], rows: Iterable[Sequence[Any]]
) -> list[list[dict[str, Any]]]:
    """Cells joined with their columns: a phone shows each cell with its heading.

    Args:
        columns: ``{label, numeric?}``.
        rows: one value per column; a value is text or ``{text, url?, tone?, note?, whole?}``, where
            ``tone`` makes it a tag and ``whole`` keeps it and its note from breaking at a desk.
    """
    return [
        [
            {**column, "cell": value if isinstance(value, Mapping) else {"text": value}}
            for column, value in zip(columns, row, strict=True)
        ]
        for row in rows
    ]


# ---------------------------------------------------------------- numbers


def percent_of(done: float, total: float) -> int:
    """Whole percent, 0–100. Rounds down, so that 100 is said only of what is finished."""
    if total <= 0:
        return 0
    return max(0, min(100, int(done * 100 / total)))


@register.simple_tag
def percent(done: float, total: float) -> int:
    """Whole percent 0–100, rounded down: nothing unfinished is called 100 %."""
    return percent_of(done or 0, total or 0)


@register.filter
def megabytes(size_bytes: int | None) -> str:
    """``3_670_016`` → ``3.5 MB``; what a phone plan is counted in."""
    if not size_bytes:
        return ""
    size = size_bytes / 1024 / 1024
    return f"{size:.0f} MB" if size >= 10 else f"{max(size, 0.1):.1f} MB"


@register.filter
def minutes(duration_s: float | None) -> str:
    """Seconds as a person says them: ``45 秒``, ``9 分钟``, ``1 小时 20 分钟``."""
    seconds = duration_s or 0
    if seconds < 60:
        return _("%(count)s 秒") % {"count": int(seconds)}
    hours, rest = divmod(clock.whole_minutes(seconds), 60)
    if not hours:
        return _("%(count)s 分钟") % {"count": rest}
    if not rest:
        return _("%(count)s 小时") % {"count": hours}
    return _("%(hours)s 小时 %(rest)s 分钟") % {"hours": hours, "rest": rest}


# ---------------------------------------------------------------- charts


@dataclass(frozen=True)
class Bar:
    """One row of a bar chart; widths in percent of the chart."""

    label: str
    value: float
    total: float | None
    note: str
    url: str
    width: float
    rest: float
    share: int | None


@register.simple_tag
def bars(rows: Iterable[Mapping[str, Any]]) -> list[Bar]:
    """Rows ``{label, value, total?, note?, url?}`` to one common scale; with totals the bar stands in its own frame."""
    given = list(rows)
    top = max((float(row.get("total") or row["value"]) for row in given), default=0) or 1
    return [
        Bar(
            label=row["label"],
            value=row["value"],
            total=row.get("total"),
            note=row.get("note", ""),
            url=row.get("url", ""),
            width=round(100 * float(row["value"]) / top, 2),
            rest=round(100 * float(row.get("total") or 0) / top, 2),
            share=percent_of(row["value"], row["total"]) if row.get("total") else None,
        )
        for row in given
    ]


@dataclass(frozen=True)
class Column:
    """One column of a day chart, in its drawing units."""

    x: int
    y: float
    height: float
    label: str
    value: int
    title: str


@dataclass(frozen=True)
class Columns:
    """A day chart: ``latest`` and ``top`` are None and 0 where nothing was measured."""

    width: int
    bars: list[Column]
    marks: list[str]
    latest: int | None
    top: int


@register.simple_tag
def columns(values: Sequence[int | None], labels: Sequence[str]) -> Columns:
    """Columns to their own scale, 10 units apart, 80 high; a gap where nothing was measured."""
    known = [value for value in values if value is not None]
    top = max(known, default=0)
    bars = []
    for number, (value, label) in enumerate(zip(values, labels, strict=True)):
        if value is None:
            continue
        height = 80 * value / top if top else 0.0
        # Something small is still something.
        height = max(height, 1.5) if value else 0.0
        bars.append(Column(10 * number, 88 - height, height, label, value, f"{label}: {value}"))
    quarters = [labels[round((len(labels) - 1) * part / 4)] for part in range(5)] if labels else []
    return Columns(10 * len(labels), bars, quarters, known[-1] if known else None, top)


@dataclass(frozen=True)
class Cell:
    """One day of a heat strip; x and y in its drawing units."""

    x: int
    y: int
    level: int
    title: str


@dataclass(frozen=True)
class Week:
    """One column of a heat strip, and one row of its table."""

    starts: date
    minutes: int
    days: int


@dataclass(frozen=True)
class HeatStrip:
    """Everything the heat strip's template draws or says."""

    cells: list[Cell]
    weeks: list[Week]
    months: list[tuple[int, str]]
    width: int
    active_days: int
    total_minutes: int


CELL, GAP = 22, 4
# Room for the name of a month, as wide as "11月".
LABEL = 34
STEPS_MINUTES = (1, 15, 30, 60)


@register.simple_tag
def heat(
    studied: Mapping[date, int], until: date, weeks: int = 12, steps: Sequence[int] | None = None
) -> HeatStrip:
    """Minutes of study per day, drawn as ``weeks`` columns of seven days that end in the week of ``until``."""
    darker = steps or STEPS_MINUTES
    first = until - timedelta(days=until.weekday(), weeks=weeks - 1)
    cells: list[Cell] = []
    columns: list[Week] = []
    months: list[tuple[int, str]] = []
    for column in range(weeks):
        monday = first + timedelta(weeks=column)
        days = [
            monday + timedelta(days=offset)
            for offset in range(7)
            if monday + timedelta(days=offset) <= until
        ]
        for day in days:
            spent = studied.get(day, 0)
            level = sum(spent >= step for step in darker)
            title = _("%(day)s %(minutes)s 分钟") % {
                "day": date_format(day, _("n月j日")),
                "minutes": spent,
            }
            cells.append(Cell(column * (CELL + GAP), day.weekday() * (CELL + GAP), level, title))
        columns.append(
            Week(
                monday,
                sum(studied.get(day, 0) for day in days),
                sum(studied.get(day, 0) > 0 for day in days),
            )
        )
        if column == 0 or monday.day <= 7:
            months.append((column * (CELL + GAP), date_format(monday, _("n月"))))
    # A month that begins right after the first column would write over its label.
    if len(months) > 1 and months[1][0] < 2 * (CELL + GAP):
        months = months[1:]
    # One that begins in the last column would be cut off at the edge.
    width = weeks * (CELL + GAP) - GAP
    months = [(min(x, width - LABEL), label) for x, label in months]
    return HeatStrip(
        cells=cells,
        weeks=columns,
        months=months,
        width=width,
        active_days=sum(week.days for week in columns),
        total_minutes=sum(week.minutes for week in columns),
    )


@dataclass(frozen=True)
class FunnelStep:
    """One step of a funnel: a trapezoid in a 100 × 40 box, and what share of the step before it reached it."""

    label: str
    value: int
    points: str
    share: int | None


@register.simple_tag
def funnel_steps(steps: Sequence[Mapping[str, Any]]) -> list[FunnelStep]:
    """Steps ``{label, value}`` from the widest to the narrowest."""
    values = [int(step["value"]) for step in steps]
    top = max(values, default=0) or 1
    halves = [50 * value / top for value in values]
    shapes = []
    for index, step in enumerate(steps):
        here, below = halves[index], halves[min(index + 1, len(halves) - 1)]
        # Half way to the next step: the outline runs on, and each trapezoid still starts at its own width.
        foot = (here + below) / 2
        points = f"{50 - here:.1f},0 {50 + here:.1f},0 {50 + foot:.1f},40 {50 - foot:.1f},40"
        share = percent_of(values[index], values[index - 1]) if index else None
        shapes.append(FunnelStep(str(step["label"]), values[index], points, share))
    return shapes
