"""Answers as a form or a script sends them, made into what marking takes. Pure."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from courses.quizzes import kinds
from courses.quizzes.kinds import Body
from lms.base import storable

LONGEST_WORD = 200
LONGEST_TEXT = 5000
_MOST = 20
_MOST_DIGITS = 3


def of_form(form: QueryDict, kind: str, body: Body, name: str) -> Any:
    """What the fields of one question say; ``name`` and ``name-<key>`` are its fields."""
    if kind == kinds.MULTIPLE:
        return [_cut(key) for key in form.getlist(name)[:_MOST]]
    if kind == kinds.MATCHING:
        return {
            pair["key"]: _cut(chosen)
            for pair in body["pairs"]
            if (chosen := form.get(f"{name}-{pair['key']}", ""))
        }
    if kind == kinds.ORDERING:
        return _placed(form, body, name)
    if kind == kinds.CASE:
        return {
            part["key"]: of_form(form, part["kind"], part["body"], f"{name}-{part['key']}")
            for part in body["parts"]
        }
    longest = LONGEST_TEXT if kind in kinds.BY_TUTOR else LONGEST_WORD
    return _cut(form.get(name, ""), longest)


def _cut(said: str, longest: int = LONGEST_WORD) -> str:
    return storable.text(said[:longest])


def _placed(form: QueryDict, body: Body, name: str) -> list[str] | str:
    """The items by the places that were chosen; nothing while not all of them have one."""
    places = {item["key"]: form.get(f"{name}-{item['key']}", "") for item in body["items"]}
    if not all(place.isdecimal() and len(place) <= _MOST_DIGITS for place in places.values()):
        return ""
    if len(set(places.values())) < len(places):
        return ""
    return sorted(places, key=lambda key: int(places[key]))


def tidy(given: Any, *, depth: int = 0) -> Any:
    """What a script sent, cut down to the shapes and sizes that an answer has."""
    if isinstance(given, dict) and depth < 2:
        rows = list(given.items())[:_MOST]
        return {_cut(str(key), 20): tidy(value, depth=depth + 1) for key, value in rows}
    if isinstance(given, list):
        return [_cut(str(key)) for key in given[:_MOST]]
    return _cut(str(given), LONGEST_TEXT)
