"""The typesetter's PDF/A made smaller, and plain enough for every PDF/A checker.

Objects go together into one compressed stream (a seventh less), and things go that the standard
does not ask for and checkers stumble over: the sets of glyph numbers of the fonts, the history
in the metadata with the schemas that describe it, and a mark that says nothing is suspect.

Objects are cut out along the table at the end of the file and never read: they are passed on as
they were written. A PDF library that reads and writes each of them takes as long as the setting.
"""

from __future__ import annotations

import itertools
import re
import struct
import zlib
from collections.abc import Iterator

_NOT_NEEDED = [
    re.compile(rb"<pdfaExtension:schemas>.*?</pdfaExtension:schemas>", re.DOTALL),
    re.compile(rb"<xmpMM:(\w+)>.*?</xmpMM:\1>", re.DOTALL),
    re.compile(rb"<xmpTPg:NPages>\d+</xmpTPg:NPages>"),
    re.compile(rb"<pdf:PDFVersion>[\d.]+</pdf:PDFVersion>"),
    re.compile(rb'\s+xmlns:(?:stEvt|xmpMM|xmpTPg|pdfaExtension|pdfaSchema|pdfaProperty)="[^"]*"'),
]
_STREAM_END = b"\nendstream"
_METADATA = re.compile(rb"<</Length \d+/Type/Metadata/Subtype/XML>>\nstream\n")
_FONT, _CATALOGUE = b"<</Type/FontDescriptor", b"<</Type/Catalog"
_GLYPH_SET = re.compile(rb"/CIDSet (\d+) 0 R")
_START = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*\Z")
_TABLE = re.compile(rb"xref\s+0 (\d+)\s+")
_TRAILER = re.compile(rb"trailer\s*<<(.*)>>", re.DOTALL)
_SIZE = re.compile(rb"/Size \d+")
_HEADER = b"%PDF-1.7\n%\x80\x80\x80\x80\n"
_ENTRY_BYTES = 20
# A cross-reference stream: kind, place, index; the last two in 4 and 2 bytes.
_WIDTHS, _FREE, _PLAIN, _PACKED = ">BIH", 0, 1, 2


class UnknownLayout(ValueError):
    """The file is not laid out as the typesetter of this edition lays out its files."""


def for_the_archive(pdf: bytes) -> bytes:
    """The same pages in fewer bytes; the same input gives the same output.

    Args:
        pdf: as the typesetter wrote it: PDF 1.7, one table of objects, nothing in object streams.

    Raises:
        UnknownLayout: it is laid out in another way, as a newer typesetter might.
    """
    objects, trailer = _cut(pdf)
    dropped: set[int] = set()
    for number, body in objects.items():
        if not body.endswith(_STREAM_END):
            if body.startswith(_FONT):
                dropped.update(int(found) for found in _GLYPH_SET.findall(body))
                objects[number] = _GLYPH_SET.sub(b"", body)
            elif body.startswith(_CATALOGUE):
                objects[number] = body.replace(b"/Suspects false", b"")
        elif _METADATA.match(body):
            objects[number] = _shortened(body)
    for number in dropped:
        del objects[number]
    return _packed(objects, trailer)


def _cut(pdf: bytes) -> tuple[dict[int, bytes], bytes]:
    """Each object's own bytes by its number, and what stands in the trailer."""
    start = _START.search(pdf, max(0, len(pdf) - 64))
    table = _TABLE.match(pdf, int(start[1])) if start else None
    trailer = _TRAILER.search(pdf, table.end()) if table else None
    if not (start and table and trailer):
        raise UnknownLayout("no table of objects where one was expected")
    places = {}
    for number in range(1, int(table[1])):
        offset, _generation, kind = pdf[table.end() + number * _ENTRY_BYTES :][:18].split()
        if kind == b"n":
            places[int(offset)] = number
    ends = [*sorted(places), int(start[1])]
    objects = {
        places[begin]: _body(pdf[begin:end], places[begin])
        for begin, end in itertools.pairwise(ends)
    }
    return objects, trailer[1]


def _body(written: bytes, number: int) -> bytes:
    before, after = b"%d 0 obj\n" % number, b"\nendobj"
    written = written.rstrip()
    if not (written.startswith(before) and written.endswith(after)):
        raise UnknownLayout(f"object {number} is not where the table says")
    return written[len(before) : -len(after)]


def _shortened(metadata: bytes) -> bytes:
    """The metadata without what nobody needs. Not compressed: programs look for it as it is."""
    begin = _METADATA.match(metadata)
    assert begin is not None  # noqa: S101 - the caller looked
    xmp = metadata[begin.end() : -len(_STREAM_END)]
    for pattern in _NOT_NEEDED:
        xmp = pattern.sub(b"", xmp)
    return b"<</Length %d/Type/Metadata/Subtype/XML>>\nstream\n%b%b" % (len(xmp), xmp, _STREAM_END)


def _packed(objects: dict[int, bytes], trailer: bytes) -> bytes:
    """A whole file: streams as they are, everything else in one object stream, and the table."""
    together = [number for number, body in objects.items() if not body.endswith(_STREAM_END)]
    pack, table = max(objects) + 1, max(objects) + 2
    entries = {number: (_PACKED, pack, index) for index, number in enumerate(together)}
    file = bytearray(_HEADER)

    def put(number: int, body: bytes) -> None:
        entries[number] = (_PLAIN, len(file), 0)
        file.extend(b"%d 0 obj\n%b\nendobj\n" % (number, body))

    for number, body in objects.items():
        if number not in entries:
            put(number, body)
    put(pack, _object_stream([(number, objects[number]) for number in together]))
    start = len(file)
    entries[table] = (_PLAIN, start, 0)
    rows = b"".join(
        struct.pack(_WIDTHS, *entries.get(number, (_FREE, 0, 0))) for number in range(table + 1)
    )
    more = b"/Type/XRef/W[1 4 2]%b" % _SIZE.sub(b"/Size %d" % (table + 1), trailer)
    file.extend(b"%d 0 obj\n%b\nendobj\n" % (table, _stream(more, rows)))
    file.extend(b"startxref\n%d\n%%%%EOF\n" % start)
    return bytes(file)


def _object_stream(members: list[tuple[int, bytes]]) -> bytes:
    head = " ".join(f"{number} {place}" for number, place in _places(members)).encode() + b"\n"
    body = b"".join(member + b"\n" for _, member in members)
    return _stream(b"/Type/ObjStm/N %d/First %d" % (len(members), len(head)), head + body)


def _places(members: list[tuple[int, bytes]]) -> Iterator[tuple[int, int]]:
    place = 0
    for number, member in members:
        yield number, place
        place += len(member) + 1


def _stream(more: bytes, content: bytes) -> bytes:
    packed = zlib.compress(content, 9)
    head = b"<<%b/Filter/FlateDecode/Length %d>>" % (more, len(packed))
    return head + b"\nstream\n" + packed + _STREAM_END
