"""Invented papers: ID numbers of a place that does not exist, phones, drawn sample photos."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image, ImageDraw

from enrollment import api as enrollment

# 3599 is no division of GB/T 2260: these numbers belong to nobody.
_AREA = "359901"
WIDTH_PX, HEIGHT_PX = 640, 404


def phone(no: int) -> str:
    """A number from a block that no carrier gives out."""
    return f"+861990000{no:04d}"


def id_number(no: int) -> str:
    """A valid number of an invented person between 22 and 45 years of age."""
    born = f"{1981 + no * 7 % 23}{no * 5 % 12 + 1:02d}{no * 11 % 28 + 1:02d}"
    first_17 = f"{_AREA}{born}{no % 1000:03d}"
    return first_17 + enrollment.check_digit(first_17)


@cache
def photo(kind: str) -> bytes:
    """A drawing that stands for a photo, with 样本 lines across; JPEG."""
    picture = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), "#e9e2d4")
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((12, 12, WIDTH_PX - 12, HEIGHT_PX - 12), 18, outline="#9a8f7c", width=3)
    if kind in ("id_front", "portrait"):
        draw.ellipse((470, 70, 570, 180), fill="#b9ad98")
        draw.rounded_rectangle((440, 190, 600, 320), 40, fill="#b9ad98")
    for row in range(5):
        draw.rounded_rectangle(
            (50, 70 + row * 52, 390 - row * 24, 92 + row * 52), 8, fill="#cfc5b2"
        )
    for offset in range(-HEIGHT_PX, WIDTH_PX, 90):
        draw.line((offset, HEIGHT_PX, offset + HEIGHT_PX, 0), fill="#d98c86", width=2)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()
