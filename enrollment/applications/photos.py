"""Pictures as they come from a phone, as they are kept, as a reviewer sees them. No database."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageDraw, ImageFont, ImageOps, UnidentifiedImageError

from lms.base.errors import Refused

MOST_BYTES = 15 * 1024 * 1024
# Pixels are what memory pays for: a file of a few kilobytes can claim billions of them.
MOST_PIXELS = 60_000_000
LEAST_SIDE_PX = 200
KEPT_SIDE_PX = 2000
QUALITY = 85
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
_FONT = Path(__file__).parent.parent / "fonts" / "NotoSerifSC-Regular.ttf"


class NotAPhoto(Refused):
    """The file cannot be opened as a picture."""

    sentence = _("这个文件打不开。请重新拍一张，或从相册里选一张照片。")
    status = 400


class PhotoTooLarge(Refused):
    """More bytes or pixels than a phone's camera makes."""

    sentence = _("这张照片太大了。请用手机相机直接拍一张。")
    status = 400


class PhotoTooSmall(Refused):
    """Too small to read a card on it."""

    sentence = _("这张照片太小，字会看不清。请重新拍一张。")
    status = 400


@dataclass(frozen=True)
class Photo:
    """A picture ready to be kept: JPEG bytes without any metadata."""

    content: bytes
    width_px: int
    height_px: int

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@lru_cache(maxsize=1)
def _know_heif() -> None:
    # Newer phones keep their albums in HEIF; the plug-in comes with Wagtail's image library.
    from pillow_heif import register_heif_opener

    register_heif_opener()


def clean(file: IO[bytes], *, size_bytes: int) -> Photo:
    """Open, turn upright, shrink, and encode anew, so that nothing of the original file remains.

    Raises:
        NotAPhoto, PhotoTooLarge, PhotoTooSmall.
    """
    if size_bytes > MOST_BYTES:
        raise PhotoTooLarge(size_bytes)
    _know_heif()
    try:
        with Image.open(file, formats=FORMATS) as image:
            _check_size(*image.size)  # before a pixel is decoded
            image.draft("RGB", (KEPT_SIDE_PX, KEPT_SIDE_PX))
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((KEPT_SIDE_PX, KEPT_SIDE_PX))
            return _encode(_on_white(upright))
    except Image.DecompressionBombError as error:
        raise PhotoTooLarge(size_bytes) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise NotAPhoto(size_bytes) from error


def _check_size(width_px: int, height_px: int) -> None:
    if width_px * height_px > MOST_PIXELS:
        raise PhotoTooLarge(width_px, height_px)
    if min(width_px, height_px) < LEAST_SIDE_PX:
        raise PhotoTooSmall(width_px, height_px)


def _on_white(image: Image.Image) -> Image.Image:
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB")
    layered = image.convert("RGBA")
    paper = Image.new("RGB", layered.size, "white")
    paper.paste(layered, mask=layered.getchannel("A"))
    return paper


def _encode(image: Image.Image) -> Photo:
    # Only pixels are copied: EXIF, GPS, colour profiles and thumbnails stay behind.
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    buffer = io.BytesIO()
    bare.save(buffer, "JPEG", quality=QUALITY, optimize=True)
    return Photo(buffer.getvalue(), *bare.size)


def watermark(content: bytes, text: str) -> bytes:
    """The picture with ``text`` across it again and again, as a reviewer may see it."""
    with Image.open(io.BytesIO(content), formats=("JPEG",)) as image:
        picture = image.convert("RGB")
    width, height = picture.size
    tile = _tile(text, size_px=max(18, width // 36))
    # One tile larger than the picture on each side, because tiles begin before its edge.
    veil = Image.new("RGBA", (width + 2 * tile.width, height + 2 * tile.height))
    for row, top in enumerate(range(0, height + tile.height, tile.height * 3 // 4)):
        for left in range(row % 2 * tile.width // 2, width + tile.width, tile.width):
            veil.alpha_composite(tile, (left, top))
    box = (tile.width, tile.height, tile.width + width, tile.height + height)
    marked = Image.alpha_composite(picture.convert("RGBA"), veil.crop(box)).convert("RGB")
    buffer = io.BytesIO()
    marked.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


@lru_cache(maxsize=32)
def _tile(text: str, *, size_px: int) -> Image.Image:
    font = ImageFont.truetype(str(_FONT), size_px)
    length = round(font.getlength(text))
    line = Image.new("RGBA", (length + size_px * 3, size_px * 2))
    draw = ImageDraw.Draw(line)
    # Light with a dark edge: seen on a white card and on a dark jacket.
    draw.text(
        (size_px, size_px // 2),
        text,
        font=font,
        fill=(255, 255, 255, 110),
        stroke_width=1,
        stroke_fill=(0, 0, 0, 90),
    )
    return line.rotate(20, expand=True, resample=Image.Resampling.BICUBIC)
