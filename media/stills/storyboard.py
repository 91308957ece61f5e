"""Small pictures for the seek bar: when they are taken, how they lie on sheets, and the list. Pure.

The list is WebVTT with a place on a sheet for each stretch of time (``sheet0.jpg#xywh=…``), which
players know as a thumbnail track.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image

from media.captions.cues import clock_of

LONG_SIDE_PX = 160
COLUMNS, ROWS = 5, 5
PER_SHEET = COLUMNS * ROWS
MOST = 200
# A sheet is fetched over 3G while a finger waits: about a second.
SHEET_BYTES = 96 * 1024
LIST = "board.vtt"
_STEPS_S = (2, 5, 10, 15, 20, 30, 45, 60, 90)
_QUALITIES = (62, 50, 38, 26, 15)


@dataclass(frozen=True)
class Tile:
    """A small picture; ``at_s`` is where in the film it stands."""

    at_s: float
    image: Image.Image


def every_s(duration_s: float) -> int:
    """Seconds from picture to picture: never more than ``MOST`` of them."""
    fitting = (step for step in _STEPS_S if duration_s <= step * MOST)
    return next(fitting, -(-int(duration_s) // MOST))


def tile_size(width_px: int, height_px: int) -> tuple[int, int]:
    """Of one small picture: even, the longer side ``LONG_SIDE_PX``."""
    shrink = LONG_SIDE_PX / max(width_px, height_px)
    return max(2, round(width_px * shrink / 2) * 2), max(2, round(height_px * shrink / 2) * 2)


def sheets(tiles: Sequence[Tile]) -> Iterator[bytes]:
    """JPEG sheets in order, row by row; none above ``SHEET_BYTES`` unless nothing helps."""
    for start in range(0, len(tiles), PER_SHEET):
        part = tiles[start : start + PER_SHEET]
        width, height = part[0].image.size
        rows = -(-len(part) // COLUMNS)
        sheet = Image.new("RGB", (width * min(COLUMNS, len(part)), height * rows))
        for place, tile in enumerate(part):
            sheet.paste(tile.image, (place % COLUMNS * width, place // COLUMNS * height))
        yield _jpeg(sheet)


def _jpeg(sheet: Image.Image) -> bytes:
    made = b""
    for quality in _QUALITIES:
        drawn = io.BytesIO()
        sheet.save(drawn, "JPEG", quality=quality, optimize=True, progressive=True)
        made = drawn.getvalue()
        if len(made) <= SHEET_BYTES:
            break
    return made


def sheet_name(number: int) -> str:
    return f"sheet{number}.jpg"


def listing(tiles: Sequence[Tile], duration_s: float) -> str:
    """Each picture from its own time to the next one's; the first from 0, the last to the end."""
    cues = []
    for place, tile in enumerate(tiles):
        begin_ms = round(tile.at_s * 1000) if place else 0
        last = place + 1 == len(tiles)
        end_ms = round((duration_s if last else tiles[place + 1].at_s) * 1000)
        width, height = tile.image.size
        left = place % PER_SHEET % COLUMNS * width
        top = place % PER_SHEET // COLUMNS * height
        where = f"{sheet_name(place // PER_SHEET)}#xywh={left},{top},{width},{height}"
        end_ms = max(end_ms, begin_ms + 1)
        cues.append(f"{clock_of(begin_ms)} --> {clock_of(end_ms)}\n{where}")
    return "WEBVTT\n\n" + "\n\n".join(cues) + "\n"
