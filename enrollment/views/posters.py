"""QR posters: the scan, the staff's list, the sheet to print."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from enrollment.applications import poster_sheets, posters
from enrollment.applications.models import Poster
from enrollment.registry.models import Cohort
from enrollment.views import asking
from lms.accounts import policies
from lms.accounts.models import OrgUnit, Role, User
from lms.base import clock

Drawing = Callable[[Poster], bytes]
POSTER_COOKIE = "poster"
_REMEMBERED_S = 60 * 60 * 24 * 30
MAKERS = (Role.DISTRICT_OFFICER, Role.CITY_OFFICER, Role.REGISTRAR)


@policies.public
@require_safe
@never_cache
def poster(request: HttpRequest, code: str) -> HttpResponse:
    """The address in the QR code: counts the scan, remembers the poster, leads to applying."""
    found = posters.visit(code) if request.method == "GET" else posters.by_code(code)
    response = redirect("enrollment:apply")
    if found is not None:
        # A poster with a torn or mistyped code still leads to the class; it only is not counted.
        response.set_cookie(
            POSTER_COOKIE,
            found.code,
            max_age=_REMEMBERED_S,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure(),
        )
    return response


class PosterForm(forms.Form):
    """Where the poster will hang."""

    label = forms.CharField(
        label=gettext_lazy("张贴地点"),
        max_length=100,
        help_text=gettext_lazy("例如：滨江骑手驿站。每个地点一张，就知道哪里带来的人多。"),
    )
    district = forms.ModelChoiceField(
        label=gettext_lazy("在哪个区"),
        queryset=OrgUnit.objects.none(),
        required=False,
        empty_label=gettext_lazy("全市通用"),
        help_text=gettext_lazy("扫码的人会看到这个区已经选好，少点一下；可以自己改。"),
    )

    def __init__(self, data: Any, *, units: QuerySet[OrgUnit]) -> None:
        districts = units.filter(kind=OrgUnit.Kind.DISTRICT)
        only = list(districts[:2])
        super().__init__(data, initial={"district": only[0] if len(only) == 1 else None})
        field = self.fields["district"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset = districts


def _cohorts(user: User) -> QuerySet[Cohort]:
    """Cohorts of the cities that hold the user's units."""
    paths = policies.units_of(user, *MAKERS).values_list("path", flat=True)
    cities = {int(path.split("/")[0]) for path in paths}
    return Cohort.objects.filter(city__in=cities)


@policies.roles(*MAKERS)
@require_http_methods(["GET", "HEAD", "POST"])
def poster_list(request: HttpRequest) -> HttpResponse:
    """The posters of the newest cohort, what each brought, and a form for one more."""
    user = asking.person(request)
    cohort = _cohorts(user).select_related("city").order_by("-opens_on").first()
    if cohort is None:
        return render(request, "enrollment/posters/none.html")
    units = policies.units_of(user, *MAKERS).filter(path__startswith=cohort.city.path)
    if "stations" in request.POST:
        count = posters.make_for_stations(cohort, units, by=user, at=clock.now())
        messages.success(request, _("做好了 %(count)d 张驿站海报。") % {"count": count})
        return redirect("enrollment:posters")
    form = PosterForm(request.POST or None, units=units)
    if request.method == "POST" and form.is_valid():
        made = posters.make_poster(cohort, **form.cleaned_data, by=user, at=clock.now())
        return redirect("enrollment:poster_sheet", code=made.code)
    context = {
        "cohort": cohort,
        "form": form,
        "posters": posters.with_counts(cohort),
        "lacking": len(posters.stations_without(cohort, units)),
    }
    status = 400 if form.errors else 200
    return render(request, "enrollment/posters/list.html", context, status=status)


def _own_poster(request: HttpRequest, code: str) -> Poster:
    own = Poster.objects.select_related("cohort__city").filter(
        cohort__in=_cohorts(asking.person(request))
    )
    return get_object_or_404(own, code=code)


@policies.roles(*MAKERS)
@require_safe
def poster_sheet(request: HttpRequest, code: str) -> HttpResponse:
    """The poster on one sheet of A4, ready for the browser's print dialog."""
    found = _own_poster(request, code)
    context = poster_sheets.words(found) | {
        "poster": found,
        "code": mark_safe(posters.code_svg(found)),  # noqa: S308 - drawn by the QR library
        "print_attrs": {"data-prints": True},
    }
    return render(request, "enrollment/posters/sheet.html", context)


def _pdf(found: Poster) -> bytes:
    return poster_sheets.pdf(found, at=clock.now())


def _picture(found: Poster) -> bytes:
    return poster_sheets.png(found, at=clock.now())


_SHEETS: dict[str, tuple[str, Drawing]] = {
    "pdf": ("application/pdf", _pdf),
    "png": ("image/png", _picture),
}
_FILES: dict[str, tuple[str, Drawing]] = {
    "pdf": ("application/pdf", _pdf),
    "png": ("image/png", posters.code_png),
    "svg": ("image/svg+xml", posters.code_svg_file),
}


@policies.roles(*MAKERS)
@require_safe
def poster_file(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """The whole sheet as a PDF, or the code alone as a picture."""
    return _drawn(request, code, kind, _FILES)


@policies.roles(*MAKERS)
@require_safe
def poster_print(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """The whole sheet, for the print shop or as a picture."""
    return _drawn(request, code, kind, _SHEETS)


def _drawn(
    request: HttpRequest, code: str, kind: str, kinds: dict[str, tuple[str, Drawing]]
) -> HttpResponse:
    if kind not in kinds:
        raise Http404
    found = _own_poster(request, code)
    content_type, draw = kinds[kind]
    response = HttpResponse(draw(found), content_type=content_type)
    name = _("海报") + f"-{found.label}-{found.code}.{kind}"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
