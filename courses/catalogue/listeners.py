"""Wagtail's news, handed to the projection."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import pre_delete
from wagtail.models import Page
from wagtail.signals import page_published, page_slug_changed, page_unpublished, post_page_move

from courses.catalogue import projection
from courses.catalogue.pages import CoursePage, HomePage, LessonPage, ProgrammePage
from lms.base import clock
from media import api as media_api

TAUGHT = (CoursePage, LessonPage)
PLACED = (HomePage, ProgrammePage, *TAUGHT)


def connect() -> None:
    """Listen to the pages of this house; called once when the app is ready."""
    for kind in TAUGHT:
        page_published.connect(_published, sender=kind)
        page_unpublished.connect(_unpublished, sender=kind)
        pre_delete.connect(_deleted, sender=kind)
    for kind in PLACED:
        post_page_move.connect(_moved, sender=kind)
        page_slug_changed.connect(_renamed, sender=kind)


def _published(instance: Page, **kwargs: Any) -> None:
    projection.project(instance, at=clock.now())


def _unpublished(instance: Page, **kwargs: Any) -> None:
    projection.retire(instance, at=clock.now())


def _deleted(instance: Page, **kwargs: Any) -> None:
    projection.retire(instance, at=clock.now())


def _moved(
    instance: Page, parent_page_before: Page, parent_page_after: Page, **kwargs: Any
) -> None:
    projection.follow_move(instance, parent_page_before, parent_page_after)


def _renamed(instance: Page, **kwargs: Any) -> None:
    projection.refresh_places(instance)


def video_published(event: media_api.VideoPublished) -> None:
    """The video house has something to play."""
    video = media_api.Video.objects.filter(pk=event.video_id).first()
    if video is not None:
        projection.measure_again(video)
