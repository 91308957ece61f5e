"""Pictures that come inside a file of questions: opened within limits, drawn anew. No database."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
from pathlib import PurePosixPath

from PIL import Image, UnidentifiedImageError

from courses.quizzes.importing.items import Picture

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 30_000_000
KEPT_SIDE_PX = 1600
# No SVG: it is a program as much as a picture.
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")


def decode(text: str, file_name: str) -> Picture | None:
    """A picture from base64; None if it is none, or larger than a picture of a question is."""
    if len(text) > MOST_BYTES * 4 // 3 + 1000:
        return None
    try:
        return clean(base64.b64decode("".join(text.split()), validate=True), file_name)
    except (binascii.Error, ValueError):
        return None


def clean(content: bytes, file_name: str, *, most_bytes: int = MOST_BYTES) -> Picture | None:
    """The picture drawn anew, so that nothing but its pixels is kept; None if it cannot be opened."""
    if len(content) > most_bytes:
        return None
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            pixels = image.width * image.height
            if pixels > MOST_PIXELS or _is_bomb(pixels, len(content)):
                return None
            jpeg = image.format == "JPEG"
            if image.mode != "P":  # small first: thirty million pixels in four colours are 120 MB
                image.thumbnail((KEPT_SIDE_PX, KEPT_SIDE_PX))
            bare = image.convert("RGB" if jpeg else "RGBA")
    except (Image.DecompressionBombError, UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return None
    bare.thumbnail((KEPT_SIDE_PX, KEPT_SIDE_PX))
    bare.info.clear()
    buffer = io.BytesIO()
    if jpeg:
        bare.save(buffer, "JPEG", quality=88)
    else:
        bare.save(buffer, "PNG", optimize=True)
    drawn = buffer.getvalue()
    name = f"{PurePosixPath(file_name).stem[:80] or 'picture'}.{'jpg' if jpeg else 'png'}"
    # Named by what came, not by what was drawn: encoders change, and the same file stays the same.
    return Picture(hashlib.sha256(content).hexdigest()[:32], name, drawn)


def _is_bomb(pixels: int, size: int) -> bool:
    """Ten million pixels and more of the same colour: no photograph, and no screen is that large."""
    return pixels > 10_000_000 and pixels > size * 100
