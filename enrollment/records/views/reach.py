"""Which classes and students a registrar may touch."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from enrollment.registry.models import Cohort, Student
from enrollment.views import asking
from lms.accounts import policies
from lms.accounts.models import Role


def cohorts(request: HttpRequest) -> QuerySet[Cohort]:
    reach = policies.units_of(asking.person(request), Role.REGISTRAR)
    return Cohort.objects.filter(city__in=reach).order_by("-starts_on", "pk")


def cohort(request: HttpRequest, slug: str) -> Cohort:
    return get_object_or_404(cohorts(request).select_related("city"), slug=slug)


def chosen(request: HttpRequest) -> Cohort | None:
    """The class asked for, else the newest with students, else the newest.

    Raises:
        Http404: a class that is not this registrar's.
    """
    found = cohorts(request)
    if slug := request.GET.get("cohort"):
        return get_object_or_404(found, slug=slug)
    return found.filter(students__isnull=False).first() or found.first()


def student(request: HttpRequest, uuid: UUID) -> Student:
    known = Student.objects.select_related(
        "cohort__city", "programme", "org_unit", "place__cohort", "place__programme", "user"
    )
    return get_object_or_404(known, uuid=uuid, cohort__in=cohorts(request))


def tabs(request: HttpRequest, current: Cohort, view: str = "") -> list[dict[str, Any]]:
    """The registrar's classes, for the ``tabs`` component."""
    return [
        {
            "label": each.name,
            "url": reverse(view, args=[each.slug])
            if view
            else f"?{urlencode({'cohort': each.slug})}",
            "current": each == current,
            "count": None,
        }
        for each in cohorts(request)
    ]
