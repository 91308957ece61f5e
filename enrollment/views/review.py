"""The reviewers' queue and case, for a phone and for a desk."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enrollment.applications import (
    checks,
    claims,
    deadlines,
    evidence,
    photos,
    queries,
    reasons,
    review,
)
from enrollment.applications.flow import State
from enrollment.applications.models import Application, Decision
from enrollment.membership.models import JoinRequest
from enrollment.views import asking, comparing, summary
from enrollment.views import claims as claim_views
from enrollment.views.photos import jpeg
from lms.accounts import policies
from lms.accounts.models import Role, User
from lms.base import audit, clock, private

REVIEWERS = (Role.DISTRICT_OFFICER, Role.CITY_OFFICER)
PAGE = 25
MOST_AT_ONCE = 100
_TABS: tuple[tuple[str, Any], ...] = (
    ("mine", gettext_lazy("待我审核")),
    ("claimed", gettext_lazy("我领取的")),
    ("returned", gettext_lazy("已退回")),
    ("all", gettext_lazy("全部")),
)
WHY = (
    ("card", gettext_lazy("与证件照片核对")),
    ("call", gettext_lazy("打电话核实")),
    ("police", gettext_lazy("与主管部门核对")),
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
    due = deadlines.due_on(
        application.state, application.state_since, decides_on=application.cohort.decides_on
    )
    note = [
        application.occupation,
        *(choice.programme.title for choice in list(application.choices.all())[:1]),
        application.district.short_name if application.district else "",
        application.number or "",
    ]
    tags = [_due_tag(due, today, application)] if due and application.state in review.STAGES else []
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


def _due_tag(due: date, today: date, application: Application) -> dict[str, str]:
    left = (due - today).days
    if left < 0:
        waited = (today - clock.local_date(application.state_since)).days
        label = _("已等 %(days)d 天，超期") % {"days": waited}
        return {"label": label, "tone": "accent", "icon": "warning"}
    label = _("%(day)s前办") % {"day": date_format(due, _("n月j日"))}
    return {"label": label, "tone": "warn" if left <= 1 else "neutral", "icon": "clock"}


def _points_tag(points: int) -> dict[str, str]:
    if points:
        return {"label": _("%(count)d 处要看") % {"count": points}, "tone": "warn", "icon": "eye"}
    return {"label": _("核对无异常"), "tone": "good", "icon": "check"}


def _case(request: HttpRequest, uuid: UUID) -> Application:
    own = review.readable(review.reach_of(asking.person(request))).select_related(
        "cohort__city", "district", "enterprise", "user", "claimed_by", "join_request"
    )
    return get_object_or_404(own.prefetch_related("evidence", "choices__programme"), uuid=uuid)


class DecisionForm(forms.Form):
    """One verdict; the stage is the one the officer saw."""

    verdict = forms.ChoiceField(choices=Decision.Verdict.choices)
    stage = forms.ChoiceField(choices=[(state, state) for state in review.STAGES])
    reason = forms.CharField(max_length=40, required=False)
    words = forms.CharField(max_length=300, required=False)


@policies.roles(*REVIEWERS, Role.REGISTRAR)
@require_safe
@never_cache
def review_case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Photos beside fields, ticks, and the decision."""
    return _show_case(request, _case(request, uuid))


