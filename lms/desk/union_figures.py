"""Rollups by union, occupation, programme, station and month; classes side by side; the rule explained; reports."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from enrollment.completion import month_reports, rules, scope
from enrollment.completion.desk_models import BackTest, MonthReport
from enrollment.completion.models import MonthTally
from enrollment.completion.scope import READERS
from lms.accounts import policies
from lms.base import audit, clock
from lms.base.storage import private_files
from lms.desk import choosing, completion
from lms.desk.completion import Completion, Figures

_PEOPLE = {
    "enterprise": completion.by_enterprise,
    "occupation": completion.by_occupation,
    "programme": completion.by_programme,
}


@policies.roles(*READERS)
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """One rollup as a table with bars."""
    found = choosing.must_choose(request)
    by = request.GET.get("by", "enterprise")
    if by not in completion.ROLLUPS:
        raise Http404
    names = {
        "enterprise": _("工会"), "occupation": _("职业"), "programme": _("专业"),
        "station": _("驿站"), "month": _("月份"),
    }  # fmt: skip
    context = {
        **choosing.frame(found, "union_figures"),
        "by": by,
        "name": names[by],
        "choices": [
            {
                "label": names[key],
                "url": choosing.address("union_figures", found.cohort, by=key),
                "current": key == by,
            }
            for key in completion.ROLLUPS
        ],
        **_table(found, by, names[by]),
    }
    return render(request, "lms/desk/union_figures.html", context)


def _table(found: Completion, by: str, name: str) -> dict[str, Any]:
    def number(label: str) -> dict[str, Any]:
        return {"label": label, "numeric": True}

    if by == "station":
        rows = completion.by_station(found)
        bars = [{"label": label, "value": n} for label, n in rows]
        return {"bars": bars, "bars_label": _("到课人次"), "columns": [], "rows": []}
    if by == "month":
        columns = [{"label": name}, *(number(str(label)) for label in MonthTally.Figure.labels)]
        lines: list[list[Any]] = [
            [f"{month:%Y-%m}", *(counts[figure] for figure in MonthTally.Figure.values)]
            for month, counts in completion.by_month(found)
        ]
        return {"bars": [], "columns": columns, "rows": lines}
    people = [
        (label or _("未填写"), sums) for label, sums in _PEOPLE[by](found) if sums["students"]
    ]
    bars = [
        {"label": label, "value": sums["finished"], "total": sums["students"]}
        for label, sums in people
    ]
    told = [people_line(label, sums) for label, sums in people]
    return {
        "bars": bars,
        "bars_label": _("完成／学员"),
        "columns": people_columns(name),
        "rows": told,
    }


def people_columns(name: str) -> list[dict[str, Any]]:
    """Headings of a table of people by their standing; ``name`` is of what each line is about."""
    figures = (
        _("学员"), _("完成"), _("正常"), _("落后"), _("未开始"), _("休学"), _("平均完成率"),
    )  # fmt: skip
    return [{"label": name}, *({"label": label, "numeric": True} for label in figures)]


def people_line(label: str, sums: Figures) -> list[Any]:
    """A line of such a table."""
    states = [sums[state] for state in ("finished", "on_track", "behind", "waiting", "away")]
    return [label, sums["students"], *states, f"{completion.mean_percent(sums)}%"]


@policies.roles(*READERS)
@require_safe
def cohorts(request: HttpRequest) -> HttpResponse:
    """Class against class: how far each is, and how quickly it came there."""
    found = choosing.must_choose(request)
    pace = completion.courses_by_month(found)
    context = {
        **choosing.frame(found, "union_cohorts"),
        "lines": [
            {
                "label": row.cohort.name,
                "values": pace[row.cohort.pk],
                "current": row.cohort.pk == found.cohort.pk,
            }
            for row in found.compared
        ],
        "columns": [
            {"label": _("班级")}, *({"label": label, "numeric": True} for label in (
                _("学员"), _("完成"), _("落后"), _("平均完成率"), _("还需小时／人"),
            )),
        ],
        "rows": [
            [
                {"text": row.cohort.name, "url": choosing.address("union", row.cohort)},
                row.figures["students"],
                row.figures["finished"],
                row.figures["behind"],
                f"{row.mean_percent}%",
                round(row.figures["minutes_left"] / 60 / row.figures["students"]),
            ]
            for row in found.compared
        ],
    }  # fmt: skip
    return render(request, "lms/desk/union_cohorts.html", context)


@policies.roles(*READERS)
@require_safe
def explained(request: HttpRequest) -> HttpResponse:
    """The rule in words, its thresholds, and how often they were right in classes that are over."""
    found = choosing.must_choose(request)
    over = BackTest.objects.filter(cohort__in=[cohort.pk for cohort in found.beside])
    context = {
        **choosing.frame(found, "union_rules"),
        "version": found.cohort.completion_rule,
        "silent_days": rules.SILENT_DAYS,
        "slack": round(rules.SLACK * 100),
        "meetings": found.cohort.completion_rule != "v1",
        "tests": [
            _tested(test) for test in over.select_related("cohort").order_by("-cohort__ends_on")
        ],
    }
    return render(request, "lms/desk/union_rules.html", context)


def _tested(test: BackTest) -> dict[str, Any]:
    unfinished = test.students - test.finished
    signs = {"silent_days": _("连续不学满 %(n)d 天"), "short_percent": _("比匀速慢 %(n)d%% 以上")}
    used = {"silent_days": rules.SILENT_DAYS, "short_percent": round(rules.SLACK * 100)}
    rows = []
    for row in test.rows:
        flagged, right = row["flagged"], row["unfinished"]
        in_use = row["threshold"] == used[row["sign"]]
        label = signs[row["sign"]] % {"n": row["threshold"]}
        rows.append(
            [
                {"text": label, "note": _("正在用")} if in_use else label,
                flagged,
                right,
                _share(right, flagged),
                _share(right, unfinished),
            ]
        )
    return {
        "cohort": test.cohort.name,
        "students": test.students,
        "finished": test.finished,
        "unfinished": unfinished,
        "day": f"{clock.local_date(test.at):%Y-%m-%d}",
        "rows": rows,
        "columns": [
            {"label": _("预警线")}, *({"label": label, "numeric": True} for label in (
                _("被提醒的人"), _("其中没有毕业"), _("提醒得对"), _("没毕业的人里抓到"),
            )),
        ],
    }  # fmt: skip


def _share(part: int, whole: int) -> str:
    return f"{completion.percent(part, whole)}%" if whole else "–"


# ---------------------------------------------------------------- reports


@policies.roles(*READERS)
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """The archive of monthly reports, as far as the person's units reach."""
    found = choosing.must_choose(request)
    archived = month_reports.reports_in(found.scope, found.cohort)
    context = {
        **choosing.frame(found, "union_reports"),
        "past_url": choosing.address("union_past", found.cohort),
        "reports": [
            {
                "uuid": report.uuid,
                "title": f"{report.month:%Y-%m} {report.org_unit.name}",
                "when": f"{clock.local(report.at):%Y-%m-%d %H:%M}",
                "ready": bool(report.pdf),
                "sha256": report.facts_sha256[:16],
                "intact": month_reports.is_intact(report),
            }
            for report in archived[:60]
        ],
    }
    return render(request, "lms/desk/union_reports.html", context)


@policies.roles(*READERS)
@require_safe
@never_cache
def report_file(request: HttpRequest, uuid: UUID) -> FileResponse:
    """The PDF of a report; who took it along is an audit row."""
    user = choosing.person(request)
    within = MonthReport.objects.filter(scope.of(user).rows()).exclude(pdf="")
    report = get_object_or_404(within.select_related("cohort", "org_unit"), uuid=uuid)
    with transaction.atomic():
        audit.record("month_report.taken", by=user, on=report, at=clock.now())
    name = f"{report.cohort.name}-{report.org_unit.short_name}-{report.month:%Y-%m}.pdf"
    return FileResponse(
        private_files().open(report.pdf), filename=name, content_type="application/pdf"
    )
