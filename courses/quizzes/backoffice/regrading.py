"""After a correction: who would change, and the word that makes it so."""

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

from courses.quizzes import grading
from courses.quizzes.models import Question
from lms.accounts.models import User
from lms.base import clock


class Regrade(PermissionCheckedMixin, View):
    """GET says who changes, POST changes it."""

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
        context: dict[str, Any] = {
            "breadcrumbs_items": crumbs,
            "header_icon": "help",
            "question": question,
            "answered": len(grading.affected(question)),
            "changes": grading.plan(question),
        }
        return TemplateResponse(request, "courses/backoffice/regrade.html", context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        question = get_object_or_404(Question, pk=pk)
        changes = grading.regrade(question, by=cast("User", request.user), at=clock.now())
        said = _("重新评分完成，%(count)d 人的分数变了。") % {"count": len(changes)}
        messages.success(request, said)
        return redirect("wagtailsnippets_courses_question:regrade", pk)
