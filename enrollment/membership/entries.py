"""One line of a roster as typed values, or the sentences that say what is wrong with it. No database."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.applications import id_numbers, names
from lms.accounts import phones
from lms.base import private
from lms.base.errors import Refused

# The template's heading first; the others stand in rosters that unions keep today.
HEADINGS: dict[str, tuple[str, ...]] = {
    "name": ("姓名", "会员姓名", "职工姓名"),
    "id_number": ("证件号码", "身份证号", "身份证号码", "身份证", "证件号", "公民身份号码"),
    "phone": ("手机号", "手机", "手机号码", "联系电话", "电话", "移动电话"),
    "since": ("入会日期", "入会时间", "入会年月", "入会年份"),
    "unit": ("所属工会", "工会", "工会名称", "基层工会", "所在工会", "单位工会"),
    "left_on": ("退会日期", "退会时间"),
}
_NEEDED = ("name",)
_AROUND = re.compile(r"[*(].*|\s")
_DATE = re.compile(
    r"(\d{4})(?:[年\-./](?:(\d{1,2})(?:[月\-./](?:(\d{1,2})日?)?)?)?)?(?: 00:00:00)?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})?")
_FIRST_YEAR = 1925  # of the All-China Federation of Trade Unions
# A spreadsheet keeps fifteen digits of a number: the rest of an ID number became zeros.
_DIGITS_KEPT = 15


class NoHeadings(Refused):
    """The first line does not say what stands in the columns."""

    sentence = gettext_lazy(
        "第一行没有认出表头。第一行要有“姓名”，还要有“证件号码”或“手机号”，最好直接用模板。"
    )
    status = 400


@dataclass(frozen=True)
class Entry:
    """What a line says; ``id_number`` and ``phone`` in their normal form, at most one empty."""

    name: str
    id_number: str
    phone: str
    since: date | None
    unit: str
    left_on: date | None

    @property
    def masked(self) -> str:
        """The number by which the person is known, as screens show it."""
        if self.id_number:
            return private.mask_id_number(self.id_number)
        return private.mask_phone(self.phone)

    def as_text(self) -> str:
        """For keeping it sealed."""
        return json.dumps(asdict(self), default=str, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> Entry:
        values = json.loads(text)
        for day in ("since", "left_on"):
            values[day] = date.fromisoformat(values[day]) if values[day] else None
        return cls(**values)


@dataclass(frozen=True)
class Reading:
    """One line read. ``problems`` are sentences; the entry is only to be used without any."""

    row_no: int
    entry: Entry
    problems: tuple[str, ...] = ()


def columns(heading: Sequence[Any]) -> dict[str, int]:
    """Which column holds what, by the words of the first line.

    Raises:
        NoHeadings: no column for the name, or none for any number.
    """
    said = [_AROUND.sub("", unicodedata.normalize("NFKC", str(cell or ""))) for cell in heading]
    found = {
        field: said.index(word)
        for field, words in HEADINGS.items()
        for word in reversed(words)
        if word in said
    }
    if any(field not in found for field in _NEEDED) or not {"id_number", "phone"} & found.keys():
        raise NoHeadings()
    return found


def read(row_no: int, cells: Sequence[Any], where: Mapping[str, int], *, today: date) -> Reading:
    """One line below the heading; every problem is said at once."""
    values = {
        field: cells[column] if column < len(cells) else None for field, column in where.items()
    }
    problems: list[str] = []
    name = _name(values.get("name"), problems)
    entry = Entry(
        name=name,
        id_number=_id_number(values.get("id_number"), problems),
        phone=_phone(values.get("phone"), problems),
        since=_day(values.get("since"), _("入会日期"), today, problems),
        unit=_text(values.get("unit"))[:100],
        left_on=_day(values.get("left_on"), _("退会日期"), today, problems),
    )
    if not problems and not entry.id_number and not entry.phone:
        problems.append(_("证件号码和手机号至少要有一个。"))
    if entry.since and entry.left_on and entry.left_on < entry.since:
        problems.append(_("退会日期早于入会日期。"))
    return Reading(row_no, entry, tuple(problems))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _name(value: Any, problems: list[str]) -> str:
    name = names.tidy(_text(value))
    if not name:
        problems.append(_("没有姓名。"))
    elif len(name) > names.MAX_LENGTH:
        problems.append(_("姓名超过 %(most)d 个字。") % {"most": names.MAX_LENGTH})
    return name[: names.MAX_LENGTH]


def _id_number(value: Any, problems: list[str]) -> str:
    if isinstance(value, int | float) and value >= 10**_DIGITS_KEPT:
        problems.append(
            _("证件号码存成了数字，后几位已经丢了。请把这一列设成“文本”，再照原件填一遍。")
        )
        return ""
    text = _text(value)
    if not text:
        return ""
    try:
        return id_numbers.parse(text).text
    except id_numbers.NotAnIdNumber as refusal:
        problems.append(str(refusal))
        return ""


def _phone(value: Any, problems: list[str]) -> str:
    text = _text(value)
    if not text:
        return ""
    try:
        return phones.normalise(text)
    except phones.NotAPhone:
        problems.append(_("手机号不是 11 位手机号码。"))
        return ""


def _day(value: Any, what: str, today: date, problems: list[str]) -> date | None:
    """A date however it was typed; a year or month alone is its first day."""
    text = _text(value)
    if not text:
        return None
    try:
        day = _as_date(value, text)
    except ValueError:
        problems.append(_("%(what)s看不懂，请写成 2019-05-01 或 2019 这样。") % {"what": what})
        return None
    if day > today:
        problems.append(_("%(what)s在今天以后。") % {"what": what})
    elif day.year < _FIRST_YEAR:
        problems.append(_("%(what)s太早，请再看一下年份。") % {"what": what})
    return day


def _as_date(value: Any, text: str) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    found = _COMPACT.fullmatch(text) or _DATE.fullmatch(unicodedata.normalize("NFKC", text))
    if found is None:
        raise ValueError(text)
    year, month, day = found.groups()
    return date(int(year), int(month or 1), int(day or 1))
