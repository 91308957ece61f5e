"""Which columns a college's registration table has, and what fills each."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from enrollment.completion import registration
from enrollment.registry.models import Cohort, Student
from enrollment.views import asking
from lms.accounts import policies
from lms.accounts.models import Role
from lms.base import clock
from lms.base.errors import Refused

_SPARE = 3


class ColumnForm(forms.Form):
    """One column; a line without a heading is no column."""

    heading = forms.CharField(label=gettext_lazy("列名"), max_length=40, required=False)
    source = forms.ChoiceField(
        label=gettext_lazy("填什么"),
        required=False,
        choices=[(key, source.label) for key, source in registration.SOURCES.items()],
    )
    fixed = forms.CharField(label=gettext_lazy("固定内容"), max_length=60, required=False)


Columns = forms.formset_factory(
    ColumnForm, extra=_SPARE, max_num=registration.MOST_COLUMNS, absolute_max=60
)


@policies.roles(Role.REGISTRAR)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def registration_layout(request: HttpRequest, slug: str) -> HttpResponse:
    """The columns of the class's college, in order; a POST keeps them."""
    user = asking.person(request)
    cities = policies.units_of(user, Role.REGISTRAR)
    cohort = get_object_or_404(Cohort, slug=slug, city__in=cities)
    if request.method == "POST":
        columns = Columns(request.POST)
        if columns.is_valid():
            return _keep(request, cohort, columns.cleaned_data)
        return _page(request, cohort, columns, status=400)
    return _page(request, cohort, Columns(initial=registration.layout_of(cohort.college)))


def _keep(request: HttpRequest, cohort: Cohort, lines: list[dict[str, Any]]) -> HttpResponse:
    wanted = [line for line in lines if line.get("heading")]
    try:
        registration.keep_layout(cohort.college, wanted, by=asking.person(request), at=clock.now())
    except Refused as refusal:
        asking.say(request, refusal)
    else:
        told = {"n": len(wanted), "college": cohort.college}
        messages.success(request, _("已保存%(college)s的 %(n)d 列。") % told)
    return redirect("enrollment:registration_layout", slug=cohort.slug)


def _page(request: HttpRequest, cohort: Cohort, columns: Any, status: int = 200) -> HttpResponse:
    usual = [(h, registration.MEANINGS[h]) for h, _source, _fixed in registration.USUAL]
    context = {
        "cohort": cohort,
        "columns": columns,
        "usual": usual,
        "has_students": Student.objects.filter(cohort=cohort).exists(),
    }
    return render(request, "enrollment/registrar/registration.html", context, status=status)
