"""Captions: whatever an editor has (.srt or .vtt, UTF-8 or GB18030) becomes clean WebVTT. Pure."""

from __future__ import annotations

import html
import re

import pysubs2
from pysubs2.exceptions import Pysubs2Error

from media import refusals

MAX_BYTES = 2 * 1024 * 1024
_TAG = re.compile(r"<[^>]*>|\{[^}]*\}")
_BLANKS = re.compile(r"[ \t\u3000]+")
_BYTE_ORDER = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


def decode(raw: bytes) -> str:
    """Text of a caption file: byte-order mark, then UTF-8, then GB18030 (what old tools write).

    Raises:
        CaptionsTooLong, CaptionsUnreadable.
    """
    if len(raw) > MAX_BYTES:
        raise refusals.CaptionsTooLong
    marked = [encoding for mark, encoding in _BYTE_ORDER if raw.startswith(mark)]
    for encoding in marked or ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise refusals.CaptionsUnreadable


def to_vtt(text: str) -> str:
    """Clean WebVTT of SubRip or WebVTT text: times and words, no markup; empty stays empty.

    Raises:
        CaptionsTooLong, CaptionsUnreadable.
    """
    if not text.strip():
        return ""
    if len(text.encode()) > MAX_BYTES:
        raise refusals.CaptionsTooLong
    try:
        read = pysubs2.SSAFile.from_string(text.replace("\r\n", "\n").replace("\r", "\n"))
    except (Pysubs2Error, ValueError, KeyError, IndexError) as error:
        raise refusals.CaptionsUnreadable from error
    cues = []
    for event in sorted(read, key=lambda event: (event.start, event.end)):
        lines = _lines(event.plaintext)
        if lines and 0 <= event.start < event.end and not event.is_comment:
            cues.append(f"{_time(event.start)} --> {_time(event.end)}\n{lines}")
    if not cues:
        raise refusals.CaptionsUnreadable
    return "WEBVTT\n\n" + "\n\n".join(cues) + "\n"


def _lines(text: str) -> str:
    """Cue text: tags dropped, then escaped, so that nothing in it can be markup or a time line."""
    plain = html.unescape(_TAG.sub("", text))
    kept = (_BLANKS.sub(" ", line).strip() for line in plain.splitlines())
    return "\n".join(html.escape(line, quote=False) for line in kept if line)


def _time(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{thousandths:03d}"
