"""The class in figures, for everybody and for the press."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enrollment.registry import public_figures
from lms.accounts import policies
from lms.base import clock
from lms.base.money import yuan


@policies.public
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Sums; what would be about a few people is not said."""
    known = public_figures.figures(clock.now())
    paid = None if known.paid_fen is None else yuan(known.paid_fen)
    columns: list[dict[str, Any]] = [{"label": _("班级")}, {"label": _("各专业")}]
    columns += [{"label": each, "numeric": True} for each in (_("学员"), _("已完成"))]
    context = {
        "stats": [
            {"label": _("在册学员"), "figure": _said(known.students), "unit": _("人")},
            {"label": _("完成学业"), "figure": _said(known.finished), "unit": _("人")},
            {"label": _("修完的课程"), "figure": _said(known.courses), "unit": _("门次")},
            {"label": _("工会已资助"), "figure": _said(paid), "unit": _("元")},
        ],
        "columns": columns,
        "rows": [
            [
                each.cohort.name,
                _("，").join(f"{title} {_said(count)}" for title, count in each.programmes),
                _said(each.students),
                _said(each.finished),
            ]
            for each in known.classes
        ],
        "least": public_figures.LEAST,
    }
    return render(request, "enrollment/figures.html", context)


def _said(figure: int | str | None) -> str:
    return "–" if figure is None else str(figure)
