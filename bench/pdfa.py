"""The PDF/A check of measurements and tests, quick enough to be made of every letter.

Everything in a file is looked at as the checker of ``pikepdf`` does it. Two things are remembered
between files: outlines that were read, and objects that were found good. Letters show the same two
hundred characters and carry the same thirty dictionaries, and reading and judging those again
takes as long as all the rest. What differs in a single byte is another outline, or another
object, and is looked at.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
from collections.abc import Iterator
from functools import cache
from typing import Any
from unittest import mock

from fontTools.ttLib.tables._g_l_y_f import Glyph
from pikepdf import pdfa
from pikepdf.pdfa._schemas import SchemaSet

_CLAIM = b"<pdfaid:conformance>%s<"


def findings(pdf: bytes) -> list[str]:
    """What keeps the file from being PDF/A-2, in words; empty for a good one.

    The checker knows level b only, whose rules are those of level a without the tags: the file
    claims level b for the time of the check.
    """
    as_level_b = pdf.replace(_CLAIM % b"A", _CLAIM % b"B")
    with _known_outlines(), _known_objects(), _nothing_swept():
        report = pdfa.validate_written(io.BytesIO(as_level_b), "2b")
    found = [str(finding) for finding in report.findings]
    return found if report.passed or found else [report.verdict]


def is_pdfa(pdf: bytes) -> bool:
    """Whether the file is PDF/A-2 as far as level b goes, and claims it."""
    return not findings(pdf)


@contextlib.contextmanager
def _nothing_swept() -> Iterator[None]:
    """The checker takes any warning for a fault of the file, also that a stranger's file was left open.

    Such a warning comes when garbage is collected, so none is collected meanwhile.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@contextlib.contextmanager
def _known_outlines() -> Iterator[None]:
    """A memory for outlines that could be read. The check asks no more of them."""
    read = Glyph.expand

    def expand(glyph: Any, table: Any) -> None:
        data = getattr(glyph, "data", None)
        if data in _outlines():
            return
        read(glyph, table)
        if data is not None:
            _outlines().add(data)

    with mock.patch.object(Glyph, "expand", expand):
        yield


@contextlib.contextmanager
def _known_objects() -> Iterator[None]:
    """A memory for objects, and the part each plays, that satisfied their rules."""
    check = SchemaSet.check

    def remembered(schemas: SchemaSet, role: str, shallow: Any, ctx: Any, where: str) -> bool:
        key = f"{schemas.flavour} {role} {json.dumps(shallow)}"
        if key in _objects():
            return True
        good = check(schemas, role, shallow, ctx, where)
        if good:
            _objects().add(key)
        return good

    with mock.patch.object(SchemaSet, "check", remembered):
        yield


@cache
def _outlines() -> set[bytes]:
    return set()


@cache
def _objects() -> set[str]:
    return set()
