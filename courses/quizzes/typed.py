"""Marking what is typed: words against accepted words, numbers within a tolerance. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from courses.quizzes.kinds import Body

_SPACE = re.compile(r"\s+")
_NUMBER = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$")
_MINUS = str.maketrans({"−": "-", "–": "-", "—": "-"})
# Two figures that differ by less than this are the same figure, written down differently.
_ROUNDING = 1e-9


def plain(text: str, *, case_matters: bool = False) -> str:
    """A typed answer without what does not matter: width, spaces around and within, and case."""
    bare = _SPACE.sub("", unicodedata.normalize("NFKC", text))
    return bare if case_matters else bare.casefold()


def word(body: Body, given: Any) -> tuple[float, str]:
    """Share and feedback of a typed word; the best accepted answer that fits counts.

    Args:
        body: ``answers`` (all points) and ``partial`` (text, share) with ``feedback`` by text;
            ``case_matters``; with ``wildcards`` a ``*`` stands for anything.
    """
    if not isinstance(given, str) or not given.strip():
        return 0.0, ""
    best, said = 0.0, ""
    for text, share in _accepted(body):
        if _fits(body, text, given) and (share > best or not said):
            best, said = max(best, share), str(body.get("feedback", {}).get(text, ""))
    return best, said


def _accepted(body: Body) -> Iterator[tuple[str, float]]:
    for text in body["answers"]:
        yield text, 1.0
    for row in body.get("partial", ()):
        yield row["text"], float(row["share"])


def _fits(body: Body, wanted: str, given: str) -> bool:
    exact = bool(body.get("case_matters"))
    typed = plain(given, case_matters=exact)
    if not body.get("wildcards"):
        return typed == plain(wanted, case_matters=exact)
    return _like([plain(part, case_matters=exact) for part in wanted.split("*")], typed)


def _like(parts: list[str], typed: str) -> bool:
    """Whether ``typed`` is these parts with anything between them; linear, whatever is typed."""
    first, *rest = parts
    if not rest:
        return typed == first
    *between, last = rest
    if not typed.startswith(first) or len(typed) < len(first) + len(last):
        return False
    at, end = len(first), len(typed) - len(last)
    for part in between:
        found = typed.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return typed.endswith(last)


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


def figure(body: Body, given: Any) -> tuple[float, str]:
    """Share and feedback of a typed number.

    Args:
        body: ``answer``, ``tolerance``, ``unit`` (all points); ``partial`` (answer, tolerance,
            share, feedback); ``units`` (name, factor): the figure in another unit times
            ``factor`` is the figure in ``unit``.
    """
    typed = _in_unit(body, given)
    if typed is None:
        return 0.0, ""
    if _near(typed, body["answer"], body.get("tolerance", 0)):
        return 1.0, str(body.get("feedback", ""))
    near = [r for r in body.get("partial", ()) if _near(typed, r["answer"], r.get("tolerance", 0))]
    best = max(near, key=lambda row: row["share"], default=None)
    return (float(best["share"]), str(best.get("feedback", ""))) if best else (0.0, "")


def _in_unit(body: Body, given: Any) -> float | None:
    found = number(given, str(body.get("unit", "")))
    if found is not None:
        return found
    # The longest name first: 米 is the end of 毫米.
    for other in sorted(body.get("units", ()), key=lambda row: -len(row["name"])):
        found = number(given, str(other["name"]))
        if found is not None:
            return found * float(other["factor"])
    return None


def _near(typed: float, wanted: Any, tolerance: Any) -> bool:
    allowed = float(tolerance) + _ROUNDING * max(1.0, abs(float(wanted)))
    return abs(typed - float(wanted)) <= allowed
