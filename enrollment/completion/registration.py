"""The registration table that a college takes in: its own columns, filled from the roll by a layout.

Codes follow GB/T 2261.1 (sex), GB/T 2260 (division), GB/T 3304 (ethnicity) and GB 11643 (ID number).
What the roll does not know (ethnicity, numbers the college gives) stays empty or has a fixed value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.applications import id_numbers
from enrollment.completion.desk_models import RegistrationLayout
from enrollment.completion.scope import Scope
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import User
from lms.base import audit
from lms.base.errors import Refused
from lms.base.tables import Column, Value

MOST_COLUMNS = 40
_WIDE = 18


@dataclass(frozen=True)
class Source:
    """What may fill a column: its name on the form and how it is read off a student."""

    label: str | Promise
    read: Callable[[Student], str]


def _identity(student: Student) -> id_numbers.IdNumber | None:
    try:
        return id_numbers.parse(student.id_number.plain())
    except id_numbers.NotAnIdNumber:
        return None


def _sex(student: Student) -> str:
    """GB/T 2261.1 off the 17th digit: odd is male."""
    known = _identity(student)
    if known is None or len(known.text) != 18:
        return ""
    return "1" if int(known.text[16]) % 2 else "2"


def _sex_word(student: Student) -> str:
    return {"1": "男", "2": "女"}.get(_sex(student), "")


def _born(student: Student) -> str:
    known = _identity(student)
    return f"{known.born_on:%Y%m%d}" if known else ""


def _division(student: Student) -> str:
    """GB/T 2260 of the district whose union the student belongs to."""
    unit = student.org_unit
    while unit.kind == unit.Kind.ENTERPRISE and unit.parent is not None:
        unit = unit.parent
    return unit.code


SOURCES: dict[str, Source] = {
    "": Source(_("固定内容"), lambda student: ""),
    "college": Source(_("院校名称"), lambda student: student.cohort.college),
    "application_no": Source(_("报名号"), lambda s: getattr(s, "application_no", None) or ""),
    "student_no": Source(_("学号"), lambda student: student.student_no),
    "name": Source(_("姓名"), lambda student: student.name),
    "sex": Source(_("性别代码（GB/T 2261.1）"), _sex),
    "sex_word": Source(_("性别"), _sex_word),
    "born": Source(_("出生日期（8 位）"), _born),
    "id_number": Source(_("证件号码（GB 11643）"), lambda student: student.id_number.plain()),
    "programme": Source(_("专业名称"), lambda student: student.programme.title),
    "programme_code": Source(_("专业代号"), lambda student: student.programme.code),
    "class": Source(_("班级"), lambda student: student.cohort.slug),
    "level": Source(_("层次"), lambda student: student.programme.level),
    "years": Source(_("学制（年）"), lambda student: f"{student.programme.years.normalize():f}"),
    "entered": Source(_("入学日期（8 位）"), lambda s: f"{s.cohort.starts_on:%Y%m%d}"),
    "division": Source(_("行政区划代码（GB/T 2260）"), _division),
    "union": Source(_("所属工会"), lambda student: student.org_unit.name),
    "occupation": Source(_("职业"), lambda student: student.occupation),
    "status": Source(_("学籍状态"), lambda student: str(student.get_status_display())),
}

# The eighteen columns of a provincial registration table: code of the field, what fills it, fixed value.
USUAL: tuple[tuple[str, str, str], ...] = (
    ("YXMC", "college", ""), ("YXDM", "", ""), ("KSH", "application_no", ""),
    ("XH", "student_no", ""), ("XM", "name", ""), ("XB", "sex", ""), ("CSRQ", "born", ""),
    ("SFZH", "id_number", ""), ("MZ", "", ""), ("ZYMC", "programme", ""), ("FY", "", ""),
    ("XSH", "", ""), ("BH", "class", ""), ("CC", "level", ""), ("XXXS", "", "业余"),
    ("XZ", "years", ""), ("RXRQ", "entered", ""), ("BZ", "status", ""),
)  # fmt: skip
MEANINGS: dict[str, str | Promise] = {
    "YXMC": _("院校名称"), "YXDM": _("院校代码"), "KSH": _("考生号"), "XH": _("学号"),
    "XM": _("姓名"), "XB": _("性别代码"), "CSRQ": _("出生日期"), "SFZH": _("身份证号"),
    "MZ": _("民族代码（GB/T 3304）"), "ZYMC": _("专业名称"), "FY": _("分院"), "XSH": _("系（所）号"),
    "BH": _("班号"), "CC": _("层次"), "XXXS": _("学习形式"), "XZ": _("学制"),
    "RXRQ": _("入学日期"), "BZ": _("备注"),
}  # fmt: skip


class NoSuchColumn(Refused):
    """A layout names what the roll does not have."""

    sentence = _("第 %(line)d 列没有填列名，或选了不存在的内容，请检查。")
    status = 400


def layout_of(college: str) -> list[dict[str, str]]:
    """The columns of a college; the usual eighteen until somebody changes them."""
    kept = RegistrationLayout.objects.filter(college=college).first()
    if kept is not None:
        return list(kept.columns)
    return [{"heading": h, "source": source, "fixed": fixed} for h, source, fixed in USUAL]


@transaction.atomic
def keep_layout(
    college: str, columns: Sequence[Mapping[str, Any]], *, by: User, at: datetime
) -> RegistrationLayout:
    """The college's columns from now on.

    Raises:
        NoSuchColumn: a line without a heading, or filled from nothing that is known.
    """
    tidy = []
    for line, column in enumerate(columns[:MOST_COLUMNS], start=1):
        heading, source = str(column["heading"]).strip()[:40], str(column["source"])
        if not heading or source not in SOURCES:
            raise NoSuchColumn(line=line)
        tidy.append({"heading": heading, "source": source, "fixed": str(column["fixed"])[:60]})
    kept, _new = RegistrationLayout.objects.update_or_create(
        college=college, defaults={"columns": tidy, "changed_at": at}
    )
    audit.record("registration.layout_changed", by=by, on=kept, at=at, data={"columns": tidy})
    return kept


def table(cohort: Cohort, scope: Scope) -> tuple[Sequence[Column], Iterable[Sequence[Value]]]:
    """Everybody on the roll, all columns as text."""
    layout = layout_of(cohort.college)
    columns = [Column(column["heading"], _WIDE, text=True) for column in layout]
    return columns, _rows(cohort, scope, layout)


def _rows(
    cohort: Cohort, scope: Scope, layout: Sequence[Mapping[str, str]]
) -> Iterator[Sequence[Value]]:
    from enrollment.completion.roll_tables import batches

    readers = [SOURCES[column["source"]].read for column in layout]
    fixed = [column["fixed"] for column in layout]
    for keys in batches(cohort, scope):
        rows = (
            Student.objects.filter(pk__in=keys)
            .select_related("cohort", "programme", "org_unit__parent__parent", "place__application")
            .order_by("student_no")
        )
        for student in rows:
            student.application_no = _application_no(student)  # type: ignore[attr-defined]
            yield [read(student) or value for read, value in zip(readers, fixed, strict=True)]


def _application_no(student: Student) -> str:
    application = getattr(student.place, "application", None)
    return application.number or "" if application else ""
