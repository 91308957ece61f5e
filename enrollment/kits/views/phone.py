"""The hand-out desk on the registrar's phone: the page, its list, what it sends, its worker."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from enrollment.kits import events, queries, roster
from enrollment.letters import queries as letter_queries
from enrollment.letters.views import choosing
from enrollment.registry.models import Cohort
from enrollment.views import asking
from lms.accounts import policies
from lms.accounts.models import Role
from lms.base import clock, workers


@policies.roles(Role.REGISTRAR)
@require_safe
@never_cache
@ensure_csrf_cookie
def scan(request: HttpRequest) -> HttpResponse:
    """The page with the camera; everything else it needs comes as JSON."""
    cohort = choosing.cohort(request)
    if cohort is None:
        return redirect("enrollment:kits")
    context = {
        "cohort": cohort,
        "count": queries.count(cohort),
        "user_key": asking.person(request).pk,
    }
    return render(request, "enrollment/kits/scan.html", context)


def _cohort(request: HttpRequest, slug: str) -> Cohort:
    reach = letter_queries.cohorts_of(asking.person(request))
    return get_object_or_404(reach, slug=slug)


@policies.roles(Role.REGISTRAR)
@require_safe
@never_cache
def class_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The list that the phone keeps; nothing (204) if it has this ``version`` already."""
    listed = roster.compose(_cohort(request, slug), user=asking.person(request), at=clock.now())
    if request.GET.get("have") == listed["version"]:
        return HttpResponse(status=204)
    return JsonResponse(listed, json_dumps_params={"ensure_ascii": False})


@policies.roles(Role.REGISTRAR)
@require_POST
def send(request: HttpRequest, slug: str) -> JsonResponse:
    """Hand-outs and undoings of a phone; the same one sent twice gets the same answer."""
    cohort, by, at = _cohort(request, slug), asking.person(request), clock.now()
    try:
        sent = json.loads(request.body)
    except ValueError as error:
        raise events.Unreadable from error
    answers = events.carry_out(events.read(sent, at=at), cohort, by=by, at=at)
    count = queries.count(cohort)
    return JsonResponse(
        {
            "results": [
                {"uuid": str(event.uuid), "kind": "undo" if event.is_undo else "hand"}
                | verdict.as_json()
                for event, verdict in answers
            ],
            "handed": count.handed,
            "total": count.total,
            "doubles": count.doubles,
        },
        json_dumps_params={"ensure_ascii": False},
    )


@policies.roles(Role.REGISTRAR)
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker of this room: it may only speak for addresses below its own."""
    return workers.answer(request, "kit_worker")
