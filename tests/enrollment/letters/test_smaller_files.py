"""What makes a letter's file small changes nothing that is seen or read."""

from __future__ import annotations

import io
import re
from datetime import datetime

import pikepdf
import pytest

from enrollment.letters.typesetting import Typesetter
from enrollment.letters.typesetting.archive import UnknownLayout, for_the_archive
from enrollment.letters.typesetting.outlines import coarsened
from tests.enrollment.letters.samples import FIFTY, admission

PLAIN = "M 0 0m 0 0q 10 0 10 10h 100v 20l -10 -10.5Z m 40 40c 1 2 3 4 5 6Z "


def glyph(path: str) -> str:
    return f'<symbol id="g"><path d="{path}"/></symbol>'


def typeset(typesetter: Typesetter, name: str, at: datetime) -> bytes:
    pdf, _compiler = typesetter._set("admission-1", admission(name), at)
    return pdf


@pytest.mark.parametrize("name", ["阿怡", FIFTY, "张䶮㛃𬱖𫖯𰻞𠮷𱁬"])
def test_pages_and_fonts_are_passed_on_as_they_are(
    typesetter: Typesetter, at: datetime, name: str
) -> None:
    written = typeset(typesetter, name, at)
    packed = for_the_archive(written)
    assert len(packed) < 0.9 * len(written)
    with pikepdf.open(io.BytesIO(written)) as before, pikepdf.open(io.BytesIO(packed)) as after:
        assert after.check_pdf_syntax() == []
        assert after.pages[0].Contents.read_bytes() == before.pages[0].Contents.read_bytes()
        assert after.pages[0].Resources.keys() == before.pages[0].Resources.keys()
        assert str(after.docinfo.Title) == str(before.docinfo.Title)
        fonts = zip(
            before.pages[0].Resources.Font.values(),
            after.pages[0].Resources.Font.values(),
            strict=True,
        )
        for old, new in fonts:
            old, new = old.DescendantFonts[0].FontDescriptor, new.DescendantFonts[0].FontDescriptor
            assert new.FontFile2.read_bytes() == old.FontFile2.read_bytes()
            assert "/CIDSet" in old
            assert "/CIDSet" not in new


@pytest.mark.parametrize("spoilt", [b"", b"%PDF-1.7\n", b"%PDF-1.7\nstartxref\n9\n%%EOF\n"])
def test_a_file_of_another_make_is_refused_and_not_garbled(spoilt: bytes) -> None:
    with pytest.raises(UnknownLayout):
        for_the_archive(spoilt)


def test_a_file_whose_table_is_wrong_is_refused(typesetter: Typesetter, at: datetime) -> None:
    written = typeset(typesetter, "阿怡", at)
    table = re.search(rb"\nxref\n0 \d+\n.{20}", written, re.DOTALL)
    assert table
    place = table.end()
    wrong = written[:place] + b"0000000017" + written[place + 10 :]
    with pytest.raises(UnknownLayout):
        for_the_archive(wrong)


def test_points_go_to_the_grid_where_they_stand() -> None:
    path = coarsened(glyph(PLAIN), 1)
    assert 'transform="scale(1)"' in path
    # The curve becomes a cubic one, as a PDF would draw it; the last point is 100 - 0.5 rounded.
    assert "M0 0M0 0C7 0 10 3 10 10L110 10L110 30L100 20ZM40 40C41 42 43 44 45 46Z" in path


def test_roundings_do_not_add_up_along_a_path() -> None:
    steps = "".join("l 1.5 0" for _step in range(100))
    path = coarsened(glyph(f"M 0 0{steps}Z "), 4)
    assert path.endswith('L38 0Z"/></symbol>')  # 150 / 4, not a hundred steps of 0


def test_only_glyphs_are_touched() -> None:
    ring = '<path fill="none" stroke="#d2262c" d="M 0 0m 0 9600c 1 2 3 4 5 6"/>'
    assert coarsened(ring, 16) == ring
