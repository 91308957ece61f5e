"""What others wrote and we serve is exactly what we took; and pages ask no foreign host for anything."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

STATIC = settings.BASE_DIR / "lms" / "static"
VENDOR = STATIC / "vendor"
# Names of things, not addresses that a browser fetches.
NAMES = ("http://www.w3.org/",)
ADDRESS = re.compile(r"""(?:https?:)?//[a-z0-9-]+(?:\.[a-z0-9-]+)+[^\s"'<>)]*""", re.IGNORECASE)
COMMENT = re.compile(
    r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}|<!--.*?-->|/\*.*?\*/", re.DOTALL
)


def entries() -> list[dict[str, str]]:
    return json.loads((VENDOR / "vendor.json").read_text())


def test_every_vendored_file_is_the_one_that_was_taken() -> None:
    for entry in entries():
        content = (VENDOR / entry["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"], entry["file"]


def test_every_vendored_file_is_listed_with_its_licence() -> None:
    listed = {"vendor.json"}
    for entry in entries():
        assert entry["name"]
        assert entry["version"]
        assert entry["licence"]
        listed |= {entry["file"], entry["licence_file"]}
    assert {path.name for path in VENDOR.iterdir()} == listed


def own_sources() -> Iterator[Path]:
    for folder, endings in (
        (settings.BASE_DIR / "templates", {".html", ".svg"}),
        (STATIC, {".js", ".css", ".svg"}),
    ):
        yield from (path for path in folder.rglob("*") if path.suffix in endings)


def test_no_page_style_or_script_names_a_foreign_host() -> None:
    said = [
        f"{path.relative_to(settings.BASE_DIR)}: {found}"
        for path in own_sources()
        if VENDOR not in path.parents
        for found in ADDRESS.findall(COMMENT.sub("", path.read_text()))
        if not found.startswith(NAMES)
    ]
    assert said == []


def test_no_vendored_script_fetches_from_a_foreign_host() -> None:
    """Addresses inside may only be identifiers or stand in comments: a kind of timed metadata, an algorithm."""
    known = {"https://aomedia.org/emsg/ID3", "http://en.wikipedia.org/wiki/Bresenham"}
    for entry in entries():
        text = (VENDOR / entry["file"]).read_text()
        assert set(re.findall(r"https?://[\w.-]+\.[a-z]+[\w./-]*", text)) <= known
        assert "sourceMappingURL" not in text
