"""The tutor's queue: questions by lesson and second, answered on the spot."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from courses.notebook import cards, forms, queries, writing
from courses.notebook.models import TutorQuestion
from courses.tutoring import queries as tutoring
from lms.accounts import policies
from lms.accounts.models import Role, User
from lms.base import clock
from lms.base.errors import Refused

PAGE = 20


@policies.roles(Role.TUTOR)
@require_safe
@never_cache
def tutor_questions(request: HttpRequest) -> HttpResponse:
    """What waits, the same place in a lesson together; or what was answered."""
    tutor, now = cast(User, request.user), clock.now()
    answered = request.GET.get("answered") == "1"
    wanted = (queries.answered_for if answered else queries.waiting_for)(tutor, at=now)
    page = Paginator(wanted, PAGE).get_page(request.GET.get("page"))
    rows = [_row(question) for question in page]
    waiting = queries.asked_of(tutor, at=now).filter(answered_at=None)
    context = {
        "page": page,
        "groups": cards.by_lesson(rows),
        "answered": answered,
        "tabs": _tabs(answered, waiting.count()),
        "page_base": "?answered=1&page=" if answered else "?page=",
        "most": writing.MOST_CHARACTERS,
    }
    return render(request, "courses/notebook/tutor_questions.html", context)


def _row(question: TutorQuestion) -> dict[str, Any]:
    student = question.student
    who = f"{student.name} · {student.programme.title}"
    return {**cards.question(question), "who": who, "form_uuid": uuid4()}


def _tabs(answered: bool, waiting: int) -> list[dict[str, Any]]:
    url = reverse("courses:tutor_questions")
    return [
        {"label": _("等回答"), "url": url, "current": not answered, "count": waiting},
        {"label": _("答过的"), "url": f"{url}?answered=1", "current": answered, "count": None},
    ]


@policies.roles(Role.TUTOR)
@require_POST
def tutor_reply(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Answer one question of an own student."""
    tutor, now = cast(User, request.user), clock.now()
    # Also one that was taken back a moment ago: the refusal says so.
    mine = TutorQuestion.objects.filter(student__in=tutoring.students_of(tutor, at=now))
    question = get_object_or_404(mine.select_related("student"), uuid=uuid)
    form = forms.ReplyForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("没有送出，请刷新页面再写一次。"))
        return redirect("courses:tutor_questions")
    given = form.cleaned_data
    try:
        writing.reply(question, by=tutor, text=given["text"], uuid=given["uuid"], at=now)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("回答送给 %(name)s 了。") % {"name": question.student.name})
    return redirect("courses:tutor_questions")
