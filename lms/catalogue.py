"""The English catalogue beside the Chinese sources: collected, merged and compiled without GNU gettext.

Needs Babel, which is a development dependency; the compiled catalogue is committed, so a
running system needs nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils.translation.template import templatize

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

HOUSES = ("lms", "courses", "enrollment", "media")
MessageId = str | tuple[str, str]
_LITERAL = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
_CALL = re.compile(
    rf"(?<![\w.])(?P<name>n?p?gettext|_)\(\s*(?P<first>{_LITERAL})(?:\s*,\s*(?P<second>{_LITERAL}))?"
)
_PYTHON = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "gettext_noop"}


def sources(root: Path) -> Iterator[tuple[str, MessageId]]:
    """Every string marked for translation, as (file, id); plural ids are pairs."""
    for house in HOUSES:
        for path in sorted((root / house).rglob("*.py")):
            if "migrations" not in path.parts:
                for message in _from_python(path.read_text()):
                    yield str(path.relative_to(root)), message
    for path in sorted((root / "templates").rglob("*")):
        if path.suffix in (".html", ".txt"):
            for message in _from_template(path.read_text()):
                yield str(path.relative_to(root)), message


def _from_python(text: str) -> Iterator[MessageId]:
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        words = [
            arg.value
            for arg in node.args[:2]
            if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
        ]
        if name in _PYTHON and words:
            yield (words[0], words[1]) if name.startswith("n") and len(words) == 2 else words[0]


def _from_template(text: str) -> Iterator[MessageId]:
    for call in _CALL.finditer(templatize(text)):
        first = ast.literal_eval(call["first"].removeprefix("u"))
        if call["name"] == "ngettext" and call["second"]:
            yield first, ast.literal_eval(call["second"].removeprefix("u"))
        else:
            yield first


def catalogue(root: Path, language: str) -> Catalog:
    """The catalogue of today's sources with the translations that are already there."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po

    # A fixed date: the file changes only when a string does.
    dated = datetime(2026, 1, 1, tzinfo=UTC)
    fresh = Catalog(
        locale=language,
        project="degree-upgrade-class",
        version="1",
        header_comment="# English beside the Chinese sources; written by `./run manage catalogue`.",
        msgid_bugs_address="-",
        last_translator="-",
        language_team="-",
        creation_date=dated,
        revision_date=dated,
        fuzzy=False,
    )
    for file, message in sources(root):
        flags = ["python-format"] if "%(" in str(message) else []
        fresh.add(message, locations=[(file, None)], flags=flags)  # type: ignore[list-item]
    path = po_path(root, language)
    if path.exists():
        with path.open("rb") as file_:
            known = read_po(file_, locale=language)
        for entry in fresh:
            old = known.get(entry.id) if entry.id else None
            if old is not None and not old.fuzzy:
                entry.string = old.string
    return fresh


def untranslated(found: Catalog) -> list[str]:
    """Ids without a translation."""
    return [
        str(entry.id)
        for entry in found
        if entry.id
        and not all(entry.string if isinstance(entry.string, tuple) else (entry.string,))
    ]


def po_path(root: Path, language: str) -> Path:
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def write(root: Path, language: str) -> Catalog:
    """Write ``django.po`` and compile ``django.mo``; returns the catalogue."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import write_po

    found = catalogue(root, language)
    path = po_path(root, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as po:
        write_po(po, found, sort_output=True, include_lineno=False, omit_header=False, width=100)
    with path.with_suffix(".mo").open("wb") as mo:
        write_mo(mo, found)
    return found
