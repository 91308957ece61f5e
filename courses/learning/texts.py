"""The text of a lesson, drawn once per version of its page: it is the same for every reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.cache import caches
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from courses.catalogue.models import Lesson
from courses.catalogue.pages import LessonPage

UNITS = ("video", "quiz")


@dataclass(frozen=True)
class Part:
    """A block: ``prose`` with its markup, or the place of a video or quiz.

    Args:
        opens: the first prose of the lesson.
    """

    kind: str
    block_id: str
    html: str = ""
    opens: bool = False


@dataclass(frozen=True)
class Text:
    """What a lesson says to everybody."""

    title: str
    summary: str
    objectives: tuple[str, ...]
    parts: tuple[Part, ...]


def of_lesson(lesson: Lesson) -> Text | None:
    """The published text; None if its page is gone.

    Args:
        lesson: with ``revision`` and ``published_at`` of its page, as ``queries.live_lesson`` gives it.
    """
    version = f"{lesson.revision}:{lesson.published_at}"  # type: ignore[attr-defined]
    key = f"text:{lesson.page_id}:{version}:{get_language()}".replace(" ", "T")
    known: Text | None = caches["local"].get(key)
    if known is None:
        page = LessonPage.objects.filter(pk=lesson.page_id, live=True).first()
        if page is None:
            return None
        # For five minutes only: pictures and pages that it links to may move without a new version.
        caches["local"].set(key, known := of_page(page))
    return known


def of_page(page: LessonPage) -> Text:
    """The text of a page as it is in memory, also of a draft."""
    parts: list[Part] = []
    for index, raw in enumerate(page.body.raw_data):
        kind, block_id = raw["type"], str(raw.get("id"))
        if kind in UNITS:
            parts.append(Part(kind, block_id))
        else:
            opens = not any(part.kind == "prose" for part in parts)
            parts.append(Part("prose", block_id, _draw(kind, page.body[index].value), opens))
    return Text(page.title, page.summary, tuple(page.objectives.splitlines()), tuple(parts))


def _draw(kind: str, value: Any) -> SafeString:
    drawn = render_to_string("courses/_prose.html", {"kind": kind, "value": value})
    return mark_safe(drawn.strip())  # noqa: S308 - drawn by our own template
