"""Names of people, in the whole repertoire of GB 18030: tidied, never refused for a rare sign."""

from __future__ import annotations

import re
import unicodedata

MAX_LENGTH = 100
# The separator of minority names is U+00B7 (12 ministries, 2016); keyboards produce these.
_DOTS = "•‧・･∙⋅．﹒⸱ꞏ᛫"
_AROUND_DOT = re.compile(rf"\s*[·{_DOTS}]\s*")
_FULL_STOP = re.compile(r"(?<=[^\W\d_])\.(?=[^\W\d_])")
# Control characters, marks that turn the writing direction, zero-width space: never part of a
# name. Variation selectors and joiners are, so they stay.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
_SPACES = re.compile(r"\s+")
_HAN = "\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_SPACE_IN_HAN = re.compile(rf"(?<=[{_HAN}])\s+(?=[{_HAN}])")


def tidy(typed: str) -> str:
    """NFC, ``·`` for every look-alike, no stray spaces; every character of the name itself stays.

    NFC and not NFKC: the latter would exchange compatibility ideographs that stand on cards.
    """
    name = _INVISIBLE.sub("", unicodedata.normalize("NFC", typed))
    name = _SPACES.sub(" ", name).strip()
    name = _AROUND_DOT.sub("·", name)
    name = _FULL_STOP.sub(_dot, name)
    return _SPACE_IN_HAN.sub("", name)


def _dot(stop: re.Match[str]) -> str:
    # ``J.K. Rowling`` keeps its full stops; ``阿卜杜.买买提`` meant the separator.
    before, after = stop.string[stop.start() - 1], stop.string[stop.end()]
    return "." if before.isascii() and after.isascii() else "·"


def has_private_sign(name: str) -> bool:
    """Whether a character has no public meaning (an old computer's makeshift for a rare one)."""
    return any(unicodedata.category(sign) == "Co" for sign in name)
