"""Welcome kits on the registrar's desk: who has theirs, what is in one, what went wrong."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from enrollment.kits import contents, handing, queries
from enrollment.kits.forms import ContentsForm
from enrollment.letters.views import choosing
from enrollment.registry.models import Cohort
from enrollment.views import asking
from lms.accounts import policies
from lms.accounts.models import Role
from lms.base import clock


def _page(
    request: HttpRequest, cohort: Cohort, form: ContentsForm | None = None, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "cohort": cohort,
        "cohorts": choosing.tabs(request, cohort),
        "count": queries.count(cohort),
        "lines": queries.people(cohort),
        "doubles": queries.doubles(cohort),
        "form": form or ContentsForm(cohort),
        "is_empty": not any(contents.things_of(cohort).values()),
    }
    return render(request, "enrollment/kits/desk.html", context, status=status)


@policies.roles(Role.REGISTRAR)
@require_safe
@never_cache
def kits(request: HttpRequest) -> HttpResponse:
    """Everybody of a cohort: those whose kit still waits first."""
    cohort = choosing.cohort(request)
    if cohort is None:
        return render(request, "enrollment/kits/none.html")
    return _page(request, cohort)


@policies.roles(Role.REGISTRAR)
@require_POST
def set_contents(request: HttpRequest) -> HttpResponse:
    """What the kits hold."""
    cohort = choosing.cohort(request)
    if cohort is None:
        return redirect("enrollment:kits")
    form = ContentsForm(cohort, request.POST)
    if not form.is_valid():
        return _page(request, cohort, form, status=400)
    contents.set_contents(cohort, form.items(), by=asking.person(request), at=clock.now())
    messages.success(request, _("已保存。手机上的发放台会自己更新。"))
    return _back(cohort)


@policies.roles(Role.REGISTRAR)
@require_POST
def undo_handout(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take a hand-out back."""
    handout = get_object_or_404(queries.handouts_of(asking.person(request)), uuid=uuid)
    handing.undo(handout, by=asking.person(request), at=clock.now())
    said = _("已撤回 %(name)s 的领取记录。") % {"name": handout.student.name}
    messages.success(request, said)
    return _back(handout.student.cohort)


def _back(cohort: Cohort) -> HttpResponseRedirect:
    return redirect(f"{reverse('enrollment:kits')}?{urlencode({'cohort': cohort.slug})}")
