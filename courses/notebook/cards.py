"""Notes and questions as the plain values that the components take."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from courses.catalogue.models import Unit
from courses.learning import words
from courses.notebook.models import Note, TutorQuestion


def address(unit: Unit, at_s: float | None) -> str:
    """The lesson at this second (the part after # is read by ``js/player.js``); empty if it is retired."""
    lesson = unit.lesson
    if lesson.retired_at is not None or lesson.course.retired_at is not None:
        return ""
    path = reverse("courses:lesson", args=[lesson.uuid])
    return path if at_s is None else f"{path}#at-{unit.uuid}-{at_s:g}"


def pin(unit: Unit, at_s: float | None) -> dict[str, Any]:
    """Inputs of ``time_pin``."""
    kinds = {Unit.Kind.VIDEO: _("视频"), Unit.Kind.QUIZ: _("小测"), Unit.Kind.TEXT: _("课文")}
    return {
        "label": words.moment(at_s) if at_s is not None else kinds[Unit.Kind(unit.kind)],
        "url": address(unit, at_s),
        "unit": unit.uuid if at_s is not None else "",
        "at_s": f"{at_s:g}" if at_s is not None else "",
    }


def note(row: Note) -> dict[str, Any]:
    """Inputs of ``remark`` for a note."""
    return {
        "uuid": row.uuid,
        "pin": pin(row.unit, row.at_s),
        "text": row.text.plain(),
        "at": row.written_at,
        "lesson": row.unit.lesson,
    }


def question(row: TutorQuestion) -> dict[str, Any]:
    """Inputs of ``remark`` for a question with its answers."""
    return {
        "uuid": row.uuid,
        "pin": pin(row.unit, row.at_s),
        "text": row.text.plain() if row.text else "",
        "at": row.asked_at,
        "lesson": row.unit.lesson,
        "replies": [
            {
                "who": reply.tutor.name,
                "text": reply.text.plain(),
                "at": reply.at,
                "is_new": reply.seen_at is None,
            }
            for reply in row.replies.all()
        ],
    }


def by_lesson(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Neighbours of one lesson under one heading; the rows come in the order of study."""
    groups: list[dict[str, Any]] = []
    for row in rows:
        lesson = row["lesson"]
        if not groups or groups[-1]["lesson"] != lesson:
            groups.append({"lesson": lesson, "course": lesson.course, "rows": []})
        groups[-1]["rows"].append(row)
    return groups
