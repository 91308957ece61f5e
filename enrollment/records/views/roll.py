"""The roll of a class, and one student on it: what is known, what was done, what can be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from enrollment.letters import issuing
from enrollment.letters.models import Letter
from enrollment.letters.reasons import Reason
from enrollment.records import acts, auditing, curriculum, marks, papers, words
from enrollment.records.forms import (
    ActForm,
    NameForm,
    ProgrammeForm,
    RecognitionForm,
    SearchForm,
    UnionForm,
)
from enrollment.records.models import RollAct, RollPaper
from enrollment.records.views import reach
from enrollment.registry.models import Student
from enrollment.views import asking
from lms.accounts import policies
from lms.accounts.models import Role
from lms.base import clock
from lms.base.errors import Refused

PAGE = 50
Kind = RollAct.Kind
TONES = {"enrolled": "good", "on_leave": "warn", "withdrawn": "neutral", "graduated": "info"}


@policies.roles(Role.REGISTRAR)
@require_safe
@never_cache
def roll(request: HttpRequest) -> HttpResponse:
    """Everybody of a class, by status; found by name or number."""
    cohort = reach.chosen(request)
    if cohort is None:
        return render(request, "enrollment/registrar/none.html")
    everybody = Student.objects.filter(cohort=cohort)
    status, asked = request.GET.get("status", ""), request.GET.get("q", "").strip()[:100]
    found = everybody.filter(status=status) if status in Student.Status.values else everybody
    if asked:
        found = found.filter(Q(name__icontains=asked) | Q(student_no__icontains=asked))
    listed = found.select_related("programme", "org_unit").defer("id_number", "id_lookup")
    page = Paginator(listed.order_by("student_no"), PAGE).get_page(request.GET.get("page"))
    context = {
        "cohort": cohort,
        "cohorts": reach.tabs(request, cohort),
        "form": SearchForm({"q": asked}),
        "status": status,
        "status_tabs": _status_tabs(cohort.slug, everybody, status),
        "page": page,
        "page_base": asking.page_base(request),
        "columns": [
            {"label": each} for each in (_("姓名"), _("学号"), _("专业"), _("工会"), _("状态"))
        ],
        "rows": [_row(student) for student in page.object_list],
    }
    return render(request, "enrollment/records/roll.html", context)


def _status_tabs(slug: str, everybody: Any, current: str) -> list[dict[str, Any]]:
    counts = dict(everybody.order_by().values_list("status").annotate(n=Count("pk")))
    base = f"?{urlencode({'cohort': slug})}"
    first = {"label": _("全部"), "url": base, "current": not current, "count": sum(counts.values())}
    return [first] + [
        {
            "label": status.label,
            "url": f"{base}&status={status.value}",
            "current": status == current,
            "count": counts.get(status, 0),
        }
        for status in Student.Status
        if counts.get(status) or status == current
    ]


def _row(student: Student) -> list[Any]:
    return [
        {"text": student.name, "url": reverse("enrollment:roll_student", args=[student.uuid])},
        student.student_no,
        student.programme.title,
        student.org_unit.short_name,
        {"text": student.get_status_display(), "tone": TONES[student.status]},
    ]


# ---------------------------------------------------------------- one student


@policies.roles(Role.REGISTRAR)
@require_safe
@never_cache
def roll_student(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Everything the registrar needs of one student."""
    return _show(request, reach.student(request, uuid))


def _show(
    request: HttpRequest, student: Student, wrong: dict[str, forms.Form] | None = None
) -> HttpResponse:
    (line,) = auditing.audit_all([student], at=clock.now())
    context = {
        "student": student,
        "tone": TONES[student.status],
        "rows": [
            {"label": label, "value": value}
            for label, value in (
                (_("学号"), student.student_no),
                (_("班级"), student.cohort.name),
                (_("专业"), student.programme.title),
                (_("工会"), student.org_unit.name),
                (_("证件号码"), student.id_number.masked),
                (_("注册日期"), f"{clock.local(student.matriculated_at):%Y-%m-%d}"),
                (_("学分"), f"{line.earned} / {line.planned}"),
            )
            if value
        ],
        "courses": _courses(student, line),
        "missing": [words.missing(each) for each in line.missing],
        "acts": student.roll_acts.select_related("by").prefetch_related("papers"),
        "letters": Letter.objects.filter(student=student).order_by("-pk"),
        "forms": _forms(student, wrong or {}),
        "opened": next(iter(wrong or {}), ""),
    }
    return render(request, "enrollment/records/student.html", context, status=400 if wrong else 200)


