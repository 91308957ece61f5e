"""Chapters as an editor writes them: a line each, the time and then the title. Pure.

They are kept as ``{"start_s": seconds, "title": text}`` in order, the first at 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypedDict

from django.utils.translation import gettext as _

from media import refusals
from media.captions import reading

MOST = 60
LONGEST_TITLE = 60
_LINE = re.compile(r"(?:(\d{1,2})[:：])?(\d{1,3})[:：](\d{1,2}(?:[.．]\d)?)(?:[\s\u3000]+(.*))?")


class Chapter(TypedDict):
    """A stretch of a film that has a name."""

    start_s: float
    title: str


def as_text(chapters: Iterable[Chapter]) -> str:
    """``0:00 开场`` and so on, as ``parse`` reads it."""
    return "\n".join(f"{time_of(one['start_s'])} {one['title']}" for one in chapters)


def time_of(seconds: float) -> str:
    """``1:02:03``, ``2:03`` or, where it matters, ``2:03.5``."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    second = f"{rest // 10:02d}" + (f".{rest % 10}" if rest % 10 else "")
    return f"{hours}:{minutes:02d}:{second}" if hours else f"{minutes}:{second}"


def parse(text: str, *, duration_s: float) -> list[Chapter]:
    """Read what ``as_text`` writes; empty lines are skipped, order is made.

    Raises:
        ChaptersUnreadable: names the first line that is wrong.
    """
    found: dict[float, Chapter] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        chapter = _chapter(line.strip(), number, duration_s)
        if chapter["start_s"] in found:
            raise _fault(number, _("这个时间已经有一章了。"))
        found[chapter["start_s"]] = chapter
    if len(found) > MOST:
        raise _fault(number, _("章节太多了，最多 %(most)s 章。") % {"most": MOST})
    chapters = [found[start] for start in sorted(found)]
    if chapters and chapters[0]["start_s"] > 0:
        # A list that begins later would leave the beginning without a name.
        chapters.insert(0, {"start_s": 0.0, "title": _("开头")})
    return chapters


def of_vtt(text: str) -> list[Chapter]:
    """From a WebVTT chapter track: each cue's beginning and its first line."""
    return [
        {"start_s": cue.start_ms / 1000, "title": cue.text.split("\n")[0][:LONGEST_TITLE]}
        for cue in reading.parse(text).cues
    ]


def _chapter(line: str, number: int, duration_s: float) -> Chapter:
    found = _LINE.fullmatch(line)
    if found is None or float(found[3]) >= 60 or (found[1] and int(found[2]) > 59):
        raise _fault(number, _("请先写时间再写标题，例如“3:25 仓储”。"))
    title = (found[4] or "").strip()
    if not title:
        raise _fault(number, _("时间后面还没有标题。"))
    if len(title) > LONGEST_TITLE:
        raise _fault(number, _("标题太长，最多 %(most)s 个字。") % {"most": LONGEST_TITLE})
    start_s = int(found[1] or 0) * 3600 + int(found[2]) * 60 + float(found[3].replace("．", "."))
    if duration_s and start_s >= duration_s:
        raise _fault(
            number, _("视频只有 %(length)s，没有这一刻。") % {"length": time_of(duration_s)}
        )
    return {"start_s": start_s, "title": title}


def _fault(line: int, what: str) -> refusals.ChaptersUnreadable:
    return refusals.ChaptersUnreadable(line=line, what=what)
