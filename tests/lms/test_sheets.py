"""Workbooks that try to cost more than they weigh."""

from __future__ import annotations

import io
import struct
import time
import zipfile

import pytest

from lms.base import sheets
from tests.enrollment.membership.workbooks import (
    with_part,
    with_shared_strings,
    workbook,
)

SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def read(content: bytes) -> list[tuple[int, list[object]]]:
    return list(sheets.rows(content))


def test_lines_come_with_their_numbers_and_without_the_empty_ones() -> None:
    found = read(workbook(("林", "1"), ("", None), ("陈", "2")))
    assert [(no, cells[0]) for no, cells in found] == [(1, "姓名"), (2, "林"), (4, "陈")]


def test_words_are_found_where_excel_keeps_them() -> None:
    strings = f"<sst {NAMESPACE}><si><t>姓名</t></si><si><t>欧阳䶮</t></si></sst>".encode()
    cells = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c></row>'
    )
    sheet = f"<worksheet {NAMESPACE}><sheetData>{cells}</sheetData></worksheet>".encode()
    content = with_part(with_shared_strings(workbook(), strings), SHEET, sheet)
    assert [cells[0] for _no, cells in read(content)] == ["姓名", "欧阳䶮"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nonsense", b"%PDF-1.7", b"x" * 1000])
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(sheets.NotAWorkbook):
        read(content)


def test_an_old_or_locked_file_is_told_what_to_do() -> None:
    with pytest.raises(sheets.OldOrLocked):
        read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as bundle:
        bundle.writestr("notes.txt", "hello")
    with pytest.raises(sheets.NotAWorkbook):
        read(buffer.getvalue())


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = with_part(workbook(), "xl/media/image1.bin", bytes(60 * 1024 * 1024))
    assert len(bomb) < 200_000
    began = time.process_time()
    with pytest.raises(sheets.WorkbookTooLarge):
        read(bomb)
    assert time.process_time() - began < 0.5


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    part = bytes(60 * 1024 * 1024)
    honest = with_part(workbook(), "xl/media/image1.bin", part)
    lying = honest.replace(struct.pack("<L", len(part)), struct.pack("<L", 100))
    assert lying != honest
    with pytest.raises(sheets.NotAWorkbook):
        read(lying)


def test_many_small_tags_are_refused_before_they_are_parsed() -> None:
    cells = b"<c/>" * (sheets.MOST_TAGS + 1)
    part = f"<worksheet {NAMESPACE}><sheetData><row>".encode() + cells
    content = with_part(workbook(), SHEET, part + b"</row></sheetData></worksheet>")
    with pytest.raises(sheets.WorkbookTooLarge):
        read(content)


@pytest.mark.parametrize("where", [SHEET, "xl/sharedStrings.xml", "xl/workbook.xml"])
def test_entities_are_refused_wherever_they_stand(where: str) -> None:
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha" * 10}">' for n in range(9))
    secret = '<!ENTITY x SYSTEM "file:///etc/hostname">'
    for entities, name in ((laughs, "a8"), (secret, "x")):
        part = (
            f"<?xml version='1.0'?><!DOCTYPE w [{entities}]><worksheet {NAMESPACE}><sheetData>"
            f'<row r="1"><c r="A1" t="inlineStr"><is><t>&{name};</t></is></c></row></sheetData></worksheet>'
        )
        began = time.process_time()
        with pytest.raises(sheets.NotAWorkbook):
            read(with_part(with_shared_strings(workbook(), b""), where, part.encode()))
        assert time.process_time() - began < 1


def test_too_many_parts_are_refused() -> None:
    content = workbook()
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a") as bundle:
        for no in range(sheets.MOST_PARTS):
            bundle.writestr(f"xl/x{no}.xml", "")
    with pytest.raises(sheets.WorkbookTooLarge):
        read(buffer.getvalue())


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(sheets.WorkbookTooLarge):
        sheets.look_at(io.BytesIO(b"PK"), size_bytes=sheets.MOST_BYTES + 1)


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 3)
    assert len(read(workbook(*[("林", "1")] * 3))) == 4
    with pytest.raises(sheets.TooManyRows):
        read(workbook(*[("林", "1")] * 4))


def test_an_empty_sheet_is_said() -> None:
    with pytest.raises(sheets.Empty):
        read(workbook(heading=()))


def test_a_sheet_that_lies_about_its_extent_is_read_as_it_is() -> None:
    content = workbook(("林", "1"))
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        part = bundle.read(SHEET)
    assert b'ref="A1:F2"' in part
    lying = with_part(content, SHEET, part.replace(b'ref="A1:F2"', b'ref="A1:XFD1048576"'))
    assert [no for no, _cells in read(lying)] == [1, 2]


def test_a_row_far_away_does_not_make_a_million_rows() -> None:
    part = (
        f'<worksheet {NAMESPACE}><sheetData><row r="1048576"><c r="A1048576" t="inlineStr">'
        "<is><t>林</t></is></c></row></sheetData></worksheet>"
    )
    began = time.process_time()
    assert [no for no, _cells in read(with_part(workbook(), SHEET, part.encode()))] == [1048576]
    assert time.process_time() - began < 10
