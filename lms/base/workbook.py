"""Workbooks that open right in Excel and WPS: text stays text, nothing becomes a formula."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Sheet:
    """One sheet with a heading row that stays in view.

    Args:
        columns: heading and width in characters.
        rows: text or numbers; control characters are dropped so that one bad name cannot cost
            the whole file, and text that begins like a formula is written as text.
    """

    title: str
    columns: Sequence[tuple[str, int]]
    rows: Iterable[Sequence[str | int | float]]


def workbook(
    title: str, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[str | int | float]]
) -> bytes:
    """A workbook of one sheet."""
    return sheets([Sheet(title, columns, rows)])


def sheets(wanted: Iterable[Sheet], *, as_text: int = 0) -> bytes:
    """A workbook of several sheets.

    Args:
        as_text: so many columns of every sheet are kept as text whatever is typed into them:
            Excel turns an ID number into a rounded figure otherwise.
    """
    book = Workbook(write_only=True)
    for each in wanted:
        _write(book, each, as_text)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _write(book: Workbook, wanted: Sheet, as_text: int) -> None:
    sheet = book.create_sheet(wanted.title)
    sheet.freeze_panes = "A2"
    for index, (_heading, width) in enumerate(wanted.columns, start=1):
        dimension = sheet.column_dimensions[get_column_letter(index)]
        dimension.width = width
        if index <= as_text:
            dimension.number_format = "@"
    sheet.append([_cell(sheet, heading, bold=True) for heading, _width in wanted.columns])
    for row in wanted.rows:
        sheet.append([_cell(sheet, value) for value in row])


def _cell(sheet: Any, value: str | int | float, *, bold: bool = False) -> Cell:
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value))
        cell.data_type = "s"
    else:
        cell = WriteOnlyCell(sheet, value)
    if bold:
        cell.font = Font(bold=True)
    return cell
