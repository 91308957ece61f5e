"""A lesson's StreamField, read as the units it makes. Pure: raw data in, plain values out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from courses.catalogue.reading import characters

TEXT = "text"
Raw = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """One unit as the page wants it. ``target`` is the key of the video or quiz row."""

    block_id: str
    kind: str
    target: int | None
    fingerprint: str
    characters: int = 0


def wanted_units(raw: Iterable[Raw]) -> list[Wanted]:
    """The units of a lesson in the order a student meets them: videos, the text, quizzes.

    Everything that is not a video or a quiz is one unit, which stands where its first block
    stands; an empty chooser makes none.
    """
    units: list[Wanted] = []
    prose: list[Raw] = []
    text_at = 0
    for block in raw:
        kind = block["type"]
        if kind in ("video", "quiz"):
            if block["value"]:
                print_ = fingerprint([kind, block["value"]])
                units.append(Wanted(str(block["id"]), kind, int(block["value"]), print_))
        else:
            if not prose:
                text_at = len(units)
            prose.append(block)
    if prose:
        said = [[block["type"], block["value"]] for block in prose]
        count = characters([value for _kind, value in said])
        units.insert(text_at, Wanted(TEXT, TEXT, None, fingerprint(said), count))
    return units


def fingerprint(content: Any) -> str:
    """The same for the same content, however its dictionaries are ordered."""
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()
