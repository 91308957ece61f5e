"""A student's own weeks: painted, copied, taken away."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from courses.tutoring import queries, shifts, week_forms, weeks
from courses.tutoring.student_views import _student
from courses.tutoring.term_models import Whereabouts
from enrollment.api import Student
from lms.accounts import policies
from lms.accounts.models import Role, User
from lms.base import clock

WEEKS_AHEAD = 4


@policies.roles(Role.STUDENT)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def shift_week(request: HttpRequest) -> HttpResponse:
    """Paint the usual week, or one that differs (``?week=`` its Monday)."""
    student, now = _student(request), clock.now()
    this_monday = weeks.monday_of(clock.local_date(now))
    monday = _monday(request.GET.get("week", ""), this_monday)
    where = Whereabouts.objects.filter(student=student).first()
    initial = {
        "station": where.station_id if where else None,
        "reach_min": where.reach_min if where else 30,
    }
    form = week_forms.ShiftForm(request.POST or None, stations=queries.stations(), initial=initial)
    cells = shifts.cells_of(student, monday)
    if request.method == "POST":
        preset = next((u for u in weeks.USUAL_WEEKS if u.key == request.POST.get("preset")), None)
        if preset is not None:  # without scripts: shown painted, kept with the main button
            cells = preset.cells
        elif form.is_valid():
            _keep(request, student, form, monday)
            return redirect(_address(monday))
    context = {
        "form": form,
        "rows": week_forms.grid(cells),
        "days": week_forms.DAYS,
        "usual_weeks": weeks.USUAL_WEEKS,
        "monday": monday,
        "which_week": _tabs(this_monday, monday),
        "said": shifts.has_said(student),
        "tab": "meetings",
    }
    return render(request, "courses/tutoring/shifts.html", context)


def _keep(
    request: HttpRequest, student: Student, form: week_forms.ShiftForm, monday: date | None
) -> None:
    said, now, by = form.cleaned_data, clock.now(), cast(User, request.user)
    if "copy" in request.POST and monday is not None:
        shifts.copy_last_week(student, monday=monday, by=by, at=now)
        messages.success(request, _("照上一周填好了。"))
        return
    shifts.keep_week(student, said["h"], monday=monday, by=by, at=now)
    shifts.keep_whereabouts(student, station=said["station"], reach_min=said["reach_min"], at=now)
    messages.success(request, _("记下了。排课时会避开你的班。"))


def _monday(text: str, this_monday: date) -> date | None:
    """The Monday of the address, if it is one of those offered; else the usual week."""
    try:
        asked = date.fromisoformat(text)
    except ValueError:
        return None
    offered = [this_monday + timedelta(weeks=n) for n in range(WEEKS_AHEAD)]
    return asked if asked in offered else None


def _address(monday: date | None) -> str:
    address = reverse("courses:shifts")
    return f"{address}?week={monday.isoformat()}" if monday else address


def _tabs(this_monday: date, chosen: date | None) -> list[dict[str, Any]]:
    tabs = [{"label": _("平常的一周"), "url": _address(None), "current": chosen is None}]
    for n in range(WEEKS_AHEAD):
        monday = this_monday + timedelta(weeks=n)
        label = {0: _("本周"), 1: _("下周")}.get(n) or _("%(m)d月%(d)d日起") % {
            "m": monday.month,
            "d": monday.day,
        }
        tabs.append({"label": label, "url": _address(monday), "current": chosen == monday})
    return tabs


@policies.roles(Role.STUDENT)
@require_POST
def shift_forget(request: HttpRequest) -> HttpResponse:
    """Delete everything said about shifts and ways."""
    shifts.forget(_student(request), by=cast(User, request.user), at=clock.now())
    messages.success(request, _("班表删掉了。以后排课按常见的班次估计。"))
    return redirect("courses:shifts")
