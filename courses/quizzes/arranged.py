"""Marking what is put together: pairs, and things in their order. Pure."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping
from typing import Any

from courses.quizzes.kinds import Body


def choice_key(text: str) -> str:
    """The name of a right-hand side: equal texts are one choice, wherever they stand."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def choices(body: Body) -> dict[str, str]:
    """Text by key of everything that may be put beside a left-hand side, in the order written."""
    texts = [pair["match"] for pair in body["pairs"]] + list(body.get("extra", ()))
    return {choice_key(text): text for text in texts}


def pairs(body: Body, given: Any) -> tuple[float, dict[str, str]]:
    """Share of the pairs that are right, and a verdict for each left-hand side.

    Args:
        body: ``pairs`` (key, text, match) and ``extra`` (right-hand sides that belong to nothing).
        given: ``{pair key: choice key}``; what is missing was left open.
    """
    chosen = given if isinstance(given, Mapping) else {}
    verdicts = {}
    for pair in body["pairs"]:
        picked = chosen.get(pair["key"])
        right = picked == choice_key(pair["match"])
        verdicts[pair["key"]] = "right" if right else "wrong" if picked else "missed"
    return list(verdicts.values()).count("right") / len(verdicts), verdicts


def order(body: Body, given: Any) -> tuple[float, dict[str, str]]:
    """Share of the steps that are followed by the right next one, and a verdict for each item.

    Counting neighbours, not places: who puts one step too early has not got all others wrong.

    Args:
        body: ``items`` (key, text) in their right order.
        given: item keys in the order chosen; all of them, each once, or it is no order.
    """
    right = [item["key"] for item in body["items"]]
    if not isinstance(given, list | tuple) or sorted(map(str, given)) != sorted(right):
        return 0.0, dict.fromkeys(right, "missed")
    put = [str(key) for key in given]
    wanted = set(itertools.pairwise(right))
    met = [step in wanted for step in itertools.pairwise(put)]
    verdicts = {
        key: "right" if put[place] == right[place] else "wrong" for place, key in enumerate(put)
    }
    return sum(met) / len(wanted), verdicts
