"""The union's report of a month: figures frozen in a row first, then printed from the row.

The figures are derived from the ledger as it was at the report's moment, so that they can be derived again
in three years and compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import override

from enrollment.completion import ledger, past, tallies
from enrollment.completion.desk_models import MonthReport
from enrollment.completion.models import (
    Call,
    DayTally,
    MonthTally,
    Reconciliation,
    StandingTally,
)
from enrollment.completion.rebuilding import Picture
from enrollment.completion.scope import Scope
from enrollment.registry.models import Cohort
from lms.accounts.models import OrgUnit
from lms.base import audit, clock
from lms.base.jobs import api as jobs
from lms.base.storage import private_files

PRINT = "completion.print_month_report"
TEMPLATE = "month-report-1"
# A report that nobody asked for in time is not made up later.
DUE_DAYS = 10
_SUMS = [f"sum_{name}" for name in tallies.FIGURES]


def reports_in(scope: Scope, cohort: Cohort) -> Any:
    """The archive as far as somebody sees; a report of a unit shows what lies below it."""
    return MonthReport.objects.filter(scope.rows(), cohort=cohort).select_related("org_unit")


def units_reporting(cohort: Cohort) -> list[OrgUnit]:
    """The city, and every district with members in the class."""
    unit = cohort.city
    below = OrgUnit.objects.filter(kind=OrgUnit.Kind.DISTRICT, path__startswith=unit.path)
    paths = set(
        StandingTally.objects.filter(cohort=cohort)
        .order_by()
        .values_list("org_unit__path", flat=True)
    )
    return [unit, *(d for d in below if any(path.startswith(d.path) for path in paths))]


def month_before(at: datetime) -> date:
    """The first day of the month before the local one."""
    first = clock.local_date(at).replace(day=1)
    return (first - timedelta(days=1)).replace(day=1)


def freeze_due(*, at: datetime) -> int:
    """Freeze last month's report of every running class and unit; returns how many are new."""
    if clock.local_date(at).day > DUE_DAYS:
        return 0
    month = month_before(at)
    # Of last midnight: nothing that was written before it is still under way.
    until = clock.start_of_day(clock.local_date(at))
    running = Cohort.objects.filter(
        starts_on__lt=clock.local_date(at).replace(day=1),
        ends_on__gte=month,
        students__isnull=False,
    )
    new = 0
    for cohort in running.distinct().select_related("city"):
        units = units_reporting(cohort)
        made = MonthReport.objects.filter(cohort=cohort, month=month, org_unit__in=units).count()
        if made == len(units):
            continue
        picture = past.picture(cohort, at=until)
        for unit in units:
            new += freeze(cohort, unit, month, at=until, picture=picture)[1]
    return new


@transaction.atomic
def freeze(
    cohort: Cohort, unit: OrgUnit, month: date, *, at: datetime, picture: Picture | None = None
) -> tuple[MonthReport, bool]:
    """The report of a month, its figures as they stood at that moment; once made it stays as it is.

    Args:
        picture: of that moment, where it is known already.
    """
    known = MonthReport.objects.filter(cohort=cohort, org_unit=unit, month=month).first()
    if known is not None:
        return known, False
    with override("zh-hans"):
        known_then = picture or past.picture(cohort, at=at)
        facts = facts_of(cohort, unit, month, known_then, at=at)
    # The dates of a class may be moved later, and the pace is judged by them.
    facts["days"] = [day.isoformat() for day in past.days_of(cohort, at=at)]
    text = ledger.canonical(facts)
    report, new = MonthReport.objects.get_or_create(
        cohort=cohort,
        org_unit=unit,
        month=month,
        defaults={"at": at, "facts": facts, "facts_sha256": ledger.digest(text)},
    )
    if new:
        audit.record("month_report.frozen", by=None, on=report, at=at)
        jobs.enqueue(PRINT, key=f"{PRINT}:{report.uuid}", payload={"report": str(report.uuid)})
    return report, new


