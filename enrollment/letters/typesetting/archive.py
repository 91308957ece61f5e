"""The typesetter's PDF/A made smaller, and plain enough for every PDF/A checker.

Objects go together into compressed streams (a seventh less), and things go that the standard
does not ask for and checkers stumble over: the sets of glyph numbers of the fonts, the history
in the metadata with the schemas that describe it, and a mark that says nothing is suspect.
"""

from __future__ import annotations

import io
import re

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PdfFileWriter

_NOT_NEEDED = [
    re.compile(rb"<pdfaExtension:schemas>.*?</pdfaExtension:schemas>", re.DOTALL),
    re.compile(rb"<xmpMM:(\w+)>.*?</xmpMM:\1>", re.DOTALL),
    re.compile(rb"<xmpTPg:NPages>\d+</xmpTPg:NPages>"),
    re.compile(rb"<pdf:PDFVersion>[\d.]+</pdf:PDFVersion>"),
    re.compile(rb'\s+xmlns:(?:stEvt|xmpMM|xmpTPg|pdfaExtension|pdfaSchema|pdfaProperty)="[^"]*"'),
]


def for_the_archive(pdf: bytes) -> bytes:
    """The same pages in fewer bytes; the same input gives the same output."""
    source = PdfFileReader(io.BytesIO(pdf))
    copy = _Copy(source)
    copy.drop_glyph_sets()
    copy.drop_suspects()
    copy.shorten_metadata()
    out = io.BytesIO()
    copy.write(out)
    return out.getvalue()


class _Copy(PdfFileWriter):
    """All objects of a file, in object streams where the format allows it."""

    def __init__(self, source: PdfFileReader) -> None:
        super().__init__(stream_xrefs=True, init_page_tree=False)
        # Random by default, and then no letter could be made a second time.
        self._document_id = source.trailer["/ID"]
        packed = self.prepare_object_stream()
        root = self.import_object(source.root, obj_stream=packed)
        self.objects[(0, self._root.idnum)] = root
        info = self.import_object(source.trailer["/Info"], obj_stream=packed)
        self._info = self.add_object(info)

    def _update_meta(self) -> None:
        pass

    def drop_glyph_sets(self) -> None:
        for thing in self.objs_in_streams.values():
            if isinstance(thing, generic.DictionaryObject) and "/CIDSet" in thing:
                glyphs = thing.raw_get("/CIDSet")
                del self.objects[(0, glyphs.idnum)]
                del thing["/CIDSet"]

    def drop_suspects(self) -> None:
        marks = self.root.get("/MarkInfo")
        if marks is not None and "/Suspects" in marks:
            del marks["/Suspects"]

    def shorten_metadata(self) -> None:
        number = self.root.raw_get("/Metadata").idnum
        metadata = self.objects[(0, number)]
        assert isinstance(metadata, generic.StreamObject)  # noqa: S101 - what /Metadata is
        xmp = metadata.data
        for pattern in _NOT_NEEDED:
            xmp = pattern.sub(b"", xmp)
        # Not compressed: programs look for the metadata without reading the PDF.
        self.objects[(0, number)] = generic.StreamObject(
            {pdf_name("/Type"): pdf_name("/Metadata"), pdf_name("/Subtype"): pdf_name("/XML")},
            stream_data=xmp,
        )
