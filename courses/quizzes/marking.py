"""Marking answers. Pure: the wording of a question and an answer in, points and verdicts out.

Rules, as students read them on the page:

* single choice and true/false: right or nothing;
* multiple choice: every right option chosen earns its part, every wrong one costs the same
  part, never below zero;
* options with shares of their own (imported questions): the shares chosen add up;
* fill in: any of the accepted texts; full-width or half-width, capitals and spaces do not matter;
* calculation: the number within the tolerance; thousands separators and the unit may be written;
* matching: every right pair earns its part; ordering: every step with the right next one does;
* short answer and assignment: a tutor marks them, until then they are ``pending``;
* case: its parts add up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from courses.quizzes import arranged, typed
from courses.quizzes.kinds import (
    BY_TUTOR,
    CASE,
    CHOICE,
    FILL,
    MATCHING,
    NUMERIC,
    ONE_OF,
    ORDERING,
    UPLOAD,
    Body,
)


@dataclass(frozen=True)
class Marked:
    """What an answer earned.

    Args:
        share: of the points, 0 to 1.
        verdicts: per option, pair, item or part: right, wrong, missed, partly or empty.
        feedback: what the question says to just this typed answer.
        pending: a tutor has to read it; ``share`` is 0 until then.
    """

    share: float
    verdicts: dict[str, str] = field(default_factory=dict)
    feedback: str = ""
    pending: bool = False

    @property
    def right(self) -> bool:
        return self.share >= 1


def mark(kind: str, body: Body, given: Any) -> Marked:
    """Mark one answer; whatever does not fit the question is simply not right.

    Args:
        given: option key (single, true_false), list of option keys (multiple), text (fill,
            numeric, short), choice key by pair key (matching), list of item keys (ordering),
            ``{"text", "files"}`` (upload), answer by part key (case).
    """
    if kind in CHOICE:
        return _mark_choice(kind, body["options"], _keys(given))
    if kind == FILL:
        share, feedback = typed.word(body, given)
        return Marked(share, feedback=feedback)
    if kind == NUMERIC:
        share, feedback = typed.figure(body, given)
        return Marked(share, feedback=feedback)
    if kind == MATCHING:
        return Marked(*arranged.pairs(body, given))
    if kind == ORDERING:
        return Marked(*arranged.order(body, given))
    if kind in BY_TUTOR:
        return Marked(0.0, pending=not is_blank(given))
    if kind == CASE:
        return _mark_case(body["parts"], given)
    raise ValueError(f"no kind of question {kind!r}")


def _mark_choice(kind: str, options: Sequence[Mapping[str, Any]], chosen: set[str]) -> Marked:
    right = {option["key"] for option in options if option["correct"]}
    known = {option["key"] for option in options}
    chosen &= known
    verdicts = {key: _verdict(key in chosen, key in right) for key in known}
    if any("share" in option for option in options):
        shares = {
            option["key"]: float(option.get("share", option["correct"])) for option in options
        }
        if kind in ONE_OF and len(chosen) != 1:
            return Marked(0.0, verdicts)
        # Summed in one order, so that the order of the options cannot turn the last digit.
        earned_share = sum(sorted(shares[key] for key in chosen))
        return Marked(_whole(earned_share), verdicts)
    if kind in ONE_OF:
        return Marked(float(len(chosen) == 1 and chosen <= right), verdicts)
    earned = len(chosen & right) - len(chosen - right)
    return Marked(max(0, earned) / len(right), verdicts)


def _whole(share: float) -> float:
    """Within 0 and 1; three thirds, written with five digits each, are one."""
    share = min(1.0, max(0.0, share))
    return 1.0 if share > 1 - 1e-4 else share


def _mark_case(parts: Sequence[Mapping[str, Any]], given: Any) -> Marked:
    answers = given if isinstance(given, Mapping) else {}
    earned, verdicts = [], {}
    for part in parts:
        marked = mark(part["kind"], part["body"], answers.get(part["key"]))
        earned.append(part.get("points", 1) * marked.share)
        verdicts[part["key"]] = "right" if marked.right else "partly" if marked.share else "wrong"
    most = sum(part.get("points", 1) for part in parts)
    return Marked(_whole(sum(sorted(earned)) / most), verdicts)


def _verdict(chosen: bool, right: bool) -> str:
    if chosen:
        return "right" if right else "wrong"
    return "missed" if right else ""


def _keys(given: Any) -> set[str]:
    if isinstance(given, str):
        return {given} if given else set()
    return {str(key) for key in given} if isinstance(given, list | tuple) else set()


def with_files(kind: str, given: Any, files: Collection[object]) -> Any:
    """An answer as it is marked: what was written and, to an upload, what was handed in beside it."""
    return {"text": given, "files": list(files)} if kind == UPLOAD else given


def is_blank(given: Any) -> bool:
    """Whether nothing was answered."""
    if isinstance(given, Mapping):
        return all(is_blank(part) for part in given.values())
    return not (given.strip() if isinstance(given, str) else given)


def key_in_words(kind: str, body: Body) -> str:
    """The right answer of a typed question, for the explanation after marking."""
    if kind == FILL:
        return str(body["answers"][0])
    if kind == NUMERIC:
        return f"{body['answer']:.12g} {body.get('unit', '')}".strip()
    return ""
