"""The reviewers' queue, and passing several at once."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from enrollment.applications import checks, claims, queries, review
from enrollment.applications.flow import State
from enrollment.applications.models import Application
from enrollment.views import asking, due
from enrollment.views import claims as claim_views
from lms.accounts import policies
from lms.accounts.models import Role, User
from lms.base import clock

REVIEWERS = (Role.DISTRICT_OFFICER, Role.CITY_OFFICER)
PAGE = 25
MOST_AT_ONCE = 100
_TABS: tuple[tuple[str, Any], ...] = (
    ("mine", gettext_lazy("待我审核")),
    ("claimed", gettext_lazy("我领取的")),
    ("returned", gettext_lazy("已退回")),
    ("all", gettext_lazy("全部")),
)


def _listed(reach: review.Reach, tab: str, user: User) -> QuerySet[Application]:
    if tab == "claimed":
        return review.waiting(reach).filter(claims.held(user, at=clock.now()))
    if tab == "returned":
        return review.readable(reach).filter(state=State.RETURNED)
    if tab == "all":
        return review.readable(reach)
    return review.waiting(reach)


@policies.roles(*REVIEWERS)
@require_safe
@never_cache
def review_queue(request: HttpRequest) -> HttpResponse:
    """What waits for this officer, longest waiting first."""
    user, tab = asking.person(request), request.GET.get("tab", "mine")
    reach = review.reach_of(user)
    page = Paginator(queries.for_queue(_listed(reach, tab, user)), PAGE).get_page(
        request.GET.get("page")
    )
    applications = list(page.object_list)
    known = checks.look_up(applications)
    today = clock.local_date(clock.now())
    rows = [_row(each, known, today, user) for each in applications]
    context = {
        "page": page,
        "page_base": asking.page_base(request),
        "rows": rows,
        "tab": tab,
        "tabs": _tabs(reach, tab, user),
        "next_attrs": {"data-shortcut": "n"},
        "may_pass_many": user.has_role(Role.CITY_OFFICER),
    }
    return render(request, "enrollment/review/queue.html", context)


def _tabs(reach: review.Reach, current: str, user: User) -> list[dict[str, Any]]:
    by_state = queries.counts(review.readable(reach))
    counts = {
        **queries.waiting_counts(review.waiting(reach), user, at=clock.now()),
        "returned": by_state[State.RETURNED],
        "all": by_state.total(),
    }
    return [
        {
            "label": label,
            "url": f"?tab={name}",
            "current": name == current,
            "count": counts[name],
        }
        for name, label in _TABS
    ]


def _row(application: Application, known: checks.Known, today: date, user: User) -> dict[str, Any]:
    points = checks.open_points(checks.ticks(application, known))
    note = [
        application.occupation,
        *(choice.programme.title for choice in list(application.choices.all())[:1]),
        application.district.short_name if application.district else "",
        application.number or "",
    ]
    tags = [due.tag(application, today=today)] if application.state in review.STAGES else []
    if application.state not in review.STAGES:
        tags.append({"label": application.get_state_display(), "tone": "neutral", "icon": ""})
    if claimed := claim_views.tag(application, user):
        tags.insert(0, claimed)
    return {
        "application": application,
        "name": application.name,
        "note": " · ".join(part for part in note if part),
        "url": reverse("enrollment:review_case", args=[application.uuid]),
        "points": points,
        "tags": [*tags, _points_tag(points)],
    }


def _points_tag(points: int) -> dict[str, str]:
    if points:
        return {"label": _("%(count)d 处要看") % {"count": points}, "tone": "warn", "icon": "eye"}
    return {"label": _("核对无异常"), "tone": "good", "icon": "check"}


@policies.roles(Role.CITY_OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def pass_many(request: HttpRequest) -> HttpResponse:
    """The city passes several whose checks are all in order; GET shows which."""
    user = asking.person(request)
    if request.method == "POST":
        return _pass_chosen(request)
    waiting = review.waiting(review.reach_of(user)).filter(state=State.DISTRICT)
    applications = list(queries.for_queue(waiting)[:MOST_AT_ONCE])
    known = checks.look_up(applications)
    today = clock.local_date(clock.now())
    rows = [_row(each, known, today, user) for each in applications]
    context = {
        "ready": [row for row in rows if not row["points"]],
        "left_out": [row for row in rows if row["points"]],
        "stage": State.DISTRICT,
    }
    return render(request, "enrollment/review/pass_many.html", context)


def _pass_chosen(request: HttpRequest) -> HttpResponse:
    try:
        uuids = [UUID(text) for text in request.POST.getlist("uuid")]
    except ValueError as error:
        raise Http404 from error
    passed, skipped = review.pass_many(
        uuids, stage=State.DISTRICT, by=asking.person(request), at=clock.now()
    )
    messages.success(request, _("已通过 %(count)d 份。") % {"count": passed})
    if skipped:
        messages.warning(request, _("%(count)d 份刚刚有变动，没有重复办理。") % {"count": skipped})
    return redirect("enrollment:review_queue")
