"""Where a lesson's text points. Pure: raw data in, references out."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

PAGE, DOCUMENT, IMAGE, ADDRESS = "page", "document", "image", "address"
_TAG = re.compile(r"<(a|embed)\s([^>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


@dataclass
class Links:
    """What a text points at.

    Args:
        inside: ``(kind, key)`` of pages, documents and images; of an address, its path.
        outside: addresses of other sites.
    """

    inside: set[tuple[str, str]] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)


def of_body(raw: Iterable[dict[str, Any]]) -> Links:
    """Every reference of a StreamField, in rich text and in choosers."""
    found = Links()
    for block in raw:
        kind, value = block["type"], block["value"]
        if kind == "attachment" and value:
            found.inside.add((DOCUMENT, str(value)))
        elif kind == "audio" and value.get("file"):
            found.inside.add((DOCUMENT, str(value["file"])))
        elif kind == "image" and value.get("image"):
            found.inside.add((IMAGE, str(value["image"])))
        for text in _strings(value):
            _of_text(text, found)
    return found


def _of_text(text: str, found: Links) -> None:
    for tag, written in _TAG.findall(text):
        said = {name.lower(): html.unescape(a or b) for name, a, b in _ATTRIBUTE.findall(written)}
        kind = said.get("linktype") or said.get("embedtype")
        if kind in (PAGE, DOCUMENT, IMAGE) and said.get("id"):
            found.inside.add((kind, said["id"]))
        elif tag.lower() == "a" and "href" in said:
            _of_address(said["href"].strip(), found)


def _of_address(address: str, found: Links) -> None:
    if address.startswith("//") or re.match(r"https?:", address, re.IGNORECASE):
        found.outside.add(address)
    elif address.startswith("/"):
        found.inside.add((ADDRESS, re.split(r"[?#]", address)[0]))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _strings(part)