def print_report(report: MonthReport) -> None:
    """Set the PDF from the frozen figures; the same row gives the same bytes."""
    from enrollment.letters import press

    pdf = press.typesetter().set_pages(TEMPLATE, report.facts, at=report.at)
    name = f"month-reports/{report.uuid}.pdf"
    if private_files().exists(name):
        private_files().delete(name)
    private_files().save(name, ContentFile(pdf))
    MonthReport.objects.filter(pk=report.pk).update(pdf=name)


def is_intact(report: MonthReport) -> bool:
    """Whether the figures are those that were frozen."""
    return ledger.digest(ledger.canonical(report.facts)) == report.facts_sha256


# ---------------------------------------------------------------- figures


def facts_of(
    cohort: Cohort, unit: OrgUnit, month: date, picture: Picture, *, at: datetime
) -> dict[str, Any]:
    """Everything that the report prints, as plain values. No names of people."""
    scope = Scope({u.pk: u for u in OrgUnit.objects.filter(path__startswith=unit.path)})
    last = Reconciliation.objects.first()
    return {
        "title": _("%(cohort)s 学习月报") % {"cohort": cohort.name},
        "unit": unit.name,
        "month": _("%(year)d 年 %(month)d 月") % {"year": month.year, "month": month.month},
        "until": _moment(at),
        "rule": cohort.completion_rule,
        "checked": _checked(last),
        **derived(scope, month, picture),
        "weeks": _weeks(cohort, scope, at),
        "calls": _calls(cohort, scope, month),
        "words": {
            "overview": _("总体情况"), "mean": _("平均完成率"), "districts": _("各区情况"),
            "unit": _("工会"), "students": _("学员"), "finished": _("完成"), "behind": _("落后"),
            "share": _("平均完成率"), "weeks": _("近十二周学习时间（小时）"), "month": _("本月"),
            "occupations": _("各职业情况"), "occupation": _("职业"), "calls": _("本月联系学员"),
            "table": _("图中数据"), "week": _("周（从周一起）"), "hours": _("小时"),
            "people": _("人"), "footer": _("数据截至 %(until)s") % {"until": _moment(at)},
        },
    }  # fmt: skip


def derived(scope: Scope, month: date, picture: Picture) -> dict[str, Any]:
    """Those figures of the report that the ledger and the roll alone decide."""
    cells = [
        {"org_unit_id": unit, "occupation": occupation, **dict(zip(_SUMS, figures, strict=True))}
        for (_cohort, unit, _programme, occupation), figures in picture.cells.items()
        if unit in scope.units
    ]
    whole = _sum(cells)
    return {
        "figures": [
            {"label": _("在册学员"), "value": whole["students"]},
            {"label": _("已完成"), "value": whole["finished"]},
            {"label": _("正常"), "value": whole["on_track"]},
            {"label": _("落后"), "value": whole["behind"]},
            {"label": _("未开始"), "value": whole["waiting"]},
            {"label": _("休学"), "value": whole["away"]},
        ],
        "percent": _percent(whole),
        "districts": _districts(cells, scope),
        "occupations": _by(cells, "occupation"),
        "month_figures": _month_figures(scope, month, picture),
    }


@dataclass(frozen=True)
class Again:
    """One figure of a report and what the ledger gives for it today."""

    label: str
    frozen: float
    derived: float


def derive_again(report: MonthReport) -> list[Again]:
    """The figures of a report, each derived once more from the ledger as it was at its moment."""
    scope = Scope({u.pk: u for u in OrgUnit.objects.filter(path__startswith=report.org_unit.path)})
    picture = past.picture(report.cohort, at=report.at, days=_days(report))
    with override("zh-hans"):
        facts = derived(scope, report.month, picture)
        frozen, again = _flat(report.facts), _flat(facts)
    return [Again(label, frozen.get(label, 0), again.get(label, 0)) for label in frozen | again]


def _days(report: MonthReport) -> past.Days | None:
    """The class's dates as they were frozen; reports of the first edition have none."""
    if "days" not in report.facts:
        return None
    first, last = map(date.fromisoformat, report.facts["days"])
    return first, last


