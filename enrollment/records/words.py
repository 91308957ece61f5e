"""What is missing for graduation, in words that the registrar can read out on the phone."""

from __future__ import annotations

from django.utils.translation import gettext as _

from enrollment.records.graduation import PASS, Missing
from lms.base import money


def missing(what: Missing) -> str:
    """One thing that is missing, as a sentence part; an unknown code shows as it is."""
    told = {"title": what.title, "n": what.figure, "pass": PASS}
    match what.code:
        case "on_leave":
            return _("休学中，先办复学")
        case "withdrawn":
            return _("已经退学")
        case "no_plan":
            return _("专业还没有课程")
        case "not_begun":
            return _("《%(title)s》还没开始学") % told
        case "units":
            return _("《%(title)s》还差 %(n)d 个学习单元") % told
        case "no_mark":
            return _("《%(title)s》还没有成绩") % told
        case "failed":
            return _("《%(title)s》%(n)d 分，不到 %(pass)d 分") % told
        case "meetings":
            return _("还差 %(n)d 次线下课") % told
        case "owed":
            return _("学费还欠 %(amount)s 元") % {"amount": money.yuan(what.figure)}
    return f"{what.code} {what.figure}"
