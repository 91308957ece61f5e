"""Which class and which part of the city a page of the union's desk is about."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.completion import scope
from enrollment.registry.models import Cohort
from lms.accounts.models import OrgUnit, User
from lms.base import clock
from lms.desk.completion import Completion, cohorts


def person(request: HttpRequest) -> User:
    """The signed-in user; the view's policy has made sure that there is one."""
    return cast(User, request.user)


def chosen(request: HttpRequest) -> Completion | None:
    """The class asked for (default: the newest), within the person's units; None before the first student.

    Raises:
        Http404: no such class, or a unit that the person has nothing to do with.
    """
    given = request.POST if request.method == "POST" else request.GET
    known = cohorts()
    slug = given.get("cohort")
    cohort = next((one for one in known if not slug or one.slug == slug), None)
    if cohort is None:
        if slug:
            raise Http404
        return None
    reach = scope.of(person(request))
    inside = reach.below(given["district"]) if given.get("district") else reach
    if inside is None:
        raise Http404
    return Completion(cohort, inside, clock.now(), known)


def must_choose(request: HttpRequest) -> Completion:
    """As ``chosen``, where there is nothing to show without a class."""
    completion = chosen(request)
    if completion is None:
        raise Http404
    return completion


def unit_of(completion: Completion, request: HttpRequest) -> OrgUnit | None:
    """The unit that was asked for, None for all within reach."""
    given = request.POST if request.method == "POST" else request.GET
    code = given.get("district")
    units = completion.scope.units.values()
    return next((unit for unit in units if unit.code == code), None) if code else None


def address(view: str, cohort: Cohort, **more: Any) -> str:
    """A page of the desk about this class."""
    query = {"cohort": cohort.slug} | {key: value for key, value in more.items() if value}
    return f"{reverse(f'desk:{view}')}?{urlencode(query)}"


def tabs(completion: Completion, view: str) -> list[dict[str, Any]]:
    """The pages of the desk, for one class."""
    pages = (
        ("union", _("总览")), ("union_behind", _("联系名单")), ("union_figures", _("分项")),
        ("union_cohorts", _("各届对比")), ("union_reports", _("月报")),
        ("union_rules", _("预警规则")),
    )  # fmt: skip
    return [
        {"label": label, "url": address(name, completion.cohort), "current": name == view}
        for name, label in pages
    ]


def frame(completion: Completion, view: str) -> dict[str, Any]:
    """What the heading of every page of the desk shows."""
    return {
        "cohort": completion.cohort,
        "cohorts": [
            {"slug": one.slug, "name": one.name, "current": one.pk == completion.cohort.pk}
            for one in completion.beside
        ],
        "tabs": tabs(completion, view),
        "export_url": address("union_export", completion.cohort),
        "wall_url": address("union_wall", completion.cohort),
    }