def _flat(facts: Mapping[str, Any]) -> dict[str, float]:
    """Every compared figure by what it is called."""
    flat: dict[str, float] = {item["label"]: item["value"] for item in facts["figures"]}
    flat[_("平均完成率")] = facts["percent"]
    flat |= {item["label"]: item["value"] for item in facts["month_figures"]}
    named = {
        "students": _("学员"),
        "finished": _("完成"),
        "behind": _("落后"),
        "percent": _("平均完成率"),
    }
    for line in (*facts["districts"], *facts["occupations"]):
        for column, name in named.items():
            flat[f"{line['label']} · {name}"] = line[column]
    return flat


def _moment(at: datetime) -> str:
    local = clock.local(at)
    return _("%(y)d 年 %(m)d 月 %(d)d 日 %(time)s") % {
        "y": local.year, "m": local.month, "d": local.day, "time": f"{local:%H:%M}",
    }  # fmt: skip


def _checked(last: Reconciliation | None) -> str:
    if last is None:
        return _("尚未与台账核对")
    return _("%(when)s 与台账核对：%(n)d 处不同") % {
        "when": _moment(last.at), "n": last.differences,
    }  # fmt: skip


def _sum(cells: list[dict[str, Any]]) -> dict[str, int]:
    return {name: sum(cell[f"sum_{name}"] for cell in cells) for name in tallies.FIGURES}


def _percent(figures: Mapping[str, int]) -> float:
    people = figures["students"]
    return round(figures["share_bp"] * 100 / tallies.WHOLE_BP / people, 1) if people else 0.0


def _line(label: str, cells: list[dict[str, Any]]) -> dict[str, Any]:
    figures = _sum(cells)
    return {
        "label": label,
        "students": figures["students"],
        "finished": figures["finished"],
        "behind": figures["behind"],
        "percent": _percent(figures),
    }


def _districts(cells: list[dict[str, Any]], scope: Scope) -> list[dict[str, Any]]:
    grouped: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for cell in cells:
        grouped[scope.district_of(scope.units[cell["org_unit_id"]]).pk].append(cell)
    units = sorted((scope.units[pk] for pk in grouped), key=lambda unit: unit.code)
    return [_line(unit.name, grouped[unit.pk]) for unit in units]


def _by(cells: list[dict[str, Any]], column: str) -> list[dict[str, Any]]:
    grouped: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for cell in cells:
        grouped[cell[column] or _("未填写")].append(cell)
    lines = [_line(label, found) for label, found in grouped.items()]
    return sorted(lines, key=lambda line: -line["students"])


def _month_figures(scope: Scope, month: date, picture: Picture) -> list[dict[str, Any]]:
    found: dict[str, int] = defaultdict(int)
    for (_cohort, unit, _programme, _work, _station, when, figure), n in picture.months.items():
        if unit in scope.units and when == month:
            found[figure] += n
    return [
        {"label": str(label), "value": found[figure]} for figure, label in MonthTally.Figure.choices
    ]


def _weeks(cohort: Cohort, scope: Scope, at: datetime) -> list[dict[str, Any]]:
    today = clock.local_date(at)
    first = today - timedelta(days=today.weekday(), weeks=11)
    rows = DayTally.objects.filter(
        scope.rows(), cohort=cohort, figure=DayTally.Figure.MINUTES, day__gte=first, day__lte=today
    )
    minutes = [0] * 12
    for day, n in rows.order_by().values_list("day").annotate(n=Sum("n")):
        minutes[(day - first).days // 7] += n
    return [
        {"label": f"{first + timedelta(weeks=no):%m-%d}", "hours": round(spent / 60)}
        for no, spent in enumerate(minutes)
    ]


def _calls(cohort: Cohort, scope: Scope, month: date) -> list[dict[str, Any]]:
    begin = clock.start_of_day(month)
    end = clock.start_of_day((month + timedelta(days=32)).replace(day=1))
    rows = Call.objects.filter(
        scope.rows("student__org_unit"), student__cohort=cohort, at__gte=begin, at__lt=end
    ).order_by()
    found: dict[str, int] = defaultdict(int)
    for outcome in rows.values_list("outcome", flat=True):
        found[outcome] += 1
    return [
        {"label": str(label), "value": found[outcome]}
        for outcome, label in Call.Outcome.choices
        if found[outcome]
    ]
