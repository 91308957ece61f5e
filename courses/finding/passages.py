"""What a published lesson says, cut into passages. Pure: raw data in, plain values out."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from courses.finding import words

Raw = dict[str, Any]
_BREAK = re.compile(r"</(?:p|h\d|li|tr)>|<br\s*/?>|</t[dh]>")
_TAG = re.compile(r"<[^>]+>")
_BLANKS = re.compile(r"[ \t\u00a0]+")
_LINES = re.compile(r"\s*\n\s*")
# Neither a student's to read: which file or row a block points at.
_NOT_SAID = ("image", "tone", "id", "type")


@dataclass(frozen=True)
class Terms:
    """The terms of a lesson and the rest of its text, each as people read it."""

    terms: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Captions:
    """The words of a film in one piece, so that a phrase is found across two cues.

    Args:
        starts: place in ``text`` and seconds of each cue.
    """

    text: str
    starts: list[tuple[int, float]]


def of_body(raw: Iterable[Raw]) -> Terms:
    """The words of a StreamField; videos and quizzes say nothing here."""
    terms: list[str] = []
    said: list[str] = []
    for block in raw:
        kind, value = block["type"], block["value"]
        if kind == "key_terms":
            terms += [_term(item) for item in value or ()]
        elif kind not in ("video", "quiz", "attachment"):
            said += _strings(value)
    return Terms(tuple(term for term in terms if term), "\n".join(filter(None, said)))


def of_captions(moments: Sequence[tuple[float, str]]) -> Captions:
    """Cues joined; ``moments`` are seconds and words."""
    text, starts = "", []
    for at_s, said in moments:
        said = plain(said)
        if not said:
            continue
        # A blank between Chinese characters separates nothing (see ``words.fold``).
        text += " " if text else ""
        starts.append((len(text), at_s))
        text += said
    return Captions(text, starts)


def second_of(starts: Sequence[Sequence[float]], place: int) -> float:
    """When the words at this place of the text are said."""
    return max((at_s for begins, at_s in starts if begins <= place), default=0.0)


def plain(rich: str) -> str:
    """Rich text as one reads it: no markup, a line per paragraph."""
    text = html.unescape(_TAG.sub("", _BREAK.sub("\n", rich)))
    return _LINES.sub("\n", _BLANKS.sub(" ", text)).strip()


def _term(item: Raw) -> str:
    value = item.get("value", item)
    return "：".join(filter(None, (plain(value.get("term", "")), plain(value.get("meaning", "")))))


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [plain(value)]
    if isinstance(value, dict):
        return [s for name, part in value.items() if name not in _NOT_SAID for s in _strings(part)]
    if isinstance(value, list | tuple):
        return [said for part in value for said in _strings(part)]
    return []


def folded(text: str) -> dict[str, str]:
    """The two columns beside a text."""
    plainest = words.fold(text).text
    return {"folded": plainest, "tokens": " ".join(sorted(words.tokens(plainest)))}
