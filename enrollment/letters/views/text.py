"""Editing what letters say, with a look at the hardest names before it is saved."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from enrollment.letters import queries, texts, trying
from enrollment.letters.forms import TextForm
from enrollment.registry.models import Cohort
from enrollment.views import asking
from lms.accounts import policies
from lms.accounts.models import Role
from lms.base import clock
from lms.base.errors import Refused


@policies.roles(Role.REGISTRAR)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def letter_text(request: HttpRequest, slug: str) -> HttpResponse:
    """GET: the text in force. POST ``try``: a look at the typed one. POST ``save``: a new edition."""
    cohort = get_object_or_404(queries.cohorts_of(asking.person(request)), slug=slug)
    if request.method != "POST":
        return _page(request, cohort, TextForm.of(cohort))
    form = TextForm(request.POST)
    if not form.is_valid():
        return _page(request, cohort, form, status=400)
    if request.POST.get("act") != "save":
        return _page(request, cohort, form, paragraphs=form.cleaned_data["text"])
    return _save(request, cohort, form)


def _save(request: HttpRequest, cohort: Cohort, form: TextForm) -> HttpResponse:
    paragraphs, after = form.cleaned_data["text"], form.cleaned_data["after"]
    try:
        trying.prove(cohort, paragraphs)
        texts.change(cohort, paragraphs, after=after, by=asking.person(request), at=clock.now())
    except Refused as refusal:
        form.add_error("text", str(refusal))
        return _page(request, cohort, form, status=400)
    messages.success(request, _("已保存。以后签发的通知书用新的正文，已经签发的不变。"))
    preview = reverse("enrollment:letters_preview")
    return redirect(f"{preview}?{urlencode({'cohort': cohort.slug})}")


def _page(
    request: HttpRequest,
    cohort: Cohort,
    form: TextForm,
    *,
    paragraphs: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "cohort": cohort,
        "form": form,
        "version": texts.in_force(cohort).version,
        "history": [_edition(edition) for edition in texts.history(cohort)],
        "sheets": _sheets(cohort, paragraphs) if paragraphs else [],
    }
    return render(request, "enrollment/letters/text.html", context, status=status)


def _edition(edition: texts.LetterText) -> dict[str, Any]:
    who, when = str(edition.changed_by), clock.local(edition.changed_at)
    return {
        "label": _("第 %(version)d 版") % {"version": edition.version},
        "value": f"{when:%Y-%m-%d %H:%M} {who}",
    }


def _sheets(cohort: Cohort, paragraphs: list[str]) -> list[dict[str, str]]:
    labels = {"longest": _("最长的名字"), "shortest": _("最短的名字"), "rarest": _("最生僻的名字")}
    sheets = []
    for who, student in trying.samples(cohort).items():
        sheet = {"label": f"{labels[who]}：{student.name}", "picture": "", "refusal": ""}
        try:
            png = trying.picture(student, paragraphs=paragraphs)
            sheet["picture"] = f"data:image/png;base64,{base64.b64encode(png).decode()}"
        except Refused as refusal:
            sheet["refusal"] = str(refusal)
        sheets.append(sheet)
    return sheets