def _courses(student: Student, line: auditing.Line) -> list[dict[str, Any]]:
    records = marks.newest([student.pk]).get(student.pk, {})
    rows = []
    for course in line.case.plan:
        study, record = line.case.study.get(course.uuid), records.get(course.uuid)
        rows.append(
            {
                "title": course.title,
                "credits": course.credits,
                "lessons": f"{study.units_done} / {study.units_required}" if study else "–",
                "record": record,
                "quiz": study.quiz_percent if study else None,
            }
        )
    return rows


_ACTS: dict[str, tuple[str, type[forms.Form]]] = {
    Kind.LEAVE: ("enrolled", ActForm),
    Kind.RETURN: ("on_leave", ActForm),
    Kind.RECOGNITION: ("enrolled on_leave", RecognitionForm),
    Kind.NAME: ("enrolled on_leave graduated withdrawn", NameForm),
    Kind.PROGRAMME: ("enrolled on_leave", ProgrammeForm),
    Kind.UNION: ("enrolled on_leave", UnionForm),
    Kind.WITHDRAWAL: ("enrolled on_leave", ActForm),
}


def _is_for(kind: str, student: Student) -> bool:
    statuses, _form_class = _ACTS[kind]
    return student.status in statuses.split()


def _forms(student: Student, wrong: dict[str, forms.Form]) -> list[dict[str, Any]]:
    """What may be done now, each with its form; what stands here wrong comes back as typed."""
    return [
        {
            "act": kind,
            "label": Kind(kind).label,
            "form": wrong.get(kind) or _form(kind, student),
            "danger": kind == Kind.WITHDRAWAL,
        }
        for kind in _ACTS
        if _is_for(kind, student)
    ]


def _form(kind: str, student: Student, *data: Any) -> forms.Form:
    made = _ACTS[kind][1]
    more: dict[str, Any] = {"auto_id": f"{kind}_%s"}
    if made in (ProgrammeForm, UnionForm):
        more["student"] = student
    if made is RecognitionForm:
        more["plan"] = curriculum.plan_of(student.programme_id)
    return made(*data, **more)


def _do(kind: str, student: Student, values: dict[str, Any], who: dict[str, Any]) -> object:
    told = {"reason": values["reason"], "papers": values["papers"], **who}
    match kind:
        case Kind.NAME:
            return acts.correct_name(student, values["name"], **told)
        case Kind.PROGRAMME:
            return acts.change_programme(student, values["programme"], **told)
        case Kind.UNION:
            return acts.change_union(student, values["unit"], **told)
        case Kind.RECOGNITION:
            return marks.recognise(student, values["course"], **told)
    return acts.change_status(student, kind, **told)


@policies.roles(Role.REGISTRAR)
@require_POST
def roll_act(request: HttpRequest, uuid: UUID, act: str) -> HttpResponse:
    """One act on one student, with its reason and papers."""
    student = reach.student(request, uuid)
    if act == "transcript":
        return _transcript(request, student)
    if act not in _ACTS:
        raise Http404
    if not _is_for(act, student):
        was, label = student.get_status_display(), Kind(act).label
        asking.say(request, acts.NotNow(student, was=was, act=label))
        return redirect("enrollment:roll_student", uuid=student.uuid)
    form = _form(act, student, request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, student, {act: form})
    who = {"by": asking.person(request), "at": clock.now()}
    return _answer(
        request,
        student,
        lambda: _do(act, student, form.cleaned_data, who),
        _("已办理：%(act)s。") % {"act": Kind(act).label},
    )


def _transcript(request: HttpRequest, student: Student) -> HttpResponse:
    """Issue the transcript, or a newer one in place of what stands."""
    who: dict[str, Any] = {"by": asking.person(request), "at": clock.now(), "tell": False}

    def act() -> Letter:
        standing = issuing.in_force(student, Letter.Kind.TRANSCRIPT)
        if standing is not None:
            standing.student = student
            return issuing.reissue(standing, Reason.NEWER, **who)
        return issuing.issue(student, kind=Letter.Kind.TRANSCRIPT, **who)

    return _answer(request, student, act, _("成绩单正在制作，几秒后可以下载。"))


def _answer(
    request: HttpRequest, student: Student, act: Callable[[], object], done: str
) -> HttpResponse:
    try:
        act()
        messages.success(request, done)
    except Refused as refusal:
        asking.say(request, refusal)
    return redirect("enrollment:roll_student", uuid=student.uuid)


@policies.roles(Role.REGISTRAR)
@require_safe
@never_cache
def roll_paper(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A paper that an act rests on; who read it is an audit row."""
    own = RollPaper.objects.filter(act__student__cohort__in=reach.cohorts(request))
    paper = get_object_or_404(own.select_related("act__student"), uuid=uuid)
    content = papers.read(paper, by=asking.person(request), at=clock.now())
    response = HttpResponse(content, content_type=paper.content_type)
    response["Content-Disposition"] = content_disposition_header(True, paper.name) or ""
    return response
