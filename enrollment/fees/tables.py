"""The workbook for finance: students with their sums, and every line of both ledgers."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from enrollment.fees.models import FeeEntry, FundEntry
from enrollment.registry.models import Student
from lms.base import clock
from lms.base.workbook import Sheet, sheets

Kind = FeeEntry.Kind


def finance(students: QuerySet[Student]) -> bytes:
    """Amounts in yuan; the first column (student numbers) is text whatever is typed into it."""
    listed = list(students.select_related("org_unit", "cohort").order_by("student_no"))
    lines = list(FeeEntry.objects.filter(student__in=students).select_related("student"))
    paid = list(
        FundEntry.objects.filter(student__in=students).select_related(
            "student", "instalment", "org_unit"
        )
    )
    sums: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for line in lines:
        sums[line.student_id][line.kind] += line.amount_fen
        sums[line.student_id]["balance"] += line.amount_fen
    for entry in paid:
        sums[entry.student_id]["fund"] += entry.amount_fen
    return sheets(
        [
            Sheet(
                _("学员"),
                _columns(
                    _("学号"), _("姓名"), _("班级"), _("工会"), _("状态"), _("学费"), _("工会资助"),
                    _("院校减免"), _("个人缴费"), _("更正"), _("还欠"), _("工会已拨付"),
                ),
                [_student(each, sums[each.pk]) for each in listed],
            ),
            Sheet(
                _("学费明细"),
                _columns(_("学号"), _("姓名"), _("日期"), _("种类"), _("金额"), _("流水号"), _("备注")),
                [
                    [
                        line.student.student_no, line.student.name, _day(line),
                        line.get_kind_display(), line.amount_fen / 100,
                        line.reference or "", line.note,
                    ]
                    for line in lines
                ],
            ),
            Sheet(
                _("拨付明细"),
                _columns(_("学号"), _("姓名"), _("日期"), _("期次"), _("金额"), _("当时已学（%）"), _("工会")),
                [
                    [
                        entry.student.student_no, entry.student.name, _day(entry),
                        entry.instalment.no, entry.amount_fen / 100, entry.percent,
                        entry.org_unit.name,
                    ]
                    for entry in paid
                ],
            ),
        ],
        as_text=1,
    )  # fmt: skip


def _columns(*headings: str) -> list[tuple[str, int]]:
    return [(heading, 16) for heading in headings]


def _student(student: Student, sums: dict[str, int]) -> list[str | int | float]:
    money = [sums[kind] / 100 for kind in Kind.values] + [sums["balance"] / 100, sums["fund"] / 100]
    words = [student.name, student.cohort.name, student.org_unit.name, student.get_status_display()]
    return [student.student_no, *words, *money]


def _day(row: FeeEntry | FundEntry) -> str:
    return f"{clock.local(row.at):%Y-%m-%d}"
