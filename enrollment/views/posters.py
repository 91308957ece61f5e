"""QR posters: the scan, the staff's list, the sheet to print."""

from __future__ import annotations

from django import forms
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
from lms.accounts.models import Role, User
from lms.base import clock

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
    cohort = _cohorts(user).order_by("-opens_on").first()
    if cohort is None:
        return render(request, "enrollment/posters/none.html")
    form = PosterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = posters.make_poster(cohort, form.cleaned_data["label"], by=user, at=clock.now())
        return redirect("enrollment:poster_sheet", code=made.code)
    context = {"cohort": cohort, "form": form, "posters": posters.with_counts(cohort)}
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


_FILES = {
    "pdf": ("application/pdf", _pdf),
    "png": ("image/png", posters.code_png),
    "svg": ("image/svg+xml", posters.code_svg_file),
}


@policies.roles(*MAKERS)
@require_safe
def poster_file(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """The whole sheet as a PDF, or the code alone as a picture."""
    if kind not in _FILES:
        raise Http404
    found = _own_poster(request, code)
    content_type, draw = _FILES[kind]
    response = HttpResponse(draw(found), content_type=content_type)
    name = _("海报") + f"-{found.code}.{kind}"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
