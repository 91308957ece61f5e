"""Questions as the ``question`` component takes them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from courses.quizzes import kinds, marking
from courses.quizzes.attempts import Asked
from courses.quizzes.models import Attempt, QuestionVersion
from lms.templatetags import ui


def name_of(version: QuestionVersion) -> str:
    """Name of the form's fields of one question."""
    return f"q{version.pk}"


def card(one: Asked, number: int, *, submitted: bool) -> dict[str, Any]:
    """Inputs of ``question``; what is right is told only after the attempt was submitted."""
    kind, body = one.kind, one.version.body
    shown: dict[str, Any] = {
        "number": number,
        "text": one.version.stem,
        "name": name_of(one.version),
        "version": one.version.pk,
        "kind": kind if kind == kinds.MULTIPLE else "single",
        "help": _help(kind),
        "options": [],
        "marked": submitted,
    }
    marked = marking.mark(kind, body, one.given) if submitted else None
    if kind in kinds.CHOICE:
        chosen = set(one.given) if isinstance(one.given, list) else {one.given}
        shown["options"] = [_option(o, chosen, marked) for o in body["options"]]
    else:
        shown |= {"kind": "text", "value": one.given or "", "unit": body.get("unit", "")}
        shown["numeric"] = kind == kinds.NUMERIC
    if marked is not None:
        shown["right"] = marked.right
        shown["answer"] = "" if marked.right else marking.key_in_words(kind, body)
        shown["explanation"] = one.version.explanation
    return shown


def _option(
    option: dict[str, Any], chosen: set[Any], marked: marking.Marked | None
) -> dict[str, Any]:
    is_chosen = option["key"] in chosen
    return {
        "value": option["key"],
        "label": option["text"],
        "checked": is_chosen,
        "verdict": marked.verdicts[option["key"]] if marked else "",
        # Why one's own choice was right or wrong; the rest would be a wall of text.
        "feedback": option.get("feedback", "") if marked and is_chosen else "",
    }


def _help(kind: str) -> str:
    return {
        kinds.MULTIPLE: _("选对一项得一份分，选错一项扣一份，最低 0 分。"),
        kinds.FILL: _("填写答案，大小写和空格不影响。"),
        kinds.NUMERIC: _("填写数字就可以。"),
    }.get(kind, "")


def percent(attempt: Attempt) -> int:
    """Score in percent of what could be had, rounded down."""
    return ui.percent_of(attempt.score or 0, attempt.max_score)
