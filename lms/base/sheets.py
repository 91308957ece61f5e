"""Workbooks that strangers made: opened within limits, read row by row.

A workbook is a zip of XML. Sizes are taken from the zip's directory, which Python never reads
beyond; the XML is counted before it is parsed, because two bytes of it can become hundreds in
memory; entities are refused by defusedxml inside openpyxl.
"""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook

from lms.base.errors import Refused

log = logging.getLogger(__name__)
MOST_BYTES = 5 * 1024 * 1024
MOST_UNPACKED = 40 * 1024 * 1024
MOST_PARTS = 200
# 20 000 members in six columns are about 0.8 million tags, and 0.3 million for their words.
MOST_TAGS = 1_200_000
MOST_ROWS = 20_000
MOST_COLUMNS = 30
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CHUNK = 256 * 1024


class NotAWorkbook(Refused):
    """Not a workbook that can be opened."""

    sentence = _("这个文件打不开。请下载模板，把内容粘进去，存成 .xlsx 再传一次。")
    status = 400


class OldOrLocked(NotAWorkbook):
    sentence = _("这是旧格式 .xls 或加了密码的文件。请在 Excel 或 WPS 里去掉密码，另存为 .xlsx。")


class WorkbookTooLarge(NotAWorkbook):
    sentence = _("文件太大了，最大 5 MB。请把图片和用不到的工作表删掉，或分成几个文件。")


class TooManyRows(NotAWorkbook):
    sentence = _("表格超过 %(rows)d 行，请分成几个文件，一个一个导入。")


class Empty(NotAWorkbook):
    sentence = _("第一张工作表里没有内容，请把内容放在第一张工作表。")


class NoHeadings(NotAWorkbook):
    sentence = _("第一行里没有找到这些栏：%(missing)s。请用模板，不要改栏名。")


def look_at(file: IO[bytes], *, size_bytes: int) -> None:
    """The cheap checks, for the moment of the upload; leaves ``file`` at its beginning.

    Raises:
        NotAWorkbook: or one of its kinds.
    """
    if size_bytes > MOST_BYTES:
        raise WorkbookTooLarge()
    begins = file.read(8)
    file.seek(0)
    if begins == _OLD_OFFICE:
        raise OldOrLocked()
    try:
        with zipfile.ZipFile(file) as bundle:
            _directory(bundle)
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise NotAWorkbook() from error
    finally:
        file.seek(0)


def _directory(bundle: zipfile.ZipFile) -> None:
    parts = bundle.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise WorkbookTooLarge()
    if any(part.flag_bits & 1 for part in parts):
        raise OldOrLocked()
    if "xl/workbook.xml" not in bundle.namelist():
        raise NotAWorkbook()


def rows(content: bytes, *, most_rows: int = 0) -> Iterator[tuple[int, list[Any]]]:
    """The lines of the first sheet that hold anything, with the number the spreadsheet shows.

    Args:
        most_rows: without the heading; 0 for as many as a sheet of ours ever has.

    Raises:
        NotAWorkbook: or one of its kinds; also half-way through.
    """
    try:
        look_at(io.BytesIO(content), size_bytes=len(content))
        _count_tags(content)
        yield from _filled(content, most_rows or MOST_ROWS)
    except NotAWorkbook:
        raise
    except Exception as error:  # openpyxl says a broken file in a dozen ways
        log.warning("a workbook could not be read: %s", type(error).__name__)
        raise NotAWorkbook() from error


def _count_tags(content: bytes) -> None:
    tags = 0
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        for part in bundle.infolist():
            with bundle.open(part) as opened:
                while chunk := opened.read(_CHUNK):
                    tags += chunk.count(b"<")
                    if tags > MOST_TAGS:
                        raise WorkbookTooLarge()


def _filled(content: bytes, most_rows: int) -> Iterator[tuple[int, list[Any]]]:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        sheet: Any = book.worksheets[0]
        # What the file says of its own size need not be true.
        sheet.reset_dimensions()
        found = 0
        lines = sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS)
        for row_no, cells in enumerate(lines, start=1):
            values = list(cells)
            if all(value is None or not str(value).strip() for value in values):
                continue
            found += 1
            if found > most_rows + 1:  # the heading
                raise TooManyRows(rows=most_rows)
            yield row_no, values
        if not found:
            raise Empty()
    finally:
        book.close()
