"""Whatever an editor has (.srt or .vtt, UTF-8 or GB18030) becomes cues, faults named by line. Pure."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from media import refusals
from media.captions.cues import Cue, as_vtt

MAX_BYTES = 2 * 1024 * 1024
_TAG = re.compile(r"<[^>\n]*>|\{\\[^}\n]*\}")
_BLANKS = re.compile(r"[ \t\u00a0\u3000]+")
_BYTE_ORDER = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
_ASIDE = re.compile(r"(NOTE|STYLE|REGION)\b")
_HEAD = re.compile(r"\ufeff?WEBVTT\b")
# As people write it: one arrow of many, Chinese colons, a comma for the point.
_ARROW = re.compile(r"\s*(?:-{1,3}>|→|－{1,3}＞)\s*")
_CLOCK = re.compile(r"(?:(\d{1,3})[:：])?(\d{1,2})[:：](\d{1,2})(?:[.,，。．](\d{1,3}))?(?=\s|$)")
_LIKE_TIME = re.compile(r"\d{1,2}[:：]\d{1,2}")
# A time line that lost its arrow; "10:30 开会" are words.
_ALONE = re.compile(r"\s*\d{1,3}[:：]\d{1,2}[:：.,]\d")
_TIME_FAULT = gettext_lazy("时间写得不对，应当像 00:01:02.500 --> 00:01:05.000。")
_ORDER_FAULT = gettext_lazy("结束时间不晚于开始时间。")
_LOST_FAULT = gettext_lazy("这一行文字前面没有时间。")


@dataclass(frozen=True)
class Problem:
    """What is wrong in a line, counted from 1, as one sentence."""

    line: int
    sentence: str | Promise

    def __str__(self) -> str:
        return _("第 %(line)s 行：%(what)s") % {"line": self.line, "what": self.sentence}


@dataclass(frozen=True)
class Reading:
    """All cues that could be understood, in the order of the text, and what could not."""

    cues: tuple[Cue, ...]
    problems: tuple[Problem, ...]


def decode(raw: bytes) -> str:
    """Text of a caption file: byte-order mark, then UTF-8, then GB18030 (what old tools write).

    Raises:
        CaptionsTooLong, CaptionsGarbled.
    """
    if len(raw) > MAX_BYTES:
        raise refusals.CaptionsTooLong
    marked = [encoding for mark, encoding in _BYTE_ORDER if raw.startswith(mark)]
    fault = 0
    for encoding in marked or ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError as error:
            fault = fault or error.start
    raise refusals.CaptionsGarbled(line=raw[:fault].count(b"\n") + 1)


def to_vtt(text: str) -> str:
    """Clean WebVTT of SubRip or WebVTT text: times and words, no markup; empty stays empty.

    Raises:
        CaptionsTooLong, CaptionsUnreadable.
        CaptionsFaulty: names the first lines that are wrong.
    """
    if not text.strip():
        return ""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise refusals.CaptionsTooLong
    found = parse(text)
    if found.problems and found.cues:
        raise refusals.CaptionsFaulty(found.problems)
    if not found.cues:
        raise refusals.CaptionsUnreadable
    return as_vtt(found.cues)


def parse(text: str) -> Reading:
    """Cues and faults of SubRip or WebVTT text; whatever can be understood is."""
    cues: list[Cue] = []
    problems: list[Problem] = []
    for number, times, words in _blocks(text):
        if times is None:
            alone = next((place for place, line in enumerate(words) if _ALONE.match(line)), None)
            if alone is not None:
                problems.append(Problem(number + alone, _TIME_FAULT))
            elif cues:  # an empty line within the words of a cue
                cues[-1] = _with_more(cues[-1], _clean(words))
            else:
                problems.append(Problem(number, _LOST_FAULT))
            continue
        span = _span(times)
        said = _clean(words)
        if span is None:
            problems.append(Problem(number, _TIME_FAULT))
        elif span[0] >= span[1]:
            problems.append(Problem(number, _ORDER_FAULT))
        elif said:
            cues.append(Cue(*span, said, number))
    return Reading(tuple(cues), tuple(problems))


def _with_more(cue: Cue, words: str) -> Cue:
    text = f"{cue.text}\n{words}" if words else cue.text
    return Cue(cue.start_ms, cue.end_ms, text, cue.line)


def _blocks(text: str) -> Iterator[tuple[int, str | None, list[str]]]:
    """``(line number, time line or None, lines of words)`` for everything between empty lines.

    A time line begins a new block also where the empty line before it is missing; a number
    alone before it is only SubRip's counting.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    place = 0
    while place < len(lines):
        end = place
        while end < len(lines) and lines[end].strip():
            end += 1
        block, first = lines[place:end], place + 1
        place = end + 1
        if not block or _ASIDE.match(block[0]) or (first == 1 and _HEAD.match(block[0])):
            continue
        yield from _parted(block, first)


def _parted(block: list[str], first: int) -> Iterator[tuple[int, str | None, list[str]]]:
    first_times = next(
        (place for place in (0, 1) if _is_like_times(block[place : place + 1])), None
    )
    # Further down only what cannot be words: those have no bare ">" in what we wrote ourselves.
    starts = [
        place
        for place, line in enumerate(block)
        if place == first_times
        or (place > (first_times or 0) and ">" in line and _ARROW.search(line) and _span(line))
    ]
    if not starts:
        if not all(line.strip().isdigit() for line in block):
            yield first, None, block
        return
    # One line of words before the first time line is its name (SubRip's number, WebVTT's id).
    if starts[0] > 1:
        yield first, None, block[: starts[0] - 1]
    for place, start in enumerate(starts):
        words = block[start + 1 : starts[place + 1] if place + 1 < len(starts) else None]
        if place + 1 < len(starts) and words and words[-1].strip().isdigit():
            words = words[:-1]
        yield first + start, block[start], words


def _is_like_times(line: list[str]) -> bool:
    return bool(line and _ARROW.search(line[0]) and _LIKE_TIME.search(line[0]))


def _span(times: str) -> tuple[int, int] | None:
    """Milliseconds of begin and end, or None if they cannot be read."""
    begin, _arrow, rest = times.strip().partition(_ARROW.search(times)[0].strip())  # type: ignore[index]
    start, end = _CLOCK.fullmatch(begin.strip()), _CLOCK.match(rest.strip())
    if not start or not end:
        return None
    span = _milliseconds(start), _milliseconds(end)
    return None if -1 in span else span


def _milliseconds(found: re.Match[str]) -> int:
    hours, minutes, seconds = (int(part or 0) for part in found.groups()[:3])
    if seconds > 59 or (minutes > 59 and found[1]):
        return -1
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + int((found[4] or "0").ljust(3, "0"))


def _clean(lines: list[str]) -> str:
    """Words without markup, control characters and blanks at the ends."""
    plain = html.unescape(_TAG.sub("", "\n".join(lines)))
    visible = "".join(
        char for char in plain if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs")
    )
    kept = (_BLANKS.sub(" ", line).strip() for line in visible.split("\n"))
    return "\n".join(line for line in kept if line)
