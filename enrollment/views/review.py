"""The reviewers' queue and case, for a phone and for a desk."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from enrollment.applications import (
    checks,
    evidence,
    photos,
    queries,
    reasons,
    review,
)
from enrollment.applications.models import Application, Decision
from enrollment.membership.models import JoinRequest
from enrollment.views import asking, comparing, due, summary
from enrollment.views import claims as claim_views
from enrollment.views.photos import jpeg
from lms.accounts import policies
from lms.accounts.models import Role
from lms.base import audit, clock, private

REVIEWERS = (Role.DISTRICT_OFFICER, Role.CITY_OFFICER)
WHY = (
    ("card", gettext_lazy("与证件照片核对")),
    ("call", gettext_lazy("打电话核实")),
    ("police", gettext_lazy("与主管部门核对")),
)


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
    # The registrar reads the words of a case; its photos and the list are the reviewers'.
    is_reviewer = user.has_role(*REVIEWERS)
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
            if is_reviewer
        ],
        "is_reviewer": is_reviewer,
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
        "due": due.in_words(application, today=clock.local_date(clock.now())),
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
