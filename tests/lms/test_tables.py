"""Tables that travel while they are read: they open, text stays text, one bad name costs nothing."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from openpyxl import load_workbook

from lms.base import tables
from lms.base.tables import Column, Value
from tests import people

COLUMNS = [Column("学号", 16, text=True), Column("姓名", 14, text=True), Column("单元")]
FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠A1", "  =1",
    "=HYPERLINK(\"http://x\",\"y\")",
]  # fmt: skip
AWKWARD = [
    "a\x00b\x0bc", "\ud800", "\ufffe名", "<b>&\"'</b>", "]]>", "𬱖䶮", " 前后 ", "一\n二", "x" * 40_000,
    "_x0041_",
]  # fmt: skip


def book(rows: Sequence[Sequence[Value]], title: str = "名单") -> Any:
    content = b"".join(tables.xlsx_pieces(title, COLUMNS, rows, at=people.AT))
    return load_workbook(io.BytesIO(content))


def lines(rows: Sequence[Sequence[Value]]) -> list[list[str]]:
    content = b"".join(tables.csv_pieces(COLUMNS, rows))
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula(text: str) -> None:
    cell = book([["1", text, 3]]).active["B2"]
    assert cell.data_type in ("s", "inlineStr")
    assert cell.value.replace("_x000D_", "\r").strip() == text.strip()
    assert lines([["1", text, 3]])[1][1].startswith("'")


@pytest.mark.parametrize("text", AWKWARD)
def test_one_bad_name_costs_at_most_its_own_bad_signs(text: str) -> None:
    rows: list[list[Value]] = [["2026-LOG-001", text, 1], ["2026-LOG-002", "陈", 2]]
    sheet = book(rows).active
    assert [sheet["A3"].value, sheet["B3"].value, sheet["C3"].value] == ["2026-LOG-002", "陈", 2]
    kept = tables.printable(text)
    assert (sheet["B2"].value or "") == kept
    assert lines(rows)[2] == ["2026-LOG-002", "陈", "2"]


def test_numbers_are_numbers_and_nothing_is_nothing() -> None:
    sheet = book([["007", None, 12.5], ["350203199001010018", "", float("nan")]]).active
    assert (sheet["A2"].value, sheet["B2"].value, sheet["C2"].value) == ("007", None, 12.5)
    assert (sheet["A3"].value, sheet["A3"].number_format) == ("350203199001010018", "@")
    assert sheet["C3"].value is None


def test_csv_keeps_figures_that_a_spreadsheet_would_round_or_shorten() -> None:
    row = lines([["350203199001010018", "35020319900101001X", 5], ["007", "42", -3]])
    assert row[1] == ["350203199001010018\t", "35020319900101001X\t", "5"]
    assert row[2] == ["007\t", "42", "-3"]


@pytest.mark.parametrize(("width", "sheets"), [(16, 1), (240, 3), (80, 1)])
def test_the_print_is_readable_and_headings_are_whole(width: int, sheets: int) -> None:
    columns = [Column("学号", width), Column("很长的标题" * 9, width), Column("分", width)]
    content = b"".join(tables.xlsx_pieces("名单", columns, [["1", "a", 1]], at=people.AT))
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (sheets, 0)
    assert sheet["B1"].alignment.wrap_text
    # Ninety columns wide: as many lines as it takes at this width.
    assert sheet.row_dimensions[1].height == 16 * -(-90 // (width - 1))


def test_the_heading_stays_in_view_and_has_a_filter() -> None:
    sheet = book([["1", "a", 1], ["2", "b", 2]]).active
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:C3"
    assert sheet["A1"].font.b
    assert sheet.column_dimensions["A"].width == 16


@pytest.mark.parametrize("title", ["a/b:c*d?e[f]g'h", "", "很长的名字" * 20, "x\x01"])
def test_any_title_makes_a_sheet_that_opens(title: str) -> None:
    assert len(book([], title).active.title) <= 31


def test_the_first_bytes_leave_before_the_first_row_is_read() -> None:
    read: list[int] = []

    def rows() -> Iterator[list[Value]]:
        for number in range(100_000):
            read.append(number)
            yield [str(number), "学员", number]

    for pieces in (
        tables.xlsx_pieces("名单", COLUMNS, rows(), at=people.AT),
        tables.csv_pieces(COLUMNS, rows()),
    ):
        read.clear()
        assert next(pieces)
        assert read == []
        next(pieces)
        assert 0 < len(read) < 20_000  # read as it is sent, not all at once


def test_the_same_rows_give_the_same_bytes_and_a_sound_zip() -> None:
    rows = [[str(n), "学员", n] for n in range(300)]
    one, two = (b"".join(tables.xlsx_pieces("名单", COLUMNS, rows, at=people.AT)) for _ in range(2))
    assert one == two
    assert zipfile.ZipFile(io.BytesIO(one)).testzip() is None
