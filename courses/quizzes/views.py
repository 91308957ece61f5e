"""Screens of a quiz: begin, answer, see what was right. Works without a script."""

from __future__ import annotations

import json
import urllib.parse
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.db.models import BigIntegerField, UUIDField
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.catalogue.models import Unit
from courses.learning.views import check_programme, student_here
from courses.quizzes import (
    answers,
    attempts,
    cards,
    handing,
    kinds,
    marking,
    timing,
    tutor_marking,
)
from courses.quizzes.attempts import Asked
from courses.quizzes.models import AnswerFile, Attempt, Quiz
from enrollment.api import Student
from lms.accounts import policies
from lms.accounts.models import Role, User
from lms.base import clock
from lms.base.errors import Refused
from lms.base.prepared import Given, Prepared


@policies.roles(Role.STUDENT)
@require_POST
def begin(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Open an attempt, or go on with the open one."""
    student = student_here(request)
    quizzes = Unit.objects.select_related("quiz", "lesson__course__programme")
    degree = {"lesson__course__is_open": False, "quiz__isnull": False}
    unit = get_object_or_404(quizzes, uuid=uuid, kind=Unit.Kind.QUIZ, **degree)
    check_programme(student, unit.lesson.course.programme)
    opened = attempts.open_attempt(student, cast(Quiz, unit.quiz), at=clock.now())
    return redirect("courses:attempt", opened.uuid)


@policies.roles(Role.STUDENT)
@require_http_methods(["GET", "HEAD", "POST"])
def attempt(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The cards and one button; after it the same cards with what was right and why."""
    student = student_here(request)
    mine = _own(student, uuid)
    asked = attempts.asked(mine)
    if request.method != "POST" or mine.submitted_at is not None:
        return render(request, "courses/attempt.html", _context(student, mine, asked, 0))
    given = given_in(request.POST, asked)
    if "upload" in request.POST:
        _take_file(request, mine, asked, given)
        return redirect(f"{reverse('courses:attempt', args=[uuid])}#q{request.POST['upload']}")
    blank = [one for one in asked if _is_blank(mine, one, given[one.version.pk])]
    if not blank or "sure" in request.POST or _is_over(mine):
        attempts.submit(mine, given, by=student.user, at=clock.now())
        return redirect("courses:attempt", uuid)
    asked = [Asked(one.version, one.points, given[one.version.pk]) for one in asked]
    return render(request, "courses/attempt.html", _context(student, mine, asked, len(blank)))


def _is_over(mine: Attempt) -> bool:
    return timing.is_over(attempts.ends_at(mine), clock.now())


def _is_blank(mine: Attempt, one: Asked, given: Any) -> bool:
    if one.kind == kinds.ORDERING and not given:
        return True
    files = _files_of(mine, one) if one.kind == kinds.UPLOAD else []
    return marking.is_blank(marking.with_files(one.kind, given, files))


def _files_of(mine: Attempt, one: Asked) -> list[AnswerFile]:
    return list(mine.files.filter(version=one.version))


def _take_file(
    request: HttpRequest, mine: Attempt, asked: Sequence[Asked], given: dict[int, Any]
) -> None:
    """Keep the chosen files, and everything that was typed so far."""
    now, user = clock.now(), mine.student.user
    for one in asked:
        if not marking.is_blank(given[one.version.pk]) and given[one.version.pk] != one.given:
            attempts.answer(mine, one.version.pk, given[one.version.pk], key=uuid4(), at=now)
        if str(one.version.pk) != request.POST["upload"]:
            continue
        for file in request.FILES.getlist(f"{cards.name_of(one.version)}-file"):
            try:
                handing.add(
                    mine, one.version, file, name=file.name or "", size_bytes=file.size or 0,
                    by=user, at=now,
                )  # fmt: skip
            except Refused as refusal:
                messages.error(request, str(refusal))


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
    return answers.of_form(fields, one.kind, one.version.body, cards.name_of(one.version))


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
        "cards": _cards(mine, asked),
        "blank": blank,
        "percent": cards.percent(mine),
        "ends_at": attempts.ends_at(mine) if mine.submitted_at is None else None,
        "now": clock.now(),
    }


def _cards(mine: Attempt, asked: Sequence[Asked]) -> list[dict[str, Any]]:
    submitted = mine.submitted_at is not None
    drawn = cards.drawing(mine, asked)
    handed: dict[int, list[AnswerFile]] = defaultdict(list)
    if any(one.kind == kinds.UPLOAD for one in asked):
        for file in mine.files.all():
            handed[file.version_id].append(file)
    return [
        cards.card(one, number, submitted=submitted, drawn=drawn, files=handed[one.version.pk])
        for number, one in enumerate(asked, start=1)
    ]


@policies.roles(Role.STUDENT)
@require_POST
def keep_answer(request: HttpRequest, uuid: UUID) -> JsonResponse:
    """One answer, kept at once by the script: ``{uuid, version, given}``; twice is once."""
    mine = _own(student_here(request), uuid)
    try:
        body = json.loads(request.body)
        key, version = UUID(str(body["uuid"])), int(body["version"])
        given = answers.tidy(body["given"])
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
        return JsonResponse({"error": _("内容看不懂，请刷新页面再试。")}, status=400)
    now = clock.now()
    attempts.sign(mine, at=now)
    kept = attempts.answer(mine, version, given, key=key, at=now)
    return JsonResponse({"kept": kept is not None})


def _left_s(mine: Attempt) -> int | None:
    end = attempts.ends_at(mine)
    return None if end is None else max(0, int((end - clock.now()).total_seconds()))


@policies.roles(Role.STUDENT)
@require_POST
def here(request: HttpRequest, uuid: UUID) -> JsonResponse:
    """The phone of an exam says that it is there; answers the seconds that are left."""
    mine = _own(student_here(request), uuid)
    if mine.submitted_at is None:
        attempts.sign(mine, at=clock.now())
    return JsonResponse({"left_s": _left_s(mine), "submitted": mine.submitted_at is not None})


@policies.roles(Role.STUDENT, Role.TUTOR)
@require_safe
@never_cache
def answer_file(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A file that was handed in: for its student and the tutors of that student."""
    file = get_object_or_404(AnswerFile.objects.select_related("attempt__student"), uuid=uuid)
    user = cast(User, request.user)
    mine = file.attempt.student.user_id == user.pk
    if not mine and not (
        user.has_role(Role.TUTOR)
        and tutor_marking.within_reach(user, at=clock.now()).filter(pk=file.attempt_id).exists()
    ):
        raise Http404
    photo = file.kind == AnswerFile.Kind.PHOTO
    response = HttpResponse(
        handing.content(file), content_type="image/jpeg" if photo else "application/octet-stream"
    )
    if not photo:
        name = urllib.parse.quote(file.name)
        response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    response["Content-Security-Policy"] = (
        "sandbox; default-src 'none'; img-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'"
    )
    return response


@policies.roles(Role.STUDENT)
@require_POST
def remove_file(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take a file back before handing in."""
    student = student_here(request)
    files = AnswerFile.objects.select_related("attempt__quiz").filter(attempt__student=student)
    file = get_object_or_404(files, uuid=uuid)
    handing.remove(file, by=student.user, at=clock.now())
    return redirect(f"{reverse('courses:attempt', args=[file.attempt.uuid])}#q{file.version_id}")
