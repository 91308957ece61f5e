"""Whom to call: the list, one person's sheet with the number behind a tap, what came of the call."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enrollment.completion import calls, exporting, scope, words
from enrollment.completion.desk_models import Export
from enrollment.completion.models import Call, Standing
from enrollment.completion.scope import READERS
from enrollment.registry.models import Student
from lms.accounts import policies
from lms.base import clock, private
from lms.desk import choosing, union_words
from lms.desk.completion import Completion
from lms.desk.forms import CallForm

PAGE = 50


@policies.roles(*READERS)
@require_safe
@never_cache
def behind(request: HttpRequest) -> HttpResponse:
    """Everybody who is behind, with the reason in words, what it takes and the last call."""
    completion = choosing.must_choose(request)
    unit = choosing.unit_of(completion, request)
    show = request.GET.get("show", "")
    number = _page_number(request)
    # One more than is shown: whether there is a next page is known without counting them all.
    first = (number - 1) * PAGE
    found = list(_listed(completion, show)[first : first + PAGE + 1])
    code = unit.code if unit else ""
    rows = [
        union_words.behind_row(standing, completion.cohort, completion.scope, completion.at)
        for standing in found[:PAGE]
    ]
    # The list of numbers is for those who call.
    may_take = choosing.person(request).has_role(*exporting.MAY[Export.What.CALLS])
    what = Export.What.CALLS.value if may_take else ""
    base = choosing.address("union_behind", completion.cohort, district=code, show=show)
    context = {
        **choosing.frame(completion, "union_behind"),
        "unit": unit,
        "rows": rows,
        "total": completion.figures[Standing.State.BEHIND],
        "show": show,
        "shows": [
            {
                "label": label,
                "url": choosing.address("union_behind", completion.cohort, district=code, show=key),
                "current": key == show,
            }
            for key, label in (
                ("", _("全部")), ("due", _("该联系")), ("called", _("一周内联系过")),
            )
        ],
        "number": number,
        "count": number + (len(found) > PAGE),
        "page_base": f"{base}&page=",
        "export_url": choosing.address("union_export", completion.cohort, district=code, what=what),
    }  # fmt: skip
    return render(request, "lms/desk/union_behind.html", context)


def _page_number(request: HttpRequest) -> int:
    given = request.GET.get("page", "1")
    return max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 6 else 1


def _listed(completion: Completion, show: str) -> QuerySet[Standing]:
    rows = completion.behind()
    fresh = completion.at - calls.REST
    if show == "called":
        return rows.filter(Q(called_at__gte=fresh))
    if show == "due":
        return rows.filter(Q(called_at=None) | Q(called_at__lt=fresh))
    return rows


def _student(request: HttpRequest, uuid: UUID) -> Student:
    """A student within the person's reach; everybody else's is not found."""
    reach = scope.of(choosing.person(request))
    within = Student.objects.filter(reach.rows()).exclude(status=Student.Status.WITHDRAWN)
    return get_object_or_404(
        within.select_related("user", "programme", "org_unit", "cohort"), uuid=uuid
    )


@policies.roles(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def call(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One person's sheet; a POST logs what came of the call."""
    student = _student(request, uuid)
    form = CallForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        calls.log(
            student,
            form.cleaned_data["outcome"],
            note=form.cleaned_data["note"],
            by=choosing.person(request),
            at=clock.now(),
        )
        messages.success(request, _("已记下和%(name)s的联系。") % {"name": student.name})
        return redirect(choosing.address("union_behind", student.cohort))
    return _sheet(request, student, form, status=400 if form.errors else 200)


@policies.roles(*READERS)
@require_POST
@never_cache
def phone(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show the number to call it; the look is an audit row with its purpose."""
    student = _student(request, uuid)
    with transaction.atomic():
        number = private.reveal(
            student.user,
            "phone",
            by=choosing.person(request),
            why=str(_("工会联系落后学员")),
            at=clock.now(),
        )
    return _sheet(request, student, CallForm(), number=number)


def _sheet(
    request: HttpRequest, student: Student, form: CallForm, *, number: str = "", status: int = 200
) -> HttpResponse:
    standing = Standing.objects.filter(student=student).first()
    minutes = words.minutes_to_catch_up(standing) if standing else 0
    context: dict[str, Any] = {
        "student": student,
        "form": form,
        "masked": student.user.phone.masked.removeprefix("+86"),
        "number": number,
        "spoken": _spoken(number),
        "back_url": choosing.address("union_behind", student.cohort),
        "facts": _facts(student, standing, minutes),
        "step": words.next_step(standing.reasons, minutes) if standing else "",
        "calls": [
            {
                "when": f"{clock.local(one.at):%Y-%m-%d %H:%M}",
                "outcome": str(one.get_outcome_display()),
                "note": one.note,
                "by": one.by.name if one.by else "",
            }
            for one in Call.objects.filter(student=student).select_related("by")[:10]
        ],
    }
    return render(request, "lms/desk/union_call.html", context, status=status)


def _facts(student: Student, standing: Standing | None, minutes: int) -> list[dict[str, str]]:
    if standing is None:
        return [{"label": _("学习"), "value": _("还没有学习记录")}]
    last, now = standing.last_study_at, clock.now()
    return [
        {"label": _("原因"), "value": words.why(standing, student.cohort, at=now) or _("没有落后")},
        {"label": _("补上约需"), "value": _("%(minutes)d 分钟") % {"minutes": minutes}},
        {
            "label": _("已完成"),
            "value": _("%(done)d / %(all)d 个学习单元，线下课 %(meetings)d 次") % {
                "done": standing.units_done,
                "all": standing.units_required,
                "meetings": standing.meetings_attended,
            },
        },
        {
            "label": _("最近学习"),
            "value": words.ago(last, now) if last else _("还没有开始"),
        },
        {"label": _("专业和工会"), "value": f"{student.programme.title}，{student.org_unit.name}"},
    ]  # fmt: skip


def _spoken(number: str) -> str:
    """``+8613812345678`` → ``138 1234 5678``."""
    digits = number.removeprefix("+86")
    return f"{digits[:3]} {digits[3:7]} {digits[7:]}" if len(digits) == 11 else number
