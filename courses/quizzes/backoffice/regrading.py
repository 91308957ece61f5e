"""After a correction: who would change, the word that makes it so, and how far it is."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import View
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from courses.quizzes import regrading
from courses.quizzes.models import Question
from lms.accounts.models import User
from lms.base.jobs import api as jobs

MOST_SHOWN = 200


class Regrade(PermissionCheckedMixin, View):
    """GET says who changes, POST has it changed by a job."""

    permission_required = "change"
    model = Question
    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        question = get_object_or_404(Question, pk=pk)
        crumbs = [
            {"url": reverse("wagtailsnippets_courses_question:list"), "label": _("题目")},
            {"url": reverse("wagtailsnippets_courses_question:edit", args=[pk]), "label": question},
            {"url": "", "label": _("重新评分")},
        ]
        last = regrading.last_job(question)
        going = regrading.running(question)
        context: dict[str, Any] = {
            "breadcrumbs_items": crumbs,
            "header_icon": "help",
            "question": question,
            "answered": regrading.affected(question).count(),
            "looked_at": regrading.MOST_LOOKED_AT,
            "moving": going is not None,
            "percent": round(going.progress * 100) if going else 0,
            "failed": last is not None and last.state == jobs.JobState.FAILED,
            # While the job is at work the answer would be old before it is read.
            "changes": [] if going else regrading.plan(question),
            "done": _done(question, last),
        }
        return TemplateResponse(request, "courses/backoffice/regrade.html", context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        question = get_object_or_404(Question, pk=pk)
        regrading.start(question, by=cast("User", request.user))
        messages.success(request, _("正在重新评分，可以离开这个页面。"))
        return redirect("wagtailsnippets_courses_question:regrade", pk)


def _done(question: Question, last: jobs.Job | None) -> Any:
    """Who changed by the last job, as far as it came."""
    if last is None or last.started_at is None:
        return []
    return regrading.changed_since(question, last.created_at)[:MOST_SHOWN]
