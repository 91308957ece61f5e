"""Screens of a quiz: begin, answer, see what was right. Works without a script."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django.db.models import BigIntegerField, UUIDField
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from courses.catalogue.models import Unit
from courses.learning.views import check_programme, student_here
from courses.quizzes import attempts, cards, kinds, marking
from courses.quizzes.attempts import Asked
from courses.quizzes.models import Attempt, Quiz
from enrollment.api import Student
from lms.accounts import policies
from lms.accounts.models import Role
from lms.base import clock
from lms.base.prepared import Given, Prepared

LONGEST_ANSWER = 200


@policies.roles(Role.STUDENT)
@require_POST
def begin(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Open an attempt, or go on with the open one."""
    student = student_here(request)
    quizzes = Unit.objects.select_related("quiz", "lesson__course__programme")
    unit = get_object_or_404(quizzes, uuid=uuid, kind=Unit.Kind.QUIZ, quiz__isnull=False)
    check_programme(student, unit.lesson.course.programme)
    opened = attempts.open_attempt(student, cast(Quiz, unit.quiz), at=clock.now())
    return redirect("courses:attempt", opened.uuid)


@policies.roles(Role.STUDENT)
@require_http_methods(["GET", "HEAD", "POST"])
def attempt(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Five cards and one button; after it the same cards with what was right and why."""
    student = student_here(request)
    mine = _own(student, uuid)
    asked = attempts.asked(mine)
    if request.method == "POST" and mine.submitted_at is None:
        given = given_in(request.POST, asked)
        blank = [one for one in asked if marking.is_blank(given[one.version.pk])]
        if not blank or "sure" in request.POST:
            attempts.submit(mine, given, by=student.user, at=clock.now())
            return redirect("courses:attempt", uuid)
        asked = [Asked(one.version, one.points, given[one.version.pk]) for one in asked]
        return render(request, "courses/attempt.html", _context(student, mine, asked, len(blank)))
    return render(request, "courses/attempt.html", _context(student, mine, asked, 0))


_OWN = Prepared(
    lambda: Attempt.objects.select_related("quiz").filter(
        uuid=Given("uuid", UUIDField()), student_id=Given("student", BigIntegerField())
    )
)


def _own(student: Student, uuid: UUID) -> Attempt:
    mine: Attempt | None = _OWN.first(uuid=uuid, student=student.pk)
    if mine is None:
        raise Http404
    mine.student = student
    return mine


def given_in(fields: QueryDict, asked: Sequence[Asked]) -> dict[int, Any]:
    """The answers in a form that was sent, by version key."""
    return {one.version.pk: _read(fields, one) for one in asked}


def _read(fields: QueryDict, one: Asked) -> Any:
    name = cards.name_of(one.version)
    if one.kind == kinds.MULTIPLE:
        return [key[:LONGEST_ANSWER] for key in fields.getlist(name)]
    return fields.get(name, "")[:LONGEST_ANSWER]


_UNIT_OF = Prepared(
    lambda: (
        Unit.objects.filter(
            quiz_id=Given("quiz", BigIntegerField()),
            lesson__course__programme_id=Given("programme", BigIntegerField()),
        )
        .select_related("lesson")
        .order_by("retired_at", "id")
    )
)


def _context(student: Student, mine: Attempt, asked: Sequence[Asked], blank: int) -> dict[str, Any]:
    unit = _UNIT_OF.first(quiz=mine.quiz_id, programme=student.programme_id)
    return {
        "tab": "courses",
        "attempt": mine,
        "quiz": mine.quiz,
        "unit": unit,
        "submitted": mine.submitted_at is not None,
        "cards": [
            cards.card(one, number, submitted=mine.submitted_at is not None)
            for number, one in enumerate(asked, start=1)
        ],
        "blank": blank,
        "percent": cards.percent(mine),
    }


@policies.roles(Role.STUDENT)
@require_POST
def keep_answer(request: HttpRequest, uuid: UUID) -> JsonResponse:
    """One answer, kept at once by the script: ``{uuid, version, given}``; twice is once."""
    mine = _own(student_here(request), uuid)
    try:
        body = json.loads(request.body)
        key, version = UUID(str(body["uuid"])), int(body["version"])
        given = _tidy(body["given"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return JsonResponse({"error": _("内容看不懂，请刷新页面再试。")}, status=400)
    kept = attempts.answer(mine, version, given, key=key, at=clock.now())
    return JsonResponse({"kept": kept is not None})


def _tidy(given: Any) -> str | list[str]:
    if isinstance(given, list):
        return [str(key)[:LONGEST_ANSWER] for key in given[:20]]
    return str(given)[:LONGEST_ANSWER]
