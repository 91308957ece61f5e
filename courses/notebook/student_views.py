"""A student writes beside a lesson, reads it again, and throws it away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.catalogue.models import Lesson
from courses.learning import queries as lessons
from courses.learning.views import check_programme, student_here
from courses.notebook import cards, forms, queries, writing
from courses.notebook.models import TutorQuestion
from enrollment.api import Student
from lms.accounts import policies
from lms.accounts.models import Role
from lms.base import clock
from lms.base.errors import Refused

# Asked for by js/remarks.js, which puts the list into the lesson's own page.
PART = "X-Part"


@policies.roles(Role.STUDENT)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def lesson_remarks(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What the student wrote in one lesson; a POST adds to it."""
    student = student_here(request)
    lesson = lessons.live_lesson(uuid)
    if lesson is None:
        raise Http404
    check_programme(student, lesson.course.programme)
    if request.method == "POST":
        return _write(request, student, lesson)
    context = {
        "lesson": lesson,
        "notes": [cards.note(row) for row in queries.notes_of(student, lesson)],
        "questions": [cards.question(row) for row in queries.questions_of(student, lesson)],
        "most": writing.MOST_CHARACTERS,
        "tab": "courses",
    }
    # After the rows were read: what is new is still marked this once.
    _look(student)
    name = "_lesson_remarks.html" if PART in request.headers else "lesson_remarks.html"
    return render(request, f"courses/notebook/{name}", context)


def _write(request: HttpRequest, student: Student, lesson: Lesson) -> HttpResponse:
    by_script = PART in request.headers
    form = forms.RemarkForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"error": _("内容看不懂，请刷新页面再试。")}, status=400)
    given = form.cleaned_data
    write: Any = writing.take_note if given["kind"] == forms.NOTE else writing.ask
    try:
        unit, at_s = writing.place(lesson, given["unit"], given["at_s"])
        write(student, unit, at_s=at_s, text=given["text"], uuid=given["uuid"], at=clock.now())
    except Refused as refusal:
        if by_script:
            return JsonResponse({"error": str(refusal)}, status=refusal.status)
        raise
    if by_script:
        return JsonResponse({"uuid": str(given["uuid"])})
    sentence = (
        _("记下了。") if given["kind"] == forms.NOTE else _("问题交给老师了，回答会出现在这里。")
    )
    messages.success(request, sentence)
    return redirect("courses:lesson_remarks", lesson.uuid)


def _look(student: Student) -> None:
    learner = getattr(student, "learner", None)
    if learner is not None and learner.unseen_replies:
        writing.see(student, at=clock.now())


@policies.roles(Role.STUDENT)
@require_safe
@never_cache
def note_list(request: HttpRequest) -> HttpResponse:
    """Every note, by course and lesson."""
    student = student_here(request)
    rows = [cards.note(row) for row in queries.notes_of(student)]
    context = {"groups": cards.by_lesson(rows), "count": len(rows), "tab": "me"}
    return render(request, "courses/notebook/note_list.html", context)


@policies.roles(Role.STUDENT)
@require_POST
def note_drop(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Delete one note."""
    if writing.drop_note(student_here(request), uuid):
        messages.success(request, _("笔记删掉了。"))
    return redirect(_back(request, "courses:notes"))


@policies.roles(Role.STUDENT)
@require_POST
def notes_drop(request: HttpRequest) -> HttpResponse:
    """Delete every note."""
    gone = writing.drop_notes(student_here(request))
    messages.success(request, _("删掉了 %(count)d 条笔记。") % {"count": gone})
    return redirect("courses:notes")


@policies.roles(Role.STUDENT)
@require_safe
@never_cache
def question_list(request: HttpRequest) -> HttpResponse:
    """Every question with its answers, the newest first."""
    student = student_here(request)
    rows = [cards.question(row) for row in queries.questions_of(student)]
    _look(student)
    context = {"questions": rows, "tab": "me"}
    return render(request, "courses/notebook/question_list.html", context)


@policies.roles(Role.STUDENT)
@require_POST
def question_take_back(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The student takes a question back; its words go."""
    student = student_here(request)
    own = TutorQuestion.objects.select_related("student")
    question = get_object_or_404(own, uuid=uuid, student=student)
    writing.take_back(question, by=student.user, at=clock.now())
    messages.success(request, _("问题收回了。"))
    return redirect(_back(request, "courses:questions"))


def _back(request: HttpRequest, otherwise: str) -> str:
    """The lesson's list, if the button stood there."""
    lesson = request.POST.get("lesson", "")
    try:
        return reverse("courses:lesson_remarks", args=[UUID(lesson)])
    except ValueError:
        return reverse(otherwise)
