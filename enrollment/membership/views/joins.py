"""The officer's queue of people who want to join, and one of them."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from enrollment.membership import joining, queries, reasons
from enrollment.membership.forms import AcceptForm, RefuseForm
from enrollment.membership.models import JoinRequest
from enrollment.views import asking
from lms.accounts import policies
from lms.base import clock

PAGE = 25
TONES = {
    JoinRequest.State.WAITING: "info",
    JoinRequest.State.ACCEPTED: "good",
    JoinRequest.State.REFUSED: "accent",
    JoinRequest.State.WITHDRAWN: "neutral",
}


@policies.roles(*joining.OFFICERS)
@require_safe
@never_cache
def join_queue(request: HttpRequest) -> HttpResponse:
    """Who wants to join, longest waiting first; or who was answered."""
    user, tab = asking.person(request), request.GET.get("tab", "")
    waiting = tab != "decided"
    page = Paginator(queries.join_requests(user, waiting=waiting), PAGE).get_page(
        request.GET.get("page")
    )
    today = clock.local_date(clock.now())
    count = page.paginator.count if waiting else queries.waiting_count(user)
    context = {
        "page": page,
        "page_base": asking.page_base(request),
        "rows": [_row(each, today) for each in page],
        "waiting": waiting,
        "tabs": [
            {"label": _("待办理"), "url": "?", "current": waiting, "count": count},
            {"label": _("已办理"), "url": "?tab=decided", "current": not waiting, "count": None},
        ],
    }
    return render(request, "enrollment/members/joins.html", context)


def _row(request: JoinRequest, today: date) -> dict[str, Any]:
    application = request.application
    note = (application.occupation, request.district.short_name, application.number or "")
    return {
        "name": application.name,
        "note": " · ".join(part for part in note if part),
        "url": reverse("enrollment:join", args=[request.uuid]),
        "tags": [_tag(request, today)],
    }


def _tag(request: JoinRequest, today: date) -> dict[str, str]:
    if request.state != JoinRequest.State.WAITING:
        tone = TONES[JoinRequest.State(request.state)]
        return {"label": request.get_state_display(), "tone": tone, "icon": ""}
    due = joining.due_on(request)
    if due < today:
        waited = (today - clock.local_date(request.asked_at)).days
        label = _("已等 %(days)d 天，超期") % {"days": waited}
        return {"label": label, "tone": "accent", "icon": "warning"}
    label = _("%(day)s前办") % {"day": date_format(due, _("n月j日"))}
    return {"label": label, "tone": "neutral", "icon": "clock"}


def _own(request: HttpRequest, uuid: UUID) -> JoinRequest:
    own = joining.within_reach(asking.person(request)).select_related(
        "application__user", "application__enterprise", "district", "member__unit", "decided_by"
    )
    return get_object_or_404(own, uuid=uuid)


@policies.roles(*joining.OFFICERS)
@require_safe
@never_cache
def join(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One person who wants to join: what they wrote, and the answer."""
    return _show(request, _own(request, uuid))


def _show(
    request: HttpRequest,
    found: JoinRequest,
    *,
    accept_form: AcceptForm | None = None,
    refuse_form: RefuseForm | None = None,
    status: int = 200,
) -> HttpResponse:
    application = found.application
    context = {
        "join": found,
        "application": application,
        "tone": TONES[JoinRequest.State(found.state)],
        "due": _tag(found, clock.local_date(clock.now()))["label"],
        "facts": _facts(found),
        "case_url": reverse("enrollment:review_case", args=[application.uuid]),
        "may_decide": found.state == JoinRequest.State.WAITING,
        "reason": reasons.label(found.reason) if found.reason else "",
        "accept_form": accept_form or AcceptForm(found),
        "refuse_form": refuse_form or RefuseForm(),
    }
    return render(request, "enrollment/members/join.html", context, status=status)


def _facts(found: JoinRequest) -> list[dict[str, str]]:
    application = found.application
    since = application.working_since
    pairs = (
        (_("姓名"), application.name),
        (_("证件号码"), str(application.id_number)),
        (_("手机号"), str(application.user.phone)),
        (_("职业"), application.occupation),
        (_("平台或单位"), application.platform),
        (_("开始从业"), _("%(year)d 年") % {"year": since.year} if since else ""),
        (_("区工会"), found.district.name),
        (_("企业工会"), application.enterprise.name if application.enterprise else ""),
    )
    return [{"label": label, "value": value} for label, value in pairs if value]


@policies.roles(*joining.OFFICERS)
@require_POST
@never_cache
def accept(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Yes."""
    found = _own(request, uuid)
    form = AcceptForm(found, request.POST)
    if not form.is_valid():
        return _show(request, found, accept_form=form, status=400)
    unit = form.cleaned_data["unit"]
    joining.accept(found, unit=unit, by=asking.person(request), at=clock.now())
    messages.success(
        request,
        _("%(name)s已编入%(unit)s。") % {"name": found.application.name, "unit": unit.name},
    )
    return redirect("enrollment:joins")


@policies.roles(*joining.OFFICERS)
@require_POST
@never_cache
def refuse(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """No, and why."""
    found = _own(request, uuid)
    form = RefuseForm(request.POST)
    if not form.is_valid():
        return _show(request, found, refuse_form=form, status=400)
    joining.refuse(found, by=asking.person(request), at=clock.now(), **form.cleaned_data)
    messages.success(
        request, _("%(name)s的入会申请没有受理，已通知本人。") % {"name": found.application.name}
    )
    return redirect("enrollment:joins")
