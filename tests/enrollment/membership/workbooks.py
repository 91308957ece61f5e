"""Workbooks as officers have them, and some that nobody should have."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook

from enrollment.membership import rosters
from enrollment.membership.models import Roster, RosterRow
from lms.accounts.models import OrgUnit, User
from lms.base.jobs import api as jobs
from tests import people

HEADING = ("姓名", "证件号码", "手机号", "入会日期", "所属工会", "退会日期")
Line = Sequence[Any]


def workbook(*lines: Line, heading: Line = HEADING) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (heading, *lines):
        sheet.append(list(line))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """The same workbook with one part exchanged or added."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as was,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as now,
    ):
        for each in was.infolist():
            if each.filename != name:
                now.writestr(each.filename, was.read(each))
        now.writestr(name, part)
    return buffer.getvalue()


def with_shared_strings(content: bytes, strings: bytes) -> bytes:
    """The same workbook with a table of strings, as Excel writes it (openpyxl does without)."""
    types = "[Content_Types].xml"
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        said = bundle.read(types).decode()
    entry = (
        '<Override PartName="/xl/sharedStrings.xml" ContentType="application/'
        'vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
    )
    content = with_part(content, types, said.replace("</Types>", entry).encode())
    return with_part(content, "xl/sharedStrings.xml", strings)


def take(content: bytes, unit: OrgUnit, by: User, **kwargs: Any) -> Roster:
    """Uploaded and looked through."""
    at = kwargs.get("at", people.AT)
    roster = rosters.take(
        io.BytesIO(content), name="名册.xlsx", size_bytes=len(content), unit=unit, by=by, at=at
    )
    jobs.run_due()
    roster.refresh_from_db()
    return roster


def apply(roster: Roster, by: User) -> Roster:
    """Taken into the register."""
    rosters.apply(roster, by=by, at=people.AT)
    jobs.run_due()
    roster.refresh_from_db()
    return roster


def verdicts(roster: Roster) -> dict[int, tuple[str, str]]:
    """Verdict and sentence by row number."""
    return {
        row.row_no: (row.verdict, row.sentence) for row in RosterRow.objects.filter(roster=roster)
    }
