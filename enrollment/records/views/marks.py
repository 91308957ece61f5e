"""Marks of a class, course by course."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from enrollment.records import auditing, curriculum, marks
from enrollment.records.curriculum import PlannedCourse
from enrollment.records.forms import MarkField, SourceForm
from enrollment.records.views import reach
from enrollment.registry.models import Cohort, Programme, Student
from enrollment.views import asking
from lms.accounts import policies
from lms.accounts.models import Role
from lms.base import clock
from lms.base.errors import Refused


@policies.roles(Role.REGISTRAR)
@require_safe
@never_cache
def class_marks(request: HttpRequest, slug: str) -> HttpResponse:
    """The courses of a class and how many have a mark."""
    cohort = reach.cohort(request, slug)
    students = list(auditing.on_the_roll(cohort))
    records = marks.newest(student.pk for student in students)
    rows = []
    for programme in Programme.objects.filter(students__in=students).distinct():
        here = [each for each in students if each.programme_id == programme.pk]
        for course in curriculum.plan_of(programme.pk):
            marked = sum(course.uuid in records.get(each.pk, {}) for each in here)
            url = reverse("enrollment:course_marks", args=[cohort.slug, course.uuid])
            rows.append(
                [
                    {"text": course.title, "url": url},
                    programme.title,
                    str(course.credits),
                    f"{marked} / {len(here)}",
                ]
            )
    columns: list[dict[str, Any]] = [{"label": _("课程")}, {"label": _("专业")}]
    columns += [{"label": each, "numeric": True} for each in (_("学分"), _("已有成绩"))]
    tabs = reach.tabs(request, cohort, "enrollment:class_marks")
    context = {"cohort": cohort, "cohorts": tabs, "columns": columns, "rows": rows}
    return render(request, "enrollment/records/class_marks.html", context)


def _course(cohort: Cohort, uuid: UUID) -> tuple[PlannedCourse, Programme]:
    for programme in Programme.objects.filter(students__cohort=cohort).distinct():
        for course in curriculum.plan_of(programme.pk):
            if course.uuid == uuid:
                return course, programme
    raise Http404


@policies.roles(Role.REGISTRAR)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def course_marks(request: HttpRequest, slug: str, uuid: UUID) -> HttpResponse:
    """The sheet of one course; a POST writes the marks that changed."""
    cohort = reach.cohort(request, slug)
    course, programme = _course(cohort, uuid)
    students = list(auditing.on_the_roll(cohort).filter(programme=programme))
    form = SourceForm(request.POST or None)
    sheet = _sheet(students, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and sheet.is_valid():
        given = {
            student: sheet.cleaned_data[_name(student)]
            for student in students
            if sheet.cleaned_data[_name(student)] is not None
        }
        who: dict[str, Any] = {"by": asking.person(request), "at": clock.now()}
        try:
            count = marks.write(course, given, **form.cleaned_data, **who)
            messages.success(request, _("已保存 %(count)d 个成绩。") % {"count": count})
        except Refused as refusal:
            asking.say(request, refusal)
        return redirect("enrollment:course_marks", slug=cohort.slug, uuid=course.uuid)
    context = {
        "cohort": cohort,
        "course": course,
        "programme": programme,
        "form": form,
        "lines": _lines(students, course, sheet),
        "wrong": request.method == "POST",
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "enrollment/records/course_marks.html", context, status=status)


def _name(student: Student) -> str:
    return f"mark-{student.uuid}"


def _sheet(students: list[Student], data: Any) -> forms.Form:
    sheet = forms.Form(data)
    for student in students:
        sheet.fields[_name(student)] = MarkField()
    return sheet


def _lines(
    students: list[Student], course: PlannedCourse, sheet: forms.Form
) -> list[dict[str, Any]]:
    keys = [student.pk for student in students]
    records, study = marks.newest(keys), curriculum.study_of(keys)
    return [
        {
            "student": student,
            "field": sheet[_name(student)],
            "label": _("%(name)s 的成绩") % {"name": student.name},
            "record": records.get(student.pk, {}).get(course.uuid),
            "study": study.get((student.pk, course.uuid)),
        }
        for student in students
    ]
