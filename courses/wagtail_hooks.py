"""What this house adds to the authors' back office."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.models import Page
from wagtail.snippets.models import register_snippet

from courses.catalogue import projection
from courses.quizzes.backoffice.banks import QuestionBankViewSet
from courses.quizzes.backoffice.questions import QuestionViewSet
from courses.quizzes.backoffice.quizzes import QuizViewSet
from courses.tutoring.backoffice import HolidayViewSet

register_snippet(QuizViewSet)
register_snippet(QuestionBankViewSet)
register_snippet(QuestionViewSet)
register_snippet(HolidayViewSet)


@hooks.register("before_delete_page")
def keep_what_was_learnt(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Refuse to delete a page with progress, and lead to taking it offline instead."""
    if not projection.has_progress(page):
        return None
    sentence = _("已经有学员学过“%(title)s”，学习记录要保留，所以不能删除。可以改为下线。")
    messages.error(request, sentence % {"title": page.title})
    if page.live:
        return redirect("wagtailadmin_pages:unpublish", page.pk)
    return redirect("wagtailadmin_pages:edit", page.pk)


@hooks.register("before_bulk_action")
def keep_what_was_learnt_by_any(
    request: HttpRequest, action_type: str, objects: Iterable[Any], action: Any
) -> HttpResponse | None:
    """The same for many pages ticked at once: one with progress keeps them all."""
    if action_type != "delete":
        return None
    for page in objects:
        if isinstance(page, Page) and projection.has_progress(page):
            return keep_what_was_learnt(request, page)
    return None
