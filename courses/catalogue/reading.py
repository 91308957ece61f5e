"""How long things take: reading from the words, a quiz from its questions."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

# Slow, careful reading on a small screen; people who study after a shift.
CHARACTERS_PER_MINUTE = 300
QUESTION_S = 40
_TAG = re.compile(r"<[^>]+>")
_SPACE = re.compile(r"\s+")


def characters(value: Any) -> int:
    """Visible characters in a StreamField value: text, rich text, structs and lists of them."""
    if isinstance(value, str):
        return len(_SPACE.sub("", _TAG.sub("", value)))
    if isinstance(value, Mapping):
        return sum(characters(part) for name, part in value.items() if name not in ("id", "type"))
    if isinstance(value, Iterable):
        return sum(characters(part) for part in value)
    return 0


def reading_s(count: int) -> int:
    """Seconds to read this many characters, in whole half minutes, at least one."""
    return max(1, math.ceil(count / CHARACTERS_PER_MINUTE * 2)) * 30
