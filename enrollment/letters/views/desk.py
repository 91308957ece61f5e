"""The registrar's desk: everybody's letter, how far it is, and what to do about it."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from enrollment.letters import ceremony as ceremonies
from enrollment.letters import contents, queries, trial
from enrollment.letters.forms import CeremonyForm, PreviewForm
from enrollment.letters.queries import Line, Stage
from enrollment.letters.views import choosing
from enrollment.registry.models import Cohort, Programme, Student
from enrollment.views import asking
from lms.accounts import policies
from lms.accounts.models import Role
from lms.base import clock
from lms.base.errors import Refused

PAGE = 50
TONES = {
    Stage.FAILED: "accent",
    Stage.MISSING: "warn",
    Stage.QUEUED: "info",
    Stage.PRINTING: "info",
    Stage.READY: "good",
    Stage.SEEN: "good",
    Stage.REVOKED: "neutral",
}


def _back(cohort: Cohort) -> HttpResponseRedirect:
    return redirect(f"{reverse('enrollment:letters')}?{urlencode({'cohort': cohort.slug})}")


@policies.roles(Role.REGISTRAR)
@require_safe
@never_cache
def letters(request: HttpRequest) -> HttpResponse:
    """Everybody of a cohort; htmx asks for the list alone while letters are being made."""
    cohort = choosing.cohort(request)
    if cohort is None:
        return render(request, "enrollment/letters/desk_none.html")
    context = _list_context(request, cohort)
    if getattr(request, "htmx", False):
        return render(request, "enrollment/letters/_register.html", context)
    context |= {
        "cohorts": choosing.tabs(request, cohort),
        "ceremony_form": CeremonyForm.of(cohort),
        "has_ceremony": contents.has_ceremony(cohort),
    }
    return render(request, "enrollment/letters/desk.html", context)


def _list_context(request: HttpRequest, cohort: Cohort) -> dict[str, Any]:
    lines = queries.register(cohort)
    counts = queries.counts(lines)
    stage = request.GET.get("stage", "")
    chosen = [line for line in lines if line.stage == stage] if stage in Stage.values else lines
    page = Paginator(chosen, PAGE).get_page(request.GET.get("page"))
    here = urlencode({"cohort": cohort.slug} | ({"stage": stage} if stage else {}))
    return {
        "cohort": cohort,
        "here": f"?{here}&page={page.number}",
        "page": page,
        "page_base": f"?{here}&page=",
        "rows": [_row(line) for line in page],
        "stage_tabs": _stage_tabs(cohort, counts, len(lines), stage),
        "total": len(lines),
        "printed": sum(counts[each] for each in queries.PRINTED),
        "missing": counts[Stage.MISSING],
        "under_way": sum(counts[each] for each in queries.UNDER_WAY),
    }


def _row(line: Line) -> dict[str, Any]:
    letter = line.letter
    return {
        "student": line.student,
        "letter": letter,
        "issued_on": clock.local_date(letter.issued_at) if letter else None,
        "stage": line.stage.label,
        "tone": TONES[line.stage],
        "reason": line.reason or _obstacle(line),
    }


def _obstacle(line: Line) -> str:
    """Why a student still has no letter, where it is more than waiting."""
    if line.stage != Stage.MISSING or not contents.has_ceremony(line.student.cohort):
        return ""
    return str(trial.obstacle(line.student, at=clock.now()) or "")


def _stage_tabs(
    cohort: Cohort, counts: dict[Stage, int], total: int, current: str
) -> list[dict[str, Any]]:
    base = f"?{urlencode({'cohort': cohort.slug})}"
    tabs = [{"label": _("全部"), "url": base, "current": not current, "count": total}]
    return tabs + [
        {
            "label": stage.label,
            "url": f"{base}&stage={stage.value}",
            "current": stage == current,
            "count": counts[stage],
        }
        for stage in Stage
        if counts[stage] or stage == current
    ]


@policies.roles(Role.REGISTRAR)
@require_POST
def ceremony(request: HttpRequest) -> HttpResponse:
    """When and where the cohort meets first."""
    cohort = choosing.cohort(request)
    if cohort is None:
        return redirect("enrollment:letters")
    form = CeremonyForm(request.POST)
    if not form.is_valid():
        context = _list_context(request, cohort)
        context |= {"cohorts": choosing.tabs(request, cohort), "ceremony_form": form}
        context["has_ceremony"] = contents.has_ceremony(cohort)
        return render(request, "enrollment/letters/desk.html", context, status=400)
    when, where = form.cleaned_data["starts_at"], form.cleaned_data["place"]
    ceremonies.set_ceremony(
        cohort, when=when, where=where, by=asking.person(request), at=clock.now()
    )
    messages.success(request, _("已保存。已经签发的通知书不变，学员页面会显示新的时间和地点。"))
    return _back(cohort)


@policies.roles(Role.REGISTRAR)
@require_safe
@never_cache
def preview(request: HttpRequest) -> HttpResponse:
    """How a letter will look with the names that try it hardest; nothing is issued."""
    cohort = choosing.cohort(request)
    if cohort is None:
        return redirect("enrollment:letters")
    form = PreviewForm(request.GET)
    name = form.cleaned_data["name"] if form.is_valid() else ""
    samples = queries.sample_names(cohort)
    who = request.GET.get("who", "longest")
    student = samples.get(who) or next(iter(samples.values()), None) or _nobody(cohort)
    context = {
        "cohort": cohort,
        "form": form,
        "tabs": _sample_tabs(cohort, samples, "" if name else who),
        **_picture(student, name),
    }
    return render(request, "enrollment/letters/preview.html", context)


def _picture(student: Student, name: str) -> dict[str, Any]:
    from enrollment.letters import press

    at = clock.now()
    try:
        facts = contents.sample(student, name=name, at=at)
        picture = press.typesetter().set_picture(contents.template(), facts, at=at)
    except Refused as refusal:
        return {"refusal": str(refusal)}
    # In the page itself: the picture is looked at once, and a refusal needs the page anyway.
    return {"picture": f"data:image/png;base64,{base64.b64encode(picture).decode()}"}


def _nobody(cohort: Cohort) -> Student:
    """Somebody to print for while a cohort has no students; never saved."""
    programme = Programme.objects.first() or Programme(title=_("专业"))
    return Student(cohort=cohort, programme=programme, name=_("张三"), student_no="")


def _sample_tabs(cohort: Cohort, samples: dict[str, Student], current: str) -> list[dict[str, Any]]:
    labels = {"longest": _("最长的名字"), "shortest": _("最短的名字"), "rarest": _("最生僻的名字")}
    return [
        {
            "label": f"{labels[who]}：{student.name}",
            "url": f"?{urlencode({'cohort': cohort.slug, 'who': who})}",
            "current": who == current,
            "count": None,
        }
        for who, student in samples.items()
    ]