def _show_case(
    request: HttpRequest,
    application: Application,
    *,
    revealed: dict[str, str] | None = None,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    user = asking.person(request)
    may_decide = review.may_decide(user, application)
    context = {
        "application": application,
        "revealed": revealed or {},
        "phone": application.user.phone,
        "photos": [
            {
                "label": photo.get_kind_display(),
                "url": reverse("enrollment:review_photo", args=[application.uuid, photo.kind]),
                "width": photo.width_px,
                "height": photo.height_px,
                "link": True,
            }
            for photo in application.evidence.all()
        ],
        "facts": summary.fact_rows(application),
        "ticks": checks.ticks(application, checks.look_up([application])),
        "join_url": _join_url(request, application),
        "decisions": _decisions(application),
        "may_decide": may_decide,
        "claim": claim_views.panel(application, user) if may_decide else None,
        "duplicates": comparing.side_by_side(application, review.readable(review.reach_of(user))),
        "return_reasons": reasons.RETURN,
        "reject_reasons": reasons.REJECT,
        "why": WHY,
        "pass_attrs": {"data-shortcut": "1"},
        "claim_attrs": {"data-shortcut": "c"},
        "error": error,
        "due": deadlines.due_on(
            application.state, application.state_since, decides_on=application.cohort.decides_on
        ),
    }
    return render(request, "enrollment/review/case.html", context, status=status)


def _join_url(request: HttpRequest, application: Application) -> str:
    """Where this reviewer answers the wish to join that came with the application, if it waits."""
    wish: JoinRequest | None = getattr(application, "join_request", None)
    if wish is None or wish.state != JoinRequest.State.WAITING:
        return ""
    if not asking.person(request).has_role(*REVIEWERS):
        return ""
    return reverse("enrollment:join", args=[wish.uuid])


def _decisions(application: Application) -> list[dict[str, Any]]:
    return [
        {
            "label": decision.get_verdict_display(),
            "by": decision.by,
            "at": decision.at,
            "reason": reasons.label(decision.reason) if decision.reason else "",
            "words": decision.words,
        }
        for decision in application.decisions.select_related("by")
    ]


@policies.roles(*REVIEWERS)
@require_POST
def decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Pass, return or reject; then on to the next case."""
    application = _case(request, uuid)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        error = _("请选择通过、退回或不通过。")
        return _show_case(request, application, error=error, status=400)
    user = asking.person(request)
    try:
        decision = review.decide(application, by=user, at=clock.now(), **form.cleaned_data)
    except (review.ReasonMissing, review.ClaimedByColleague) as refusal:
        return _show_case(request, application, error=str(refusal), status=refusal.status)
    messages.success(
        request,
        _("%(number)s：%(verdict)s。")
        % {"number": application.number, "verdict": decision.get_verdict_display()},
    )
    following = queries.next_for(user, review.waiting(review.reach_of(user)), at=clock.now())
    if following is None:
        return redirect("enrollment:review_queue")
    return redirect("enrollment:review_case", uuid=following.uuid)


@policies.roles(*REVIEWERS)
@require_POST
@never_cache
def reveal(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show the ID number or the phone once; who, when and why is written down."""
    application = _case(request, uuid)
    what, why = request.POST.get("what", ""), request.POST.get("why", "")
    if what not in ("id_number", "phone") or why not in dict(WHY):
        error = _("请选择查看的理由。")
        return _show_case(request, application, error=error, status=400)
    holder = application if what == "id_number" else application.user
    with transaction.atomic():
        plain = private.reveal(
            holder, what, by=asking.person(request), why=str(dict(WHY)[why]), at=clock.now()
        )
    shown = plain.removeprefix("+86") if what == "phone" else plain
    return _show_case(request, application, revealed={what: shown})


@policies.roles(*REVIEWERS)
@require_safe
@never_cache
def review_photo(request: HttpRequest, uuid: UUID, kind: str) -> HttpResponse:
    """A photo with the reviewer's name across it; that it was opened is written down."""
    application = _case(request, uuid)
    photo = application.evidence.filter(kind=kind).first()
    if photo is None:
        raise Http404
    user, at = asking.person(request), clock.now()
    with transaction.atomic():
        audit.record("evidence.viewed", by=user, on=application, at=at, data={"kind": kind})
    text = _("报名审核专用 %(who)s %(day)s") % {
        "who": user,
        "day": clock.local_date(at).isoformat(),
    }
    return jpeg(photos.watermark(evidence.content(photo), text))


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
