"""Two people: what colleagues ask for, what one asked for oneself, and what became of it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lms.accounts import approvals, policies
from lms.accounts.approvals import Approval
from lms.accounts.models import Role, User
from lms.base import clock
from lms.base.errors import NotAllowed, Refused
from lms.desk import choosing

ROLES = (Role.REGISTRAR, Role.CITY_OFFICER, Role.DISTRICT_OFFICER)
SHOWN = 20
_PAST = timedelta(days=180)


@policies.roles(*ROLES)
@require_safe
@never_cache
def second(request: HttpRequest) -> HttpResponse:
    """What waits for a second person, and the last that was decided."""
    me, now = choosing.person(request), clock.now()
    wishes = Approval.objects.select_related("asked_by", "decided_by")
    visible = [
        wish
        for wish in wishes.filter(verdict="", asked_at__gt=now - approvals.LIVES)
        if _sees(me, wish)
    ]
    past = wishes.exclude(verdict="").filter(decided_at__gt=now - _PAST)[: SHOWN * 5]
    context: dict[str, Any] = {
        "waiting": [_card(wish, me) for wish in visible],
        "offers": [
            {"act": act, "offer": offer} for act in approvals.acts() for offer in act.offers(me)
        ],
        "past": [_card(wish, me) for wish in past if _sees(me, wish)][:SHOWN],
    }
    return render(request, "lms/desk/second.html", context)


def _sees(me: User, wish: Approval) -> bool:
    # What is done with is nobody's business any more but theirs who asked and decided.
    if me.pk in (wish.asked_by_id, wish.decided_by_id):
        return True
    return approvals.act_of(wish.act).may(me, wish.subject_id)


def _card(wish: Approval, me: User) -> dict[str, Any]:
    act = approvals.act_of(wish.act)
    return {
        "wish": wish,
        "title": act.title,
        "rows": act.rows(wish.subject_id) if not wish.verdict else [],
        "mine": wish.asked_by_id == me.pk,
        "asked": f"{clock.local(wish.asked_at):%Y-%m-%d %H:%M}",
        "decided": f"{clock.local(wish.decided_at):%Y-%m-%d %H:%M}" if wish.decided_at else "",
    }


@policies.roles(*ROLES)
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for something that is offered on the page itself."""
    me = choosing.person(request)
    for act in approvals.acts():
        for offer in act.offers(me):
            if (act.name, offer.subject[1]) == (request.POST.get("act"), request.POST.get("about")):
                return _say(request, partial(_asked, act.name, offer.subject, me))
    raise Http404


def _asked(act: str, subject: tuple[str, str], me: User) -> str:
    approvals.ask(act, subject, by=me, at=clock.now())
    return _("已提交，请另一位同事确认。")


@policies.roles(*ROLES)
@require_POST
def decide(request: HttpRequest, uuid: UUID, word: str) -> HttpResponse:
    """Yes, no, or taken back."""
    me = choosing.person(request)
    wish = get_object_or_404(Approval, uuid=uuid)
    if not _sees(me, wish):
        raise NotAllowed(wish)
    if word == "grant":
        return _say(request, lambda: _granted(wish, me))
    if word == "refuse":
        return _say(request, lambda: _refused(wish, me, request.POST.get("reason", "")))
    if word == "withdraw":
        return _say(request, lambda: _withdrawn(wish, me))
    raise Http404


def _granted(wish: Approval, me: User) -> str:
    approvals.grant(wish, by=me, at=clock.now())
    return _("已确认，马上生效。")


def _refused(wish: Approval, me: User, reason: str) -> str:
    approvals.refuse(wish, reason=reason, by=me, at=clock.now())
    return _("已退回，提交的人会看到原因。")


def _withdrawn(wish: Approval, me: User) -> str:
    approvals.withdraw(wish, by=me, at=clock.now())
    return _("已撤回。")


def _say(request: HttpRequest, act: Any) -> HttpResponse:
    try:
        messages.success(request, act())
    except NotAllowed:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:second")
