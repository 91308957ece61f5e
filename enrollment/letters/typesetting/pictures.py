"""Pages as pictures that a phone can save and share."""

from __future__ import annotations

import io

from PIL import Image

# Colours, then width: text in 16 colours still reads well, a narrower page does not.
_STEPS = [(1.0, 64), (1.0, 32), (1.0, 16), (0.85, 32), (0.85, 16), (0.7, 16)]


def fit_picture(png: bytes, *, limit_bytes: int) -> bytes:
    """The same picture as a PNG of at most ``limit_bytes``, in few colours.

    Raises:
        ValueError: the page has too much on it for the limit.
    """
    page = Image.open(io.BytesIO(png)).convert("RGB")
    for scale, colours in _STEPS:
        fitted = _quantised(page, scale, colours)
        if len(fitted) <= limit_bytes:
            return fitted
    raise ValueError(f"the picture cannot be made smaller than {len(fitted)} bytes")


def _quantised(page: Image.Image, scale: float, colours: int) -> bytes:
    if scale != 1.0:
        size = (round(page.width * scale), round(page.height * scale))
        page = page.resize(size, Image.Resampling.LANCZOS)
    few = page.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    out = io.BytesIO()
    few.save(out, "PNG", optimize=True)
    return out.getvalue()
