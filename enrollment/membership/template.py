"""The workbook that officers fill in: the columns, the units' names, and how to write things."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from enrollment.membership.entries import HEADINGS
from lms.accounts.models import OrgUnit
from lms.base.workbook import Sheet, sheets

_WIDTHS = {"name": 14, "id_number": 24, "phone": 16, "since": 14, "unit": 28, "left_on": 14}


def template(units: Iterable[OrgUnit]) -> bytes:
    """An empty roster with a list of ``units`` and a page of advice, as .xlsx.

    The headings stay Chinese in every language: they are what the import looks for.
    """
    columns = [(words[0], _WIDTHS[field]) for field, words in HEADINGS.items()]
    named = [
        (unit.name, unit.short_name, str(unit.get_kind_display()))
        for unit in units
        if unit.kind != OrgUnit.Kind.CITY
    ]
    return sheets(
        [
            Sheet(_("会员名册"), columns, []),
            Sheet(_("工会名单"), [(_("名称"), 30), (_("简称"), 14), (_("层级"), 14)], named),
            Sheet(_("填写说明"), [(_("列"), 14), (_("怎么填"), 70)], _advice()),
        ],
        # Excel would round an ID number to fifteen digits.
        as_text=len(columns),
    )


def _advice() -> list[tuple[str, str]]:
    return [
        ("姓名", _("必填，和身份证上一样。")),
        ("证件号码", _("18 位，存成文本。证件号码和手机号至少填一个，最好两个都填。")),
        ("手机号", _("11 位。")),
        ("入会日期", _("2019-05-01、2019年5月 或 2019 都可以，不知道就空着。")),
        ("所属工会", _("照“工会名单”填全称或简称。区工会导入时空着就是本区直属。")),
        ("退会日期", _("只有已经退会的人填。")),
        (_("再导入一次"), _("同一个人按证件号码认，不会重复；空着的格子不会改掉原来的内容。")),
    ]
