"""Content files become published pages. Running it again changes nothing that did not change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from wagtail.models import Page, ReferenceIndex, Site
from wagtail.signal_handlers import disable_reference_index_auto_update

from courses.catalogue.models import LoadedPage
from courses.catalogue.pages import CoursePage, HomePage, LessonPage, ProgrammePage
from courses.seed import bodies, questions, sources
from courses.seed.sources import Lecture, Source
from enrollment.api import Programme
from lms.accounts.models import User
from lms.base import audit
from media import api as media_api


@dataclass
class Summary:
    """What a load did, in pages."""

    made: int = 0
    changed: int = 0
    same: int = 0


@dataclass(frozen=True)
class Load:
    """One run: who loads, when, and what was loaded before by key."""

    by: User | None
    at: datetime
    known: dict[str, LoadedPage]
    summary: Summary


def load_content(
    *,
    by: User | None,
    at: datetime,
    root: Path = sources.PROGRAMMES,
    lectures: Path = sources.LECTURES,
) -> Summary:
    """Publish every programme, course and lesson of the content files below one home page.

    An editor's later corrections stay until the file itself changes.
    """
    load = _begin(by, at)
    with disable_reference_index_auto_update():
        home = _home(load)
        for order, programme in enumerate(sources.programmes(root, lectures)):
            parent = _programme(load, home, programme, order)
            for course in programme.children:
                _course(load, parent, course)
    return load.summary


def load_course(folder: Path, *, below: str, by: User | None, at: datetime) -> Summary:
    """Publish one more course, of the same kind of files, below the programme of this code."""
    load = _begin(by, at)
    with disable_reference_index_auto_update():
        parent = ProgrammePage.objects.get(programme__code=below)
        _course(load, parent, sources.course(folder))
    return load.summary


def _begin(by: User | None, at: datetime) -> Load:
    known = {row.key: row for row in LoadedPage.objects.select_related("page")}
    return Load(by, at, known, Summary())


# ---------------------------------------------------------------- one kind of page each


def _home(load: Load) -> Page:
    source = sources.home()
    page = _page(load, Page.get_first_root_node(), source, HomePage, _home_fields)
    site = Site.objects.filter(is_default_site=True).first() or Site(
        hostname="localhost", is_default_site=True
    )
    if site.root_page_id != page.pk:
        welcome = site.root_page if site.pk else None
        site.root_page, site.site_name = page, page.title
        site.save()
        # Wagtail's own "Welcome" page, never a page that somebody wrote.
        if welcome and type(welcome.specific) is Page:
            welcome.delete()
    return page


def _programme(load: Load, home: Page, source: Source, order: int) -> Page:
    data = source.data
    Programme.objects.get_or_create(
        code=data["code"],
        defaults={
            "title": data["title"],
            "level": data.get("level", "高起专"),
            "summary": data["summary"],
            "order": order,
        },
    )
    return _page(load, home, source, ProgrammePage, _programme_fields)


def _course(load: Load, parent: Page, source: Source) -> None:
    page = _page(load, parent, source, CoursePage, _course_fields)
    for lesson in source.children:
        _page(load, page, lesson, LessonPage, _lesson_fields)


def _home_fields(load: Load, source: Source) -> dict[str, Any]:
    return {"lead": source.data["lead"], "story": source.data["story"].strip()}


def _programme_fields(load: Load, source: Source) -> dict[str, Any]:
    return {
        "programme": Programme.objects.get(code=source.data["code"]),
        "summary": source.data["summary"],
        "why": source.data["why"],
        "career": "\n".join(source.data["career"]),
    }


def _course_fields(load: Load, source: Source) -> dict[str, Any]:
    return {
        "summary": source.data["summary"],
        "objectives": "\n".join(source.data["objectives"]),
        "credits": source.data["credits"],
        "is_open": source.data.get("open", False),
    }


def _lesson_fields(load: Load, source: Source) -> dict[str, Any]:
    quiz = questions.load_quiz(source, at=load.at)
    video = _video(source.lecture, title=source.data["title"], load=load)
    body = bodies.body(
        source.key,
        source.data["blocks"],
        video=video.pk if video else None,
        quiz=quiz.pk if quiz else None,
    )
    return {
        "summary": source.data["summary"],
        "objectives": "\n".join(source.data["objectives"]),
        "minutes": source.data.get("minutes", 0),
        "body": body,
    }


def _video(lecture: Lecture | None, *, title: str, load: Load) -> media_api.Video | None:
    if lecture is None:
        return None
    known = media_api.Video.objects.filter(sha256=lecture.sha256).first()
    return known or media_api.add_video(
        lecture.path,
        title=title,
        by=load.by,
        at=load.at,
        captions_vtt=lecture.captions,
        chapters=media_api.chapters_of_vtt(lecture.chapters),
    )


# ---------------------------------------------------------------- any page


def _page(load: Load, parent: Page, source: Source, kind: type[Page], fields: Any) -> Page:
    row = load.known.get(source.key)
    if row and row.page and row.sha256 == source.sha256:
        load.summary.same += 1
        return row.page
    # One page is one transaction: its quiz, its rows and its publishing.
    with transaction.atomic():
        page = row.page.specific if row and row.page else kind(slug=source.slug, live=False)
        page.title = source.data["title"]
        for name, value in fields(load, source).items():
            setattr(page, name, value)
        made = page.pk is None
        if made:
            # Read again: an earlier child changed the parent's row in the tree.
            Page.objects.get(pk=parent.pk).add_child(instance=page)
        _publish(page, load)
        LoadedPage.objects.update_or_create(
            key=source.key,
            defaults={"sha256": source.sha256, "page_id": page.pk, "loaded_at": load.at},
        )
        audit.record("content.loaded", by=load.by, on=page, at=load.at, data={"key": source.key})
    load.summary.made += made
    load.summary.changed += not made
    return page


def _publish(page: Page, load: Load) -> None:
    revision = page.save_revision(user=load.by, log_action=True, clean=False)
    revision.publish(user=load.by, skip_permission_checks=True)
    # Once, instead of after each of the three saves.
    ReferenceIndex.create_or_update_for_object(page)
