"""The applicant's own page: where it stands, what is next, and what can be done now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from enrollment.applications import (
    deadlines,
    drafts,
    offers,
    queries,
    ranking,
    reasons,
    tracker,
)
from enrollment.applications.flow import State, may_move
from enrollment.applications.models import Application
from enrollment.membership import tracker as joining_tracker
from enrollment.membership.models import JoinRequest
from enrollment.registry import intake
from enrollment.views import asking
from lms.accounts import policies
from lms.accounts.models import User
from lms.base import clock, money
from lms.base.errors import Refused

TITLES: dict[str, str | Promise] = {
    State.DRAFT: _("报名还没提交"),
    State.SUBMITTED: _("报名已收到"),
    State.RETURNED: _("有一处要补"),
    State.DISTRICT: _("区工会已通过"),
    State.CITY: _("复核通过"),
    State.RANKED: _("复核通过"),
    State.PUBLISHED: _("排名已公示"),
    State.OFFERED: _("恭喜，你被录取了"),
    State.ACCEPTED: _("入学已确认"),
    State.MATRICULATED: _("欢迎入学"),
    State.REJECTED: _("这次没有通过"),
    State.WITHDRAWN: _("报名已撤回"),
    State.DECLINED: _("你已放弃录取"),
    State.EXPIRED: _("确认已过期"),
}


@policies.signed_in
@require_safe
@never_cache
def my_application(request: HttpRequest) -> HttpResponse:
    """Receipt, tracker, and the buttons that fit the state."""
    application = asking.own_application(request)
    if application is None:
        return render(request, "enrollment/status/none.html")
    at = clock.now()
    context = _basics(application) | _standing(application) | _correction(application)
    context |= _joining(application, at)
    if drafts.may_begin_another(application, at=at):
        context["may_apply_again"] = intake.open_intake(at) is not None
    if application.place is not None:
        context["own_share"] = money.yuan(application.cohort.own_share_fen)
    return render(request, "enrollment/status/page.html", context)


def _basics(application: Application) -> dict[str, Any]:
    cohort = application.cohort
    due = deadlines.due_on(
        application.state,
        application.state_since,
        decides_on=cohort.decides_on,
        offer_expires_at=application.offer_expires_at,
    )
    waiting = application.state == State.PUBLISHED
    ahead = queries.ahead_of(application) if waiting else 0
    return {
        "application": application,
        "title": TITLES[application.state],
        "due": due,
        "steps": tracker.steps(application.state, queries.history(application)),
        "next_text": tracker.next_step(
            application.state,
            tracker.Days(
                today=clock.local_date(clock.now()),
                closes_on=cohort.closes_on,
                starts_on=cohort.starts_on,
                kept_until=deadlines.kept_until(cohort.closes_on),
                due=due,
            ),
            ahead=ahead,
        ),
        "may_withdraw": may_move(application.state, State.WITHDRAWN),
    }


def _standing(application: Application) -> dict[str, Any]:
    """Rank and how the points came about, once they are public."""
    if application.rank is None or application.state in (State.CITY, State.RANKED):
        return {}
    lines = [
        {
            "label": ranking.in_words(line),
            "value": str(_("%(points)d 分")) % {"points": line["points"]},
        }
        for line in application.score_reasons
    ]
    return {"score_lines": lines}


def _correction(application: Application) -> dict[str, Any]:
    """Why it came back, and the page that puts it right."""
    if application.state not in (State.RETURNED, State.REJECTED):
        return {}
    decision = application.decisions.last()
    if decision is None:
        return {}
    return {
        "reason": reasons.label(decision.reason),
        "words": decision.words,
        "fix_topic": reasons.topic(decision.reason),
    }


def _joining(application: Application, at: datetime) -> dict[str, Any]:
    """How far the wish to join is, where there is one."""
    request: JoinRequest | None = getattr(application, "join_request", None)
    if request is None or request.state == JoinRequest.State.WITHDRAWN:
        return {}
    return {
        "join_steps": joining_tracker.steps(request),
        "join_next": joining_tracker.next_step(request, today=clock.local_date(at)),
    }


Act = Callable[..., None]


def _act(request: HttpRequest, act: Act, done: str | Promise) -> HttpResponseRedirect:
    application = asking.own_application(request)
    if application is not None:
        user: User = asking.person(request)
        at: datetime = clock.now()
        try:
            act(application, by=user, at=at)
            messages.success(request, str(done))
        except Refused as refusal:
            asking.say(request, refusal)
    return redirect("enrollment:my_application")


@policies.signed_in
@require_POST
def accept_offer(request: HttpRequest) -> HttpResponse:
    """Yes to the offer."""
    return _act(request, offers.accept, _("已确认入学。"))


@policies.signed_in
@require_POST
def decline_offer(request: HttpRequest) -> HttpResponse:
    """No to the offer; the next in rank gets the place."""
    return _act(request, offers.decline, _("已放弃录取，名额会给下一位工友。"))


@policies.signed_in
@require_POST
def withdraw(request: HttpRequest) -> HttpResponse:
    """Take the application back."""
    return _act(request, drafts.withdraw, _("报名已撤回。"))
