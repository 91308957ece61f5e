"""职工学堂: courses that are open to every member who signs in."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.academy import learning, practice, queries
from courses.catalogue.models import Course, Lesson, Unit
from courses.catalogue.pages import LessonPage
from courses.learning import downloads, offline, progress_views, screens, texts
from courses.learning import queries as lessons
from courses.quizzes.models import Quiz
from lms.accounts import policies
from lms.accounts.models import Role, User
from lms.base import clock


def person(request: HttpRequest) -> User:
    return cast(User, request.user)


def _shell(request: HttpRequest) -> dict[str, Any]:
    """Who is no student has no places of a student at the bottom of the screen; a student comes from the courses."""
    is_student = person(request).has_role(Role.STUDENT)
    return {"tab": "courses" if is_student else "academy", "is_guest": not is_student}


@policies.signed_in
@require_safe
@offline.may_keep
def academy(request: HttpRequest) -> HttpResponse:
    """Every open course with what is done."""
    cards = [
        {
            "title": one.course.title,
            "summary": one.course.summary,
            "url": reverse("courses:open_course", args=[one.course.uuid]),
            "done": one.done,
            "total": one.total,
            "progress": _("完成 %(done)d / %(all)d 项") % {"done": one.done, "all": one.total},
            "note": _("%(lessons)d 讲 · 约 %(minutes)d 分钟")
            % {"lessons": one.lessons, "minutes": one.minutes},
        }
        for one in queries.courses_for(person(request))
    ]
    return render(request, "courses/academy/list.html", {**_shell(request), "cards": cards})


@policies.signed_in
@require_safe
@offline.may_keep
def course(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One open course as a path of lessons."""
    found = get_object_or_404(Course, uuid=uuid, is_open=True, retired_at=None)
    states = queries.lessons_of(person(request), found)
    context = {
        **_shell(request),
        "course": found,
        "rows": screens.lesson_rows(states),
        "done": sum(unit.done for lesson in states for unit in lesson.units),
        "total": sum(len(lesson.units) for lesson in states),
    }
    return render(request, "courses/academy/course.html", context)


def lesson(request: HttpRequest, found: Lesson) -> HttpResponse:
    """A lesson of an open course; ``learning.views.lesson`` hands it on."""
    text = texts.of_lesson(found)
    if text is None:
        raise Http404
    user = person(request)
    units = queries.with_progress(lessons.units_of(found, None), user)
    parts = screens.lesson_parts(text, units, user=user, at=clock.now(), counts=True)
    context = {
        **_shell(request),
        "text": text,
        "lesson": found,
        "course": found.course,
        "student": None,
        "member": user,
        # Notes and questions are of a class and its tutor.
        "parts": [{**part, "writes": False} for part in parts],
        "place": screens.neighbours(lessons.siblings(found.course), found),
        "has_player": any(part["kind"] == "video" for part in parts),
        "along": downloads.row_of(found, units),
    }
    return render(request, LessonPage.template, context)


@policies.signed_in
@require_POST
def finish_reading(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The button below the text."""
    unit = get_object_or_404(learning.open_units(), uuid=uuid, kind=Unit.Kind.TEXT)
    learning.finish(person(request), unit, share=1.0, done=True, at=clock.now())
    return redirect(reverse("courses:lesson", args=[unit.lesson.uuid]) + "#read")


@policies.signed_in
@require_POST
def record(request: HttpRequest) -> JsonResponse:
    """What a phone played and read of open courses, in the form of ``progress_views.record``."""
    user, now = person(request), clock.now()
    sent, refusal = progress_views.read_batch(request, owner=str(user.uuid))
    if sent is None:
        return cast(JsonResponse, refusal)
    watched, held = learning.take_in(user, sent.segments, sent_at=sent.sent_at, at=now)
    read, also = learning.take_reads(user, sent.reads, sent_at=sent.sent_at, at=now)
    return progress_views.told(sent, [*watched, *read], held | also)


@policies.signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def quiz(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Practice: answered, marked and explained at once; the best share is kept."""
    units = learning.open_units().select_related("quiz")
    unit = get_object_or_404(units, uuid=uuid, kind=Unit.Kind.QUIZ, quiz__isnull=False)
    test = cast(Quiz, unit.quiz)
    if request.method != "POST":
        sheet = practice.lay_out(test)
        return render(request, "courses/academy/quiz.html", _quiz(request, unit, sheet, None))
    try:
        sheet = practice.again(test, request.POST.get("sheet", ""))
    except signing.BadSignature:
        return redirect("courses:open_quiz", uuid)
    answered = practice.answered(sheet, request.POST)
    learning.finish(
        person(request), unit, share=answered.share, done=answered.passed, at=clock.now()
    )
    return render(request, "courses/academy/quiz.html", _quiz(request, unit, sheet, answered))


def _quiz(
    request: HttpRequest, unit: Unit, sheet: practice.Sheet, answered: practice.Answered | None
) -> dict[str, Any]:
    return {
        **_shell(request),
        "unit": unit,
        "quiz": unit.quiz,
        "sheet": sheet.token,
        "cards": practice.cards_of(sheet, answered),
        "answered": answered,
    }
