"""Which cohort a registrar's page is about."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.http import urlencode

from enrollment.letters import queries
from enrollment.registry.models import Cohort
from enrollment.views import asking


def cohort(request: HttpRequest) -> Cohort | None:
    """The cohort asked for, else the newest with students, else the newest.

    Raises:
        Http404: a cohort that is not this registrar's.
    """
    cohorts = queries.cohorts_of(asking.person(request))
    slug = request.GET.get("cohort") or request.POST.get("cohort")
    if slug:
        return get_object_or_404(cohorts, slug=slug)
    return cohorts.filter(students__isnull=False).first() or cohorts.first()


def tabs(request: HttpRequest, current: Cohort) -> list[dict[str, Any]]:
    """The registrar's cohorts, for the ``tabs`` component."""
    return [
        {
            "label": each.name,
            "url": f"?{urlencode({'cohort': each.slug})}",
            "current": each == current,
            "count": None,
        }
        for each in queries.cohorts_of(asking.person(request))
    ]
