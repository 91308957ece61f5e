"""Reading the text of a PDF as a reader program does: codes of each font back to characters."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pikepdf

_PAIR = re.compile(rb"<([0-9a-fA-F]{4})> <([0-9a-fA-F]+)>")


def text_of(pdf: bytes) -> str:
    """All text of the first page in the order of the file, without spaces."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return "".join(_shown(document.pages[0])).replace(" ", "").replace("\xa0", "")


def pages_of(pdf: bytes) -> str:
    """All text of all pages, without spaces."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        parts = "".join("".join(_shown(page)) for page in document.pages)
    return parts.replace(" ", "").replace("\xa0", "")


def _shown(page: pikepdf.Page) -> Iterator[str]:
    fonts = {name: _characters(font) for name, font in page.resources.Font.items()}
    current: dict[bytes, str] = {}
    for operands, operator in pikepdf.parse_content_stream(page):
        if str(operator) == "Tf":
            current = fonts[str(operands[0])]
        elif str(operator) in ("Tj", "TJ"):
            parts = operands[0] if str(operator) == "TJ" else operands
            for part in parts:
                if isinstance(part, pikepdf.String):
                    yield _decoded(bytes(part), current)


def _decoded(codes: bytes, characters: dict[bytes, str]) -> str:
    return "".join(characters[codes[at : at + 2]] for at in range(0, len(codes), 2))


def _characters(font: pikepdf.Object) -> dict[bytes, str]:
    pairs = _PAIR.findall(font.ToUnicode.read_bytes())
    return {
        bytes.fromhex(code.decode()): bytes.fromhex(text.decode()).decode("utf-16-be")
        for code, text in pairs
    }
