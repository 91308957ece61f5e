"""The union's completion page: how the class does, district by district, and whom to call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import quote, urlencode

from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from enrollment.completion import words
from enrollment.completion.models import Standing
from enrollment.registry.models import Cohort
from lms.accounts import policies
from lms.accounts.models import Role, User
from lms.base import audit, clock
from lms.base.workbook import XLSX, workbook
from lms.desk.completion import WEEKS, Completion

READERS = (Role.DISTRICT_OFFICER, Role.CITY_OFFICER, Role.REGISTRAR)
FIRST_TO_CALL = 8
PAGE = 50
COLUMNS = (
    (gettext_lazy("学号"), 16), (gettext_lazy("姓名"), 14), (gettext_lazy("专业"), 16), (gettext_lazy("所属工会"), 22), (gettext_lazy("学习状态"), 10),
    (gettext_lazy("完成率（%）"), 12), (gettext_lazy("已完成单元"), 12), (gettext_lazy("应完成单元"), 12), (gettext_lazy("已修完课程"), 12),
    (gettext_lazy("线下课次数"), 12), (gettext_lazy("还需分钟"), 10), (gettext_lazy("最近学习"), 14), (gettext_lazy("说明"), 40),
)  # fmt: skip


def _completion(request: HttpRequest) -> Completion:
    """The cohort asked for (default: the newest that has students), within the person's units.

    Raises:
        Http404: no such cohort, or a district the person has nothing to do with.
    """
    user = cast(User, request.user)
    cohorts = Cohort.objects.filter(students__isnull=False).distinct().order_by("-starts_on")
    slug = request.GET.get("cohort") or request.POST.get("cohort")
    cohort = cohorts.filter(slug=slug).first() if slug else cohorts.first()
    if cohort is None:
        raise Http404
    units = policies.units_of(user, *READERS)
    district = request.GET.get("district") or request.POST.get("district")
    if district:
        chosen = units.filter(code=district).first()
        if chosen is None:
            raise Http404
        units = units.filter(path__startswith=chosen.path)
    return Completion(cohort, units, clock.now())


@policies.roles(*READERS)
@require_safe
def union(request: HttpRequest) -> HttpResponse:
    """Ring, bars, funnel, study strip and the first people to call."""
    if not Cohort.objects.filter(students__isnull=False).exists():
        return render(request, "lms/desk/union_empty.html")
    completion = _completion(request)
    names = {
        "applied": _("报名"), "admitted": _("录取"), "studying": _("在学"), "finished": _("完成"),
    }  # fmt: skip
    behind = list(completion.behind()[:FIRST_TO_CALL])
    context: dict[str, Any] = {
        "cohort": completion.cohort,
        "cohorts": _cohort_tabs(completion.cohort),
        "students": completion.students,
        "by_state": completion.by_state,
        "mean_percent": completion.mean_percent,
        "district_bars": [
            {
                "label": row.unit.short_name,
                "value": row.finished,
                "total": row.students,
                "note": _("%(n)d 人落后") % {"n": row.behind} if row.behind else "",
                "url": _behind_url(completion.cohort, row.unit.code),
            }
            for row in completion.districts
        ],
        "funnel": [{"label": names[code], "value": n} for code, n in completion.funnel],
        "studied": completion.minutes_by_day,
        "today": clock.local_date(completion.at),
        "weeks": WEEKS,
        "behind": [_behind_row(standing) for standing in behind],
        "behind_total": completion.by_state[Standing.State.BEHIND],
        "behind_url": _behind_url(completion.cohort),
    }
    return render(request, "lms/desk/union.html", context)


def _cohort_tabs(current: Cohort) -> list[dict[str, Any]]:
    cohorts = Cohort.objects.filter(students__isnull=False).distinct().order_by("-starts_on")
    return [
        {
            "label": cohort.name,
            "url": f"{reverse('desk:union')}?{urlencode({'cohort': cohort.slug})}",
            "current": cohort.pk == current.pk,
        }
        for cohort in cohorts[:6]
    ]


def _behind_url(cohort: Cohort, district: str = "") -> str:
    query = {"cohort": cohort.slug} | ({"district": district} if district else {})
    return f"{reverse('desk:union_behind')}?{urlencode(query)}"


def _behind_row(standing: Standing) -> dict[str, Any]:
    student = standing.student
    return {
        "student": student,
        "name": student.name,
        "phone": str(student.user.phone),
        "note": _("%(why)s；还需约 %(minutes)d 分钟，%(programme)s，%(unit)s")
        % {
            "why": words.reasons(standing.reasons),
            "minutes": standing.minutes_left,
            "programme": student.programme.title,
            "unit": student.org_unit.short_name,
        },
        "percent": round(standing.share * 100),
    }


@policies.roles(*READERS)
@require_safe
def behind(request: HttpRequest) -> HttpResponse:
    """Everybody who is behind, with the reason in words."""
    completion = _completion(request)
    page = Paginator(completion.behind(), PAGE).get_page(request.GET.get("page"))
    district = request.GET.get("district", "")
    context = {
        "cohort": completion.cohort,
        "district": district,
        "unit": completion.units.order_by("path").first() if district else None,
        "page": page,
        "rows": [_behind_row(standing) for standing in page],
        "page_base": f"{_behind_url(completion.cohort, district)}&page=",
    }
    return render(request, "lms/desk/union_behind.html", context)


@policies.roles(*READERS)
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The roll with its figures as a workbook; who took it along is an audit row."""
    completion = _completion(request)
    rows = list(_export_rows(completion))
    with transaction.atomic():
        audit.record(
            "completion.exported",
            by=cast(User, request.user),
            on=completion.cohort,
            at=completion.at,
            data={"rows": len(rows)},
        )
    response = HttpResponse(
        workbook(_("完成情况"), [(str(name), width) for name, width in COLUMNS], rows),
        content_type=XLSX,
    )
    day = f"{clock.local_date(completion.at):%Y%m%d}"
    filename = quote(f"{completion.cohort.name}-{_('完成情况')}-{day}.xlsx")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{filename}"
    return response


def _export_rows(completion: Completion) -> Iterator[tuple[str | int | float, ...]]:
    for standing in completion.roll():
        student = standing.student
        last = standing.last_study_at
        yield (
            student.student_no,
            student.name,
            student.programme.title,
            student.org_unit.name,
            str(standing.get_state_display()),
            round(standing.share * 100, 1),
            standing.units_done,
            standing.units_required,
            standing.courses_done,
            standing.meetings_attended,
            standing.minutes_left,
            f"{clock.local_date(last):%Y-%m-%d}" if last else "",
            words.reasons(standing.reasons),
        )
