"""The PDF/A check of measurements and tests, quick enough to be made of every letter.

Everything in a file is looked at as the checker of ``pikepdf`` does it. Three things are remembered
between files: outlines that were read, objects that were found good, and long drawings in which
nothing was found. Letters show the same two hundred characters, carry the same thirty dictionaries
and the same waves and seal, and reading and judging those again takes twice as long as all the
rest. What differs in a single byte is another outline, object or drawing, and is looked at.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any
from unittest import mock

import pikepdf
from fontTools.ttLib.tables._g_l_y_f import Glyph
from pikepdf import pdfa
from pikepdf.pdfa._content import _StreamWalk
from pikepdf.pdfa._schemas import SchemaSet

_CLAIM = b"<pdfaid:conformance>%s<"
# A drawing between two marks. It begins with q and ends with Q, so that what is cut off on either
# side is whole; a string or a dictionary that was cut in two would be found broken.
_DRAWING_BEGINS, _DRAWING_ENDS = re.compile(rb"B[MD]C\n(?=q )"), b"\nQ\nEMC"
# Parts of a page shorter than this are read faster than they are looked up.
_LONG = 4096
# What says more than lines and colours: it draws on fonts and other objects, or begins a part.
_MORE_THAN_LINES = re.compile(
    rb"\b(?:BT|ET|T[a-zA-Z*]|Do|gs|sh|BI|ID|EI|MP|DP|BMC|BDC|d0|d1|BX|EX)\b"
)


def findings(pdf: bytes) -> list[str]:
    """What keeps the file from being PDF/A-2, in words; empty for a good one.

    The checker knows level b only, whose rules are those of level a without the tags: the file
    claims level b for the time of the check.
    """
    as_level_b = pdf.replace(_CLAIM % b"A", _CLAIM % b"B")
    with _known_outlines(), _known_objects(), _known_drawings(), _nothing_swept():
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


@contextlib.contextmanager
def _known_drawings() -> Iterator[None]:
    """A memory for long drawings in which nothing was found.

    The rest of the page is looked at in pieces, in order, by one walk that keeps its state.
    """
    run = _StreamWalk.run

    def piecewise(walk: Any, stream: pikepdf.Stream) -> int:
        try:
            pieces = _pieces(stream.read_bytes())
        except pikepdf.PdfError:
            pieces = []
        if len(pieces) < 2:
            return int(run(walk, stream))
        for piece in pieces:
            key = _drawing_key(walk, piece)
            if key in _drawings():
                count, depth = _drawings()[key]
                walk.ctx.instructions += count
                walk.max_depth = max(walk.max_depth, depth)
                continue
            before, counted = _standing(walk), walk.ctx.instructions
            depth = run(walk, walk.walker._scratch.make_stream(piece))
            # Of equal findings the walk tells the first only: after any, silence is no verdict.
            if key and _standing(walk) == before and not walk.ctx.report.findings:
                _drawings()[key] = walk.ctx.instructions - counted, depth
        return int(walk.max_depth)

    with mock.patch.object(_StreamWalk, "run", piecewise):
        yield


def _pieces(content: bytes) -> list[bytes]:
    """The content cut before and after each long drawing; joined again it is the same."""
    cuts = [0]
    for begun in _DRAWING_BEGINS.finditer(content):
        end = content.find(_DRAWING_ENDS, begun.end())
        if end - begun.end() >= _LONG and begun.end() >= cuts[-1]:
            cuts += [begun.end(), end + len(b"\nQ\n")]
    return [content[begin:end] for begin, end in zip(cuts, [*cuts[1:], None], strict=True)]


def _drawing_key(walk: Any, piece: bytes) -> tuple[Any, ...] | None:
    """The drawing and all that a verdict about it turns on; none if it must be looked at anyway."""
    if len(piece) < _LONG or walk.in_text or _MORE_THAN_LINES.search(piece):
        return None
    if not (piece.startswith(b"q ") and piece.endswith(b"\nQ\n")):
        return None
    named = walk.resources.category("/ColorSpace")
    spaces = [
        (name, info.components if info else None)
        for name in sorted(named.keys() if named is not None else ())
        for info in [walk.colour_space(pikepdf.Name(name), f"{walk.where} {name}")]
    ]
    # A font counts for text alone.
    state = replace(walk.state, font=None)
    depth = walk.base_depth + len(walk.saved)
    return hashlib.sha256(piece).digest(), walk.ctx.flavour, state, depth, tuple(spaces)


def _standing(walk: Any) -> tuple[Any, ...]:
    """What a drawing that is good and by itself leaves as it was."""
    return walk.state, list(walk.saved), walk.compat


@cache
def _drawings() -> dict[tuple[Any, ...] | None, tuple[int, int]]:
    """How many instructions each has, and how deep its states are nested."""
    return {}


@cache
def _outlines() -> set[bytes]:
    return set()


@cache
def _objects() -> set[str]:
    return set()
