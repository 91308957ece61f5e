"""Taking, handing on and putting back applications under review."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from enrollment.applications import claiming, claims, review
from enrollment.applications.models import Application
from enrollment.views import asking
from lms.accounts import policies
from lms.accounts.models import Role, User
from lms.base import clock
from lms.base.errors import Refused

REVIEWERS = (Role.DISTRICT_OFFICER, Role.CITY_OFFICER)


def panel(application: Application, user: User) -> dict[str, Any]:
    """What the case's page says of the claim: nobody's, one's own, or a colleague's."""
    holder = claims.holder_of(application, at=clock.now())
    return {
        "holder": holder,
        "is_mine": holder == user,
        "is_anothers": holder not in (None, user),
        "since": application.claimed_at,
        "colleagues": [each for each in _colleagues(application) if each != user],
    }


def _colleagues(application: Application) -> QuerySet[User]:
    return claiming.colleagues(application)


def tag(application: Application, user: User) -> dict[str, str] | None:
    """The tag of a row: mine, a colleague's, or none."""
    holder = claims.holder_of(application, at=clock.now())
    if holder is None:
        return None
    if holder == user:
        return {"label": _("我领取的"), "tone": "info", "icon": "person"}
    return {"label": _("%(who)s在审") % {"who": holder.name}, "tone": "neutral", "icon": "person"}


def _case(request: HttpRequest, uuid: UUID) -> Application:
    waiting = review.waiting(review.reach_of(asking.person(request)))
    return get_object_or_404(
        waiting.select_related("cohort__city", "district", "claimed_by"), uuid=uuid
    )


@policies.roles(*REVIEWERS)
@require_POST
def claim_next(request: HttpRequest) -> HttpResponse:
    """The application that has waited longest and that nobody works on."""
    try:
        application = claiming.claim_next(by=asking.person(request), at=clock.now())
    except Refused as refusal:
        asking.say(request, refusal)
        return redirect("enrollment:review_queue")
    return redirect("enrollment:review_case", uuid=application.uuid)


@policies.roles(*REVIEWERS)
@require_POST
def claim(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take it, take it over (``over``: whose claim the page showed) or hand it to a colleague (``to``)."""
    application, user = _case(request, uuid), asking.person(request)
    officers = {str(each.pk): each for each in _colleagues(application)}
    to = officers.get(request.POST.get("to", ""), user)
    over = officers.get(request.POST.get("over", ""))
    try:
        claiming.claim(application, to=to, by=user, over=over, at=clock.now())
    except Refused as refusal:
        asking.say(request, refusal)
    else:
        if to != user:
            messages.success(request, _("已交给%(who)s。") % {"who": to.name})
            return redirect("enrollment:review_queue")
    return redirect("enrollment:review_case", uuid=uuid)


@policies.roles(*REVIEWERS)
@require_POST
def release(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Put one's own claim back."""
    claiming.release(_case(request, uuid), by=asking.person(request), at=clock.now())
    messages.success(request, _("已放回列表，同事可以领取。"))
    return redirect("enrollment:review_queue")
