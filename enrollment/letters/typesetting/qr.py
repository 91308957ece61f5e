"""QR codes as drawings."""

from __future__ import annotations

import io

import segno

_INK = "#1f1a17"
# Any mask can be read. Trying all eight for the prettiest costs more than all the rest of the code.
_MASK = 2


def qr_svg(text: str) -> str:
    """A QR code (error level M or better) as SVG without a quiet zone: the page leaves the room.

    Upper case letters, digits and ``:/.-`` make a smaller code than mixed text.
    """
    out = io.BytesIO()
    code = segno.make_qr(text, error="m", mask=_MASK)
    code.save(out, kind="svg", border=0, xmldecl=False, svgclass=None, lineclass=None, dark=_INK)
    return out.getvalue().decode()
