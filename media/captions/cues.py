"""Captions as values, and as clean WebVTT. Pure."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Cue:
    """Words on the picture from ``start_ms`` to ``end_ms``.

    Args:
        text: plain, lines parted by newlines, never empty.
        line: number of its time line in the text it was read from; 0 if it was not.
    """

    start_ms: int
    end_ms: int
    text: str
    line: int = 0


def clock_of(milliseconds: int) -> str:
    """``00:01:02.500``, as WebVTT has it."""
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{thousandths:03d}"


def as_vtt(cues: Iterable[Cue]) -> str:
    """WebVTT in order of time; words are escaped, so that nothing in them can be markup or a
    time line. No cues give an empty text."""
    blocks = [
        f"{clock_of(cue.start_ms)} --> {clock_of(cue.end_ms)}\n{html.escape(cue.text, quote=False)}"
        for cue in sorted(cues, key=lambda cue: (cue.start_ms, cue.end_ms))
    ]
    return "WEBVTT\n\n" + "\n\n".join(blocks) + "\n" if blocks else ""
