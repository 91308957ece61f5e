"""Figures of a past day, derived again from the ledger; a report's figures beside what they give today."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from enrollment.completion import month_reports, past, scope, tallies
from enrollment.completion.desk_models import MonthReport
from enrollment.completion.rebuilding import Picture
from enrollment.completion.scope import READERS, Scope
from lms.accounts import policies
from lms.base import clock
from lms.desk import choosing, completion, union_figures
from lms.desk.completion import Figures
from lms.desk.forms import PastDayForm


@policies.roles(*READERS)
@require_safe
@never_cache
def past_day(request: HttpRequest) -> HttpResponse:
    """The class as it stood on a day, district by district. Reads the ledger, no rollup."""
    found = choosing.must_choose(request)
    now, today = found.at, clock.local_date(found.at)
    form = PastDayForm(
        request.GET if "day" in request.GET else None, first=found.cohort.starts_on, today=today
    )
    context: dict[str, Any] = {
        **choosing.frame(found, "union_reports"),
        "form": form,
    }
    if form.is_valid():
        at = min(now, clock.end_of_day(form.cleaned_data["day"]))
        picture = past.picture(found.cohort, at=at)
        context |= {"moment": _moment(at), **_table(picture, found.scope)}
    status = 400 if form.errors else 200
    return render(request, "lms/desk/union_past.html", context, status=status)


def _moment(at: datetime) -> str:
    return f"{clock.local(at):%Y-%m-%d %H:%M}"


def _table(picture: Picture, reach: Scope) -> dict[str, Any]:
    sums: dict[int, Figures] = defaultdict(completion.nothing)
    whole = completion.nothing()
    for (_cohort, unit, _programme, _work), figures in picture.cells.items():
        if unit not in reach.units:
            continue
        told = {f"sum_{name}": n for name, n in zip(tallies.FIGURES, figures, strict=True)}
        completion.plus(sums[reach.district_of(reach.units[unit]).pk], told)
        completion.plus(whole, told)
    units = sorted((reach.units[pk] for pk in sums), key=lambda unit: unit.code)
    rows = [union_figures.people_line(unit.name, sums[unit.pk]) for unit in units]
    rows.append(union_figures.people_line(_("合计"), whole))
    return {"columns": union_figures.people_columns(_("工会")), "rows": rows}


@policies.roles(*READERS)
@require_safe
@never_cache
def report_again(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Every figure of a monthly report beside what the ledger gives for its moment now."""
    within = MonthReport.objects.filter(scope.of(choosing.person(request)).rows())
    report = get_object_or_404(within.select_related("cohort", "org_unit"), uuid=uuid)
    lines = month_reports.derive_again(report)
    context = {
        "cohort": report.cohort,
        "title": f"{report.month:%Y-%m} {report.org_unit.name}",
        "moment": _moment(report.at),
        "intact": month_reports.is_intact(report),
        "different": sum(line.frozen != line.derived for line in lines),
        "columns": [
            {"label": _("数字")},
            {"label": _("月报"), "numeric": True},
            {"label": _("重新推算"), "numeric": True},
        ],
        "rows": [
            [
                line.label,
                line.frozen,
                line.derived
                if line.frozen == line.derived
                else {"text": line.derived, "tone": "warn"},
            ]
            for line in lines
        ],
        "reports_url": choosing.address("union_reports", report.cohort),
    }
    return render(request, "lms/desk/union_report_again.html", context)
