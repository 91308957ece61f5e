"""What this house adds to the authors' back office."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets import Button
from wagtail.models import Page
from wagtail.snippets.models import register_snippet

from courses.archives.backoffice import ArchiveViewSet
from courses.catalogue import projection, readiness
from courses.catalogue.pages import CoursePage
from courses.health.views import content_health
from courses.quizzes import bank
from courses.quizzes.backoffice.banks import QuestionBankViewSet
from courses.quizzes.backoffice.questions import QuestionViewSet
from courses.quizzes.backoffice.quizzes import QuizViewSet
from courses.quizzes.models import Question
from courses.tutoring.backoffice import HolidayViewSet

register_snippet(QuizViewSet)
register_snippet(QuestionBankViewSet)
register_snippet(QuestionViewSet)
register_snippet(HolidayViewSet)


@hooks.register("register_admin_viewset")
def course_archives() -> ArchiveViewSet:
    return ArchiveViewSet()


@hooks.register("register_page_header_buttons")
@hooks.register("register_page_listing_more_buttons")
def export_course(page: Page, user: Any, **kwargs: Any) -> Iterator[Button]:
    """On a course: take it along."""
    if issubclass(page.specific_class or Page, CoursePage) and user.has_perm(
        "courses.change_courseimport"
    ):
        address = reverse("course_archives:export", args=[page.pk])
        yield Button(_("导出课程包"), address, icon_name="download", priority=90)


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


@hooks.register("before_publish_page")
def publish_what_can_be_finished(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Keep the draft, which is saved by now, and say what it still lacks."""
    why = readiness.lacking(page.specific)
    if not why:
        return None
    # A page that was made with "publish" is live before anybody may object.
    if page.live and page.first_published_at is None:
        Page.objects.filter(pk=page.pk).update(live=False, has_unpublished_changes=True)
    messages.error(request, _("草稿已经保存，但还不能发布："))
    for sentence in why:
        messages.error(request, sentence)
    return redirect("wagtailadmin_pages:edit", page.pk)


@hooks.register("before_bulk_action")
def publish_many_that_can_be_finished(
    request: HttpRequest, action_type: str, objects: Iterable[Any], action: Any
) -> HttpResponse | None:
    """The same for many pages ticked at once: one that lacks something keeps them all."""
    if action_type != "publish":
        return None
    for page in objects:
        if isinstance(page, Page) and (
            why := readiness.lacking(page.get_latest_revision_as_object())
        ):
            messages.error(request, str(readiness.NotReady(title=page.title, why="".join(why))))
            return redirect("wagtailadmin_pages:edit", page.pk)
    return None


@hooks.register("register_admin_urls")
def health_address() -> list[URLPattern]:
    return [path("reports/content-health/", content_health, name="content_health")]


@hooks.register("register_reports_menu_item")
def health_entry() -> MenuItem:
    return MenuItem(
        gettext_lazy("课程体检"),
        reverse_lazy("content_health"),
        icon_name="clipboard-list",
        order=100,
    )


@hooks.register("after_create_snippet")
@hooks.register("after_edit_snippet")
def say_that_it_is_there_already(request: HttpRequest, instance: Any) -> None:
    """A question was kept that another one asks as well: say which; both stay."""
    if not isinstance(instance, Question):
        return
    twin = bank.twin_of(instance)
    if twin is not None:
        sentence = _(
            "题库里已经有一样的题：“%(title)s”（编号 %(key)d）。不需要的话请停用其中一道。"
        )
        messages.warning(request, sentence % {"title": str(twin)[:60], "key": twin.pk})
