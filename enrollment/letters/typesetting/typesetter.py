"""Pages from templates: PDF/A-2a that is the same byte for byte, and pictures for phones."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import typst

from enrollment.letters.typesetting.archive import for_the_archive
from enrollment.letters.typesetting.fonts import FONTS, unpack_rare_fonts
from enrollment.letters.typesetting.outlines import coarsened
from enrollment.letters.typesetting.pictures import fit_picture
from enrollment.letters.typesetting.qr import qr_svg
from enrollment.letters.typesetting.refusals import MissingGlyph, TextTooLong

TEMPLATES = Path(__file__).parents[3] / "templates" / "letters"
PHONE_PX = 1080
PICTURE_BYTES = 250_000
_A4_INCHES = 210 / 25.4
# A seal is drawn 20 000 units wide and printed 38 mm wide: 16 units are 800 dots to the inch.
_SEAL_GRID = 16
# Always PDF/A: only there a missing glyph is an error, elsewhere typst prints a box in silence.
_STANDARD: list[typst.PDFStandard] = ["a-2a"]
_MISSING = re.compile(r"the text `\"(.+?)\"` could not be displayed")
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_TEMPLATE_NAME = re.compile(r"[a-z]+(-[a-z0-9]+)*")


class Typesetter:
    """Sets documents from ``templates/letters/NAME.typ``. One per process; threads may share it.

    Args:
        font_cache: a folder that may be emptied; rare fonts (60 MB) are unpacked there when
            the first name comes that needs them.
    """

    def __init__(
        self, *, font_cache: Path, templates: Path = TEMPLATES, fonts: Path = FONTS
    ) -> None:
        self._font_cache = font_cache
        self._templates = templates
        self._fonts = fonts
        self._seals: dict[str, str] = {}
        # A compiler keeps its inputs between calls, so two threads would mix their letters.
        self._lock = threading.RLock()

    @cached_property
    def _common(self) -> typst.Compiler:
        return self._compiler(self._fonts)

    @cached_property
    def _rare(self) -> typst.Compiler:
        return self._compiler(self._fonts, unpack_rare_fonts(self._font_cache, fonts=self._fonts))

    def _compiler(self, *folders: Path) -> typst.Compiler:
        return typst.Compiler(
            root=str(self._templates),
            font_paths=[str(folder) for folder in folders],
            ignore_system_fonts=True,
        )

    def set_pages(self, template: str, data: Mapping[str, Any], *, at: datetime) -> bytes:
        """Set a document as PDF/A-2a; the same arguments give the same bytes.

        Args:
            template: name of a file in ``templates/letters`` without ``.typ``, e.g. ``admission-1``.
            data: what the template prints, as JSON knows it. Two values are drawn besides: the
                text of ``qr`` as a QR code, the text of ``seal`` as a sample seal.
            at: the moment written into the file as its date of creation.

        Raises:
            MissingGlyph: no font has a character of the data.
            TextTooLong: the text does not fit on its page.
        """
        with self._lock:
            pdf, _ = self._set(template, data, at)
        return for_the_archive(pdf)

    def set_picture(
        self,
        template: str,
        data: Mapping[str, Any],
        *,
        at: datetime,
        width_px: int = PHONE_PX,
        limit_bytes: int = PICTURE_BYTES,
    ) -> bytes:
        """The first page of the same document as a PNG for phones.

        Raises:
            MissingGlyph, TextTooLong: as ``set_pages``.
        """
        with self._lock:
            # The PDF first: a picture of a missing glyph would be a picture of a box.
            _, compiler = self._set(template, data, at)
            pages = compiler.compile(
                input=self._source(template, data),
                format="png",
                ppi=width_px / _A4_INCHES,
                timestamp=_seconds(at),
            )
        return fit_picture(_first(pages), limit_bytes=limit_bytes)

    def seal(self, text: str) -> str:
        """A sample seal with ``text`` on its arc, as SVG in outlines (no text to be extracted)."""
        with self._lock:
            if text not in self._seals:
                _stay_in_this_process()
                svg = self._common.compile(
                    input=self._path("seal"), format="svg", sys_inputs={"text": text}
                )
                self._seals[text] = coarsened(_first(svg).decode(), _SEAL_GRID)
            return self._seals[text]

    def _set(
        self, template: str, data: Mapping[str, Any], at: datetime
    ) -> tuple[bytes, typst.Compiler]:
        source = self._source(template, data)
        try:
            return self._pdf(self._common, source, at), self._common
        except MissingGlyph:
            # Rare fonts cost 60 MB of disk and some memory: only when a name asks for them.
            return self._pdf(self._rare, source, at), self._rare

    def _pdf(self, compiler: typst.Compiler, source: bytes, at: datetime) -> bytes:
        _stay_in_this_process()
        try:
            pdf = compiler.compile(
                input=source,
                format="pdf",
                pdf_standards=_STANDARD,
                timestamp=_seconds(at),
            )
        except typst.TypstError as error:
            if missing := _MISSING.search(str(error.message)):
                text = _ESCAPED.sub(lambda hit: chr(int(hit[1], 16)), missing[1])
                raise MissingGlyph(text) from error
            if "page overflow" in str(error.message):
                raise TextTooLong from error
            raise
        return _first(pdf)

    def _source(self, template: str, data: Mapping[str, Any]) -> bytes:
        """The template with its values in front, as ``facts``.

        Not through ``sys.inputs``: what all letters share would be worked out anew whenever those
        change, for every letter.
        """
        drawn = dict(data)
        if "qr" in data:
            drawn["qr_svg"] = qr_svg(data["qr"])
        if "seal" in data:
            drawn["seal_svg"] = self.seal(data["seal"])
        # JSON in a string: JSON has escaped whatever a string of typst would escape differently.
        literal = json.dumps(json.dumps(drawn, ensure_ascii=False), ensure_ascii=False)
        written = Path(self._path(template)).read_text(encoding="utf-8")
        return f"#let facts = json(bytes({literal}))\n{written}".encode()

    def _path(self, template: str) -> str:
        if not _TEMPLATE_NAME.fullmatch(template):
            raise ValueError(f"not a template's name: {template!r}")
        return str(self._templates / f"{template}.typ")


_started_in: int | None = None


def _stay_in_this_process() -> None:
    """typst's threads do not survive a fork: its next page would wait for them for ever."""
    global _started_in
    if _started_in is None:
        _started_in = os.getpid()
    if _started_in != os.getpid():
        raise RuntimeError(
            "a document was set before this process was forked; set the first one after"
        )


def _first(pages: bytes | list[bytes] | None) -> bytes:
    if isinstance(pages, list):
        return pages[0]
    assert pages is not None  # noqa: S101 - None only when an output file is named
    return pages


def _seconds(at: datetime) -> int:
    if at.tzinfo is None:
        raise ValueError("the time of a document needs its zone")
    return int(at.timestamp())
