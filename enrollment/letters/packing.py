"""The files of a batch: one zip to keep, one PDF to print, one list of what is in them."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from enrollment.letters import naming
from enrollment.letters.models import Letter

# A zip says when a file was written; always the same, so that the same letters give the same zip.
_NO_DATE = (1980, 1, 1, 0, 0, 0)
MANIFEST = "manifest.json"


class Damaged(RuntimeError):
    """A letter in storage is not the one that was signed: nothing may be packed until that is known."""


def files(letters: Iterable[Letter]) -> Iterator[tuple[Letter, bytes]]:
    """Each letter with its PDF, checked against the hash in its row.

    Raises:
        Damaged: the file is another one.
    """
    for letter in letters:
        with letter.pdf.open("rb") as file:
            pdf: bytes = file.read()
        if hashlib.sha256(pdf).hexdigest() != letter.pdf_sha256:
            raise Damaged(f"letter {letter.uuid} in storage is not the one that was signed")
        yield letter, pdf


def bundle(letters: Iterable[Letter], manifest: bytes, target: Path) -> None:
    """Write the zip: every PDF as it was signed, and the list. A name that occurs twice gets its number too."""
    taken: set[str] = set()
    # PDF streams are compressed already: packing them again costs time and saves nothing.
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as packed:
        for letter, pdf in files(letters):
            name = naming.file_name(letter)
            if name in taken:
                name = f"{letter.ordinal:04d} {name}"
            taken.add(name)
            packed.writestr(zipfile.ZipInfo(name, _NO_DATE), pdf)
        packed.writestr(zipfile.ZipInfo(MANIFEST, _NO_DATE), manifest)


def print_pages(letters: Iterable[Letter], target: Path) -> int:
    """Write one PDF with all pages in order, for the printer; returns how many.

    Pages only: a signature is about a whole file and would not survive being copied.
    """
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.generic import pdf_name
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import PdfFileWriter

    out = PdfFileWriter(stream_xrefs=True)
    for _letter, pdf in files(letters):
        source = PdfFileReader(io.BytesIO(pdf))
        for number in range(int(source.root["/Pages"]["/Count"])):
            found = source.find_page_for_modification(number)[0].get_object()
            # No annotations (the signature's field) and no tags: those belong to the whole file.
            page = generic.DictionaryObject(
                {
                    pdf_name(key): out.import_object(found.raw_get(key))
                    for key in ("/MediaBox", "/Resources", "/Contents")
                }
            )
            page[pdf_name("/Type")] = pdf_name("/Page")
            out.insert_page(page)
    with target.open("wb") as file:
        out.write(file)
    return int(out.root["/Pages"]["/Count"])
