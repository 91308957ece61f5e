"""The union's units: the city federation, its districts, the enterprise unions below them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.validators import slug_re
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.accounts.models import OrgUnit, User
from lms.base import audit, sheets
from lms.base.errors import Refused

COLUMNS = (
    gettext_lazy("代码"),
    gettext_lazy("名称"),
    gettext_lazy("简称"),
    gettext_lazy("类别"),
    gettext_lazy("上级代码"),
)
FIELDS = ("code", "name", "short_name", "kind", "parent")
MOST = 5000
Kind = OrgUnit.Kind
# What stands above what: districts below the city, enterprise unions below a district or the city.
_ABOVE = {Kind.CITY: (None,), Kind.DISTRICT: (Kind.CITY,), Kind.ENTERPRISE: (Kind.DISTRICT, Kind.CITY)}  # fmt: skip


class WrongPlace(Refused):
    sentence = gettext_lazy("上级不对：区工会的上级是市总工会，企业工会的上级是区工会或市总工会。")


class WrongCode(Refused):
    # A unit's page has the code in its address.
    sentence = gettext_lazy("代码 %(code)s 不能用：代码里只能有字母、数字、横线和下划线。")


class SecondCity(Refused):
    sentence = gettext_lazy("市总工会已经有了，一个系统只有一个。")


@dataclass
class Line:
    """One row of a workbook and what is wrong with it; ``unit`` is what would be written."""

    number: int
    values: dict[str, str]
    faults: list[str] = field(default_factory=list)


@transaction.atomic
def keep(
    *,
    code: str,
    name: str,
    short_name: str,
    kind: str,
    parent: OrgUnit | None,
    by: User | None,
    at: datetime,
) -> OrgUnit:
    """Make the unit of this code, or bring the one that is there up to what is said.

    Raises:
        WrongCode, WrongPlace, SecondCity.
    """
    if not slug_re.match(code):
        raise WrongCode(code=code)
    if (parent.kind if parent else None) not in _ABOVE[Kind(kind)]:
        raise WrongPlace(code)
    if kind == Kind.CITY and OrgUnit.objects.filter(kind=Kind.CITY).exclude(code=code).exists():
        raise SecondCity(code)
    unit = OrgUnit.objects.filter(code=code).first()
    before = (unit.name, unit.short_name, unit.kind, unit.parent_id) if unit else None
    after = (name, short_name, kind, parent.pk if parent else None)
    if unit is not None and before == after:
        return unit
    moved = unit is not None and unit.parent_id != after[3]
    unit = unit or OrgUnit(code=code)
    old_path = unit.path
    unit.name, unit.short_name, unit.kind, unit.parent = name, short_name, kind, parent
    unit.save()
    if moved:
        _move_below(old_path, unit.path)
    audit.record("unit.kept", by=by, on=unit, at=at, data={"code": code, "name": name})
    return unit


def _move_below(old: str, new: str) -> None:
    """What lies below goes with it: scopes are read from paths."""
    for below in OrgUnit.objects.filter(path__startswith=old).exclude(path=new):
        OrgUnit.objects.filter(pk=below.pk).update(path=new + below.path.removeprefix(old))


def read(content: bytes) -> list[Line]:
    """The rows of a workbook, judged together: a parent may stand in the same file.

    Raises:
        sheets.NotAWorkbook: it cannot be read, or its first row has not our headings.
    """
    lines = list(_lines(content))
    known = dict(OrgUnit.objects.values_list("code", "kind"))
    coming = {line.values["code"]: line.values["kind"] for line in lines}
    seen: set[str] = set()
    for line in lines:
        line.faults += _faults(line.values, known | coming, seen)
        seen.add(line.values["code"])
    return lines


def _lines(content: bytes) -> Iterator[Line]:
    kinds = {str(label): value for value, label in Kind.choices}
    names = dict(zip(FIELDS, map(str, COLUMNS), strict=True))
    rows = sheets.rows(content, most_rows=MOST)
    _number, headings = next(rows)
    places = {str(heading or "").strip(): place for place, heading in enumerate(headings)}
    if missing := [column for column in names.values() if column not in places]:
        raise sheets.NoHeadings(missing=_("、").join(missing))
    for number, cells in rows:
        values = {name: _text(cells, places[column]) for name, column in names.items()}
        values["kind"] = kinds.get(values["kind"], values["kind"])
        yield Line(number, values)


def _text(cells: list[Any], place: int) -> str:
    value = cells[place] if place < len(cells) else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a code typed as a number
    return "" if value is None else str(value).strip()


def _faults(values: dict[str, str], kinds: dict[str, str], seen: set[str]) -> Iterator[str]:
    for name, column, most in (("code", COLUMNS[0], 12), ("name", COLUMNS[1], 100), ("short_name", COLUMNS[2], 20)):  # fmt: skip
        if not values[name]:
            yield _("“%(column)s”没有填。") % {"column": column}
        elif len(values[name]) > most:
            yield _("“%(column)s”太长，最多 %(most)d 个字。") % {"column": column, "most": most}
    if values["code"] and not slug_re.match(values["code"]):
        yield str(WrongCode(code=values["code"]))
    if values["code"] in seen:
        yield _("代码 %(code)s 在前面的行里已经有了。") % {"code": values["code"]}
    if values["kind"] not in Kind.values:
        yield _("类别写：%(kinds)s。") % {
            "kinds": _("、").join(str(label) for label in Kind.labels)
        }
        return
    above = kinds.get(values["parent"]) if values["parent"] else None
    if values["parent"] and above is None:
        yield _("找不到上级代码 %(code)s。") % {"code": values["parent"]}
    elif above not in _ABOVE[Kind(values["kind"])] or values["parent"] == values["code"]:
        yield str(WrongPlace(values["code"]))


@transaction.atomic
def take_in(lines: list[Line], *, by: User, at: datetime) -> int:
    """Write all rows or none; the highest first, so that every parent is there."""
    order = {Kind.CITY: 0, Kind.DISTRICT: 1, Kind.ENTERPRISE: 2}
    for line in sorted(lines, key=lambda one: order[Kind(one.values["kind"])]):
        values: dict[str, Any] = dict(line.values)
        parent = values.pop("parent")
        above = OrgUnit.objects.get(code=parent) if parent else None
        keep(**values, parent=above, by=by, at=at)
    return len(lines)
