"""The quiz of a downloaded lesson: a page that a phone keeps, and what comes back from it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from courses.catalogue.models import Unit
from courses.learning import offline
from courses.learning.views import check_programme, student_here
from courses.quizzes import cards, papers
from courses.quizzes.attempts import Asked
from courses.quizzes.models import Attempt, QuestionVersion, Quiz
from courses.quizzes.papers import Sitting
from courses.quizzes.views import given_in
from enrollment.api import Student
from lms.accounts import policies
from lms.accounts.models import Role
from lms.base import clock
from lms.base.errors import Refused

MOST_FIELDS = 500
LATEST_MS = 4_102_444_800_000


@policies.roles(Role.STUDENT)
@require_http_methods(["GET", "HEAD", "POST"])
@offline.may_keep
def paper(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """GET: the questions with an empty form. POST: a filled one, as a form or from the phone's queue as JSON."""
    student = student_here(request)
    units = Unit.objects.select_related("quiz", "lesson__course__programme")
    unit = get_object_or_404(units, uuid=uuid, kind=Unit.Kind.QUIZ, quiz__isnull=False)
    check_programme(student, unit.lesson.course.programme)
    if request.method != "POST":
        return _blank(request, student, unit)
    if request.content_type == "application/json":
        return _from_queue(request, student)
    now = clock.now()
    key = _uuid(request.POST.get("key")) or uuid4()
    attempt = _take(student, request.POST, key, Sitting(now, now), now)
    return redirect("courses:attempt", attempt.uuid)


def _blank(request: HttpRequest, student: Student, unit: Unit) -> HttpResponse:
    given, words = papers.give(student, cast(Quiz, unit.quiz), at=clock.now())
    asked = _asked(given)
    context = {
        "tab": "courses",
        "student": student,
        "unit": unit,
        "quiz": unit.quiz,
        "paper": words,
        "cards": [cards.card(one, n, submitted=False) for n, one in enumerate(asked, start=1)],
    }
    return render(request, "courses/paper.html", context)


def _asked(paper: papers.Paper) -> list[Asked]:
    wanted = [version for version, _points in paper.versions]
    versions = QuestionVersion.objects.select_related("question").in_bulk(wanted)
    return [Asked(versions[pk], points, None) for pk, points in paper.versions]


def _take(
    student: Student, fields: QueryDict, key: UUID, sitting: Sitting, now: datetime
) -> Attempt:
    paper = papers.read(fields.get("paper", ""), student, at=now)
    answers = given_in(fields, _asked(paper))
    return papers.hand_in(
        student, paper, answers, key=key, sitting=sitting, by=student.user, at=now
    )


# ---------------------------------------------------------------- from the queue


def _from_queue(request: HttpRequest, student: Student) -> JsonResponse:
    """``{student, sent_at, events: [{uuid, fields: [[name, value], …], started_at, at}]}``; one event."""
    try:
        sent = json.loads(request.body)
        event, now = sent["events"][0], clock.now()
        key, skew = UUID(event["uuid"]), now - _moment(sent["sent_at"])
        sitting = Sitting(_moment(event["started_at"]) + skew, _moment(event["at"]) + skew)
        fields = _fields(event["fields"])
    except (AttributeError, LookupError, TypeError, ValueError, OverflowError, RecursionError):
        return JsonResponse({"error": _("手机记下的内容不完整，看不懂")}, status=400)
    if sent.get("student") != str(student.uuid):
        return JsonResponse({"error": _("这些记录是另一位学员的，等本人登录再传。")}, status=409)
    result: dict[str, Any] = {"uuid": str(key)}
    try:
        attempt = _take(student, fields, key, sitting, now)
    except Refused as refusal:
        # The phone keeps it and says why; sending it again would change nothing.
        result["never"] = str(refusal)
    else:
        result["result"] = reverse("courses:attempt", args=[attempt.uuid])
    return JsonResponse({"results": [result], "units": {}})


def _moment(value: Any) -> datetime:
    milliseconds = float(value)
    if not 0 <= milliseconds <= LATEST_MS:
        raise ValueError(value)
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _fields(pairs: Any) -> QueryDict:
    fields = QueryDict(mutable=True)
    for name, value in pairs[:MOST_FIELDS]:
        fields.appendlist(str(name), str(value))
    return fields


def _uuid(value: str | None) -> UUID | None:
    try:
        return UUID(value or "")
    except ValueError:
        return None
