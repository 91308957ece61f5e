"""What makes captions hard to read on a phone; pure. Hints stop nobody from saving."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from media.captions.cues import Cue

# At 360 px and the player's letters 18 Chinese characters fill a line.
LINE = 18
LINES = 2
# Characters a second that grown-ups read beside a picture (broadcasters ask for 9 in Chinese).
PACE = 9
SHORTEST_MS = 500


@dataclass(frozen=True)
class Hint:
    """Something about cue ``cue`` (its place, from 0)."""

    cue: int
    sentence: str


def width_of(line: str) -> float:
    """In Chinese characters; a Latin letter is half of one."""
    return sum(
        0 if unicodedata.combining(c) else 1 if unicodedata.east_asian_width(c) in "WFA" else 0.5
        for c in line
    )


def hints(cues: Sequence[Cue], *, duration_s: float) -> list[Hint]:
    """For cues in order of time; ``duration_s`` 0 if unknown."""
    found: list[Hint] = []
    for place, cue in enumerate(cues):
        following = cues[place + 1] if place + 1 < len(cues) else None
        found += [Hint(place, sentence) for sentence in _words(cue)]
        found += [Hint(place, sentence) for sentence in _times(cue, following, duration_s)]
    return found


def _words(cue: Cue) -> list[str]:
    lines = cue.text.split("\n")
    said = []
    longest = max(width_of(line) for line in lines)
    if longest > LINE:
        said.append(
            _("一行有 %(count)s 个字，手机上会折行，最好不超过 %(most)s 个。")
            % {"count": round(longest), "most": LINE}
        )
    if len(lines) > LINES:
        said.append(_("有 %(count)s 行，会挡住画面，最好不超过 2 行。") % {"count": len(lines)})
    return said


def _times(cue: Cue, following: Cue | None, duration_s: float) -> list[str]:
    said = []
    length_ms = cue.end_ms - cue.start_ms
    pace = sum(width_of(line) for line in cue.text.split("\n")) * 1000 / max(1, length_ms)
    if length_ms < SHORTEST_MS:
        said.append(_("一闪就过了，最好至少停半秒。"))
    elif pace > PACE:
        said.append(
            _("每秒 %(pace)s 个字，来不及读，最好不超过 %(most)s 个。")
            % {"pace": round(pace), "most": PACE}
        )
    if following is not None and following.start_ms < cue.end_ms:
        said.append(_("和下一条的时间重叠。"))
    if duration_s and cue.end_ms > duration_s * 1000 + 500:
        said.append(_("超出了视频的结尾。"))
    return said
