"""A list of stations from a workbook or csv file: read, judged line by line, then written."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from courses.tutoring import stations
from courses.tutoring.geo import Point, is_in_china, to_wgs84
from courses.tutoring.models import Station
from courses.tutoring.refusals import ListUnreadable
from lms.accounts.models import OrgUnit, User

LINES_AT_MOST = 2000
SIZE_AT_MOST = 2 * 1024 * 1024
SEATS_AT_MOST = 500
# Heading in the file → what it fills. The first six must be there.
COLUMNS = {
    "编号": "code",
    "名称": "name",
    "区": "district",
    "地址": "address",
    "纬度": "latitude",
    "经度": "longitude",
    "座位": "capacity",
    "开放时间": "opening_hours",
    "无线网": "has_wifi",
    "怎么连": "wifi_hint",
    "桌子": "has_tables",
    "空调": "has_air_con",
}
NEEDED = ("编号", "名称", "区", "地址")
YES, NO = {"有", "是", "1", "y", "yes", "true", ""}, {"无", "没有", "否", "0", "n", "no", "false"}


@dataclass
class Line:
    """One line of the file: its number there, what it says, and what is wrong with it."""

    number: int
    facts: dict[str, Any] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    is_new: bool = True


def read(content: bytes, name: str, *, of: Iterable[OrgUnit], gcj02: bool) -> list[Line]:
    """Judge every line; nothing is written.

    Args:
        of: districts whose stations the list may name.
        gcj02: the coordinates come from a mainland map and are turned into WGS-84.

    Raises:
        ListUnreadable: it is no workbook or csv file, too long, or a needed heading is missing.
    """
    if len(content) > SIZE_AT_MOST:
        raise ListUnreadable(name, why=_("文件太大"))
    rows = _workbook(content) if name.lower().endswith(".xlsx") else _csv(content)
    try:
        headings = [str(cell or "").strip() for cell in next(rows)]
    except StopIteration:
        raise ListUnreadable(name, why=_("文件是空的")) from None
    missing = [heading for heading in NEEDED if heading not in headings]
    if missing:
        raise ListUnreadable(name, why=_("第一行缺少：%(names)s") % {"names": "、".join(missing)})
    districts = {key: unit for unit in of for key in (unit.name, unit.short_name, unit.code) if key}
    known = set(Station.objects.values_list("code", flat=True))
    lines: list[Line] = []
    seen: set[str] = set()
    for number, cells in enumerate(rows, start=2):
        said = {
            COLUMNS[heading]: str("" if cell is None else cell).strip()
            for heading, cell in zip(headings, cells, strict=False)
            if heading in COLUMNS
        }
        if not any(said.values()):
            continue
        if len(lines) >= LINES_AT_MOST:
            raise ListUnreadable(name, why=_("超过 %(n)d 行") % {"n": LINES_AT_MOST})
        line = _judged(number, said, districts, gcj02=gcj02)
        code = line.facts.get("code", "")
        if code and code in seen:
            line.errors.append(_("编号和前面的行重复"))
        seen.add(code)
        line.is_new = code not in known
        lines.append(line)
    return lines


@transaction.atomic
def write(lines: Iterable[Line], *, by: User, at: datetime) -> int:
    """Add or bring up to date every station of a list without errors; returns how many.

    Raises:
        ListUnreadable: a line has an error; nothing is written.
    """
    lines = list(lines)
    if any(line.errors for line in lines):
        raise ListUnreadable(None, why=_("还有写错的行"))
    for line in lines:
        stations.keep_station(**line.facts, by=by, at=at)
    return len(lines)


def _judged(
    number: int, said: dict[str, str], districts: dict[str, OrgUnit], *, gcj02: bool
) -> Line:
    line = Line(number, {"code": said["code"][:20], "name": said["name"][:100]})
    for key, heading in (("code", "编号"), ("name", "名称"), ("address", "地址")):
        if not said[key]:
            line.errors.append(_("缺少%(what)s") % {"what": heading})
    line.facts["address"] = said["address"][:200]
    district = districts.get(said["district"]) or districts.get(said["district"].removesuffix("区"))
    if district is None:
        line.errors.append(_("没有这个区：%(name)s") % {"name": said["district"]})
    line.facts["district"] = district
    _take_seats(line, said.get("capacity", ""))
    _take_point(line, said.get("latitude", ""), said.get("longitude", ""), gcj02=gcj02)
    for key in ("opening_hours", "wifi_hint"):
        if key in said:
            line.facts[key] = said[key][:100]
    for key in ("has_wifi", "has_tables", "has_air_con"):
        if key in said:
            _take_yes_or_no(line, key, said[key].lower())
    return line


def _take_seats(line: Line, text: str) -> None:
    if not text:
        return
    try:
        seats = int(float(text))
    except (ValueError, OverflowError):
        seats = 0
    if not 1 <= seats <= SEATS_AT_MOST:
        line.errors.append(_("座位要是 1 到 %(n)d 的数") % {"n": SEATS_AT_MOST})
        return
    line.facts["capacity"] = seats


def _take_point(line: Line, north: str, east: str, *, gcj02: bool) -> None:
    if not north and not east:
        return
    try:
        point = Point(float(north), float(east))
    except ValueError:
        line.errors.append(_("经纬度要是数字，两个都要填"))
        return
    if not is_in_china(point):
        swapped = is_in_china(Point(point.longitude, point.latitude))
        line.errors.append(_("经度和纬度填反了") if swapped else _("经纬度不在国内"))
        return
    point = to_wgs84(point) if gcj02 else point
    line.facts |= {"latitude": round(point.latitude, 6), "longitude": round(point.longitude, 6)}


def _take_yes_or_no(line: Line, key: str, text: str) -> None:
    if text not in YES | NO:
        line.errors.append(_("看不懂「%(text)s」，请填有或无") % {"text": text[:20]})
    line.facts[key] = text in YES


def _workbook(content: bytes) -> Iterator[tuple[Any, ...]]:
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        yield from sheet.iter_rows(values_only=True, max_row=LINES_AT_MOST + 2, max_col=40)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
        raise ListUnreadable(None, why=_("不是 Excel 工作簿")) from error


def _csv(content: bytes) -> Iterator[tuple[Any, ...]]:
    for coding in ("utf-8-sig", "gb18030"):  # what WPS and Excel write by default here
        try:
            text = content.decode(coding)
        except UnicodeDecodeError:
            continue
        try:
            yield from (tuple(row) for row in csv.reader(io.StringIO(text, newline="")))
        except csv.Error as error:
            raise ListUnreadable(None, why=_("不是 csv 表格")) from error
        return
    raise ListUnreadable(None, why=_("不是 csv 表格"))
