"""Marking answers. Pure: the wording of a question and an answer in, points and verdicts out.

Rules, as students read them on the page:

* single choice and true/false: right or nothing;
* multiple choice: every right option chosen earns its part, every wrong one costs the same
  part, never below zero;
* fill in: any of the accepted texts; full-width or half-width, capitals and spaces do not matter;
* calculation: the number within the tolerance; thousands separators and the unit may be written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

SINGLE, MULTIPLE, TRUE_FALSE, FILL, NUMERIC = (
    "single",
    "multiple",
    "true_false",
    "fill",
    "numeric",
)
CHOICE = (SINGLE, MULTIPLE, TRUE_FALSE)
ONE_OF = (SINGLE, TRUE_FALSE)
Body = Mapping[str, Any]
_SPACE = re.compile(r"\s+")
_NUMBER = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$")
_MINUS = str.maketrans({"−": "-", "–": "-", "—": "-"})
# Two figures that differ by less than this are the same figure, written down differently.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Marked:
    """``share`` of the points, 0 to 1; ``verdicts`` per option: right, wrong, missed or empty."""

    share: float
    verdicts: dict[str, str] = field(default_factory=dict)

    @property
    def right(self) -> bool:
        return self.share >= 1


def mark(kind: str, body: Body, given: Any) -> Marked:
    """Mark one answer; whatever does not fit the question is simply not right.

    Args:
        given: option key (single, true_false), list of option keys (multiple), or text.
    """
    if kind in CHOICE:
        return _mark_choice(kind, body["options"], _keys(given))
    if kind == FILL:
        accepted = {plain(text) for text in body["answers"]}
        return Marked(float(isinstance(given, str) and plain(given) in accepted))
    if kind == NUMERIC:
        return Marked(float(_is_number(body, given)))
    raise ValueError(f"no kind of question {kind!r}")


def _mark_choice(kind: str, options: Sequence[Mapping[str, Any]], chosen: set[str]) -> Marked:
    right = {option["key"] for option in options if option["correct"]}
    known = {option["key"] for option in options}
    chosen &= known
    verdicts = {key: _verdict(key in chosen, key in right) for key in known}
    if kind in ONE_OF:
        return Marked(float(len(chosen) == 1 and chosen <= right), verdicts)
    earned = len(chosen & right) - len(chosen - right)
    return Marked(max(0, earned) / len(right), verdicts)


def _verdict(chosen: bool, right: bool) -> str:
    if chosen:
        return "right" if right else "wrong"
    return "missed" if right else ""


def _keys(given: Any) -> set[str]:
    if isinstance(given, str):
        return {given} if given else set()
    return {str(key) for key in given} if isinstance(given, list | tuple) else set()


def plain(text: str) -> str:
    """A typed answer without what does not matter: width, case, spaces around and within."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text)).casefold()


def number(text: Any, unit: str = "") -> float | None:
    """The number that was typed: ``1,500``, ``０．５５ 元``, ``12%`` with the unit ``%``; None if it is none."""
    if isinstance(text, bool):
        return None
    if isinstance(text, int | float):
        return float(text)
    if not isinstance(text, str):
        return None
    typed = plain(text).translate(_MINUS).replace(",", "").replace("，", "")
    if unit:
        typed = typed.removesuffix(plain(unit))
    return float(typed) if _NUMBER.match(typed) and len(typed) <= 40 else None


def _is_number(body: Body, given: Any) -> bool:
    typed = number(given, str(body.get("unit", "")))
    if typed is None:
        return False
    wanted = float(body["answer"])
    allowed = float(body.get("tolerance", 0)) + _ROUNDING * max(1.0, abs(wanted))
    return abs(typed - wanted) <= allowed


def is_blank(given: Any) -> bool:
    """Whether nothing was answered."""
    return not (given.strip() if isinstance(given, str) else given)


def key_in_words(kind: str, body: Body) -> str:
    """The right answer of a typed question, for the explanation after marking."""
    if kind == FILL:
        return str(body["answers"][0])
    if kind == NUMERIC:
        return f"{body['answer']:g} {body.get('unit', '')}".strip()
    return ""


def lacking(kind: str, body: Body) -> str:
    """What a question still needs before it can be asked, in words; empty when nothing."""
    if kind in CHOICE:
        return _lacking_options(kind, body.get("options", []))
    if kind == FILL:
        answers = [text for text in body.get("answers", []) if plain(text)]
        return "" if answers else _("请至少写一个可以接受的答案。")
    answer = body.get("answer")
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        return _("请写出正确的数值。")
    return _("允许误差不能小于 0。") if body.get("tolerance", 0) < 0 else ""


def _lacking_options(kind: str, options: Sequence[Mapping[str, Any]]) -> str:
    right = sum(bool(option.get("correct")) for option in options)
    if len(options) < 2:
        return _("请至少写两个选项。")
    if len({option["key"] for option in options}) < len(options):
        return _("有两个选项的编号相同。")
    if kind in ONE_OF and right != 1:
        return _("请勾选一个正确选项，只能一个。")
    return "" if right else _("请至少勾选一个正确选项。")
