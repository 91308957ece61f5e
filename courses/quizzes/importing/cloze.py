r"""Moodle's embedded answers (Cloze): ``{1:SHORTANSWER:=Berlin~%50%Bonn#half}`` inside a text. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from courses.quizzes import kinds
from courses.quizzes.importing.items import LETTERS, option, weighed

_TYPES = {
    "SHORTANSWER": "fill", "SA": "fill", "MW": "fill", "SHORTANSWER_C": "fill_c", "SAC": "fill_c",
    "MWC": "fill_c", "NUMERICAL": "numeric", "NM": "numeric", "MULTICHOICE": "single",
    "MC": "single", "MULTICHOICE_V": "single", "MCV": "single", "MULTICHOICE_H": "single",
    "MCH": "single", "MULTICHOICE_S": "single", "MCS": "single", "MULTICHOICE_VS": "single",
    "MCVS": "single", "MULTICHOICE_HS": "single", "MCHS": "single", "MULTIRESPONSE": "multiple",
    "MR": "multiple", "MULTIRESPONSE_H": "multiple", "MRH": "multiple", "MULTIRESPONSE_S": "multiple",
    "MRS": "multiple", "MULTIRESPONSE_HS": "multiple", "MRHS": "multiple",
}  # fmt: skip
_OPENING = re.compile(r"(?<!\\)\{(\d*):([A-Z_]+):", re.IGNORECASE)
_END = re.compile(r"\\\\(?:\\\\|.)?|\}", re.DOTALL)
_WEIGHT = re.compile(r"^%(-?\d+(?:\.\d*)?)%")
TRUE_FALSE = ("正确", "错误")


@dataclass(frozen=True)
class Blank:
    """One embedded answer and where it stands in the text."""

    start: int
    end: int
    points: int
    kind: str
    body: dict[str, Any]


def blanks(text: str) -> Iterator[Blank]:
    """The embedded answers of a text, in order.

    Raises:
        ValueError: one of them cannot be read; with what to do about it.
    """
    at = 0
    while found := _OPENING.search(text, at):
        end = _closing(text, found.end())
        named = _TYPES.get(found.group(2).upper())
        if named is None:
            raise ValueError(_("空格的类型 %(type)s 不认识") % {"type": found.group(2)})
        kind, body = _body(named, text[found.end() : end])
        yield Blank(found.start(), end + 1, int(found.group(1) or 1) or 1, kind, body)
        at = end + 1


def _closing(text: str, start: int) -> int:
    # The text was made markup on its way here, which wrote every backslash twice.
    for found in _END.finditer(text, start):
        if found.group() == "}":
            return found.start()
    raise ValueError(_("填空的大括号没有结束，少了一个 }"))


def _answers(raw: str) -> Iterator[tuple[str, float, str]]:
    """Text, share and feedback of every answer."""
    for part in _split(raw, "~"):
        text, share = part.strip(), 0.0
        if text.startswith("="):
            text, share = text[1:], 1.0
        elif found := _WEIGHT.match(text):
            text, share = text[found.end() :], round(float(found.group(1)) / 100, 7)
        words, *said = _split(text, "#")
        if words.strip():
            yield _bare(words), share, _bare("#".join(said))


def _split(text: str, sign: str) -> list[str]:
    """The parts between signs that no backslash quotes."""
    parts = [""]
    for token in re.findall(r"\\.|.", text, re.DOTALL):
        if token == sign:
            parts.append("")
        else:
            parts[-1] += token
    return parts


def _bare(text: str) -> str:
    return re.sub(r"\\([~=#{}\"'/\\])", r"\1", text).strip()


def _body(named: str, raw: str) -> tuple[str, dict[str, Any]]:
    found = list(_answers(raw.replace("\\\\", "\\")))
    if named == "numeric":
        return kinds.NUMERIC, _numeric(found)
    if named in ("fill", "fill_c"):
        return kinds.FILL, _fill(found, case_matters=named == "fill_c")
    options = [
        option(place, text, correct=False, feedback=feedback)
        for place, (text, _share, feedback) in enumerate(found[: len(LETTERS)])
    ]
    shares = [share for _text, share, _feedback in found[: len(LETTERS)]]
    weighed(options, shares, single=named == "single")
    if named == "single" and tuple(entry["text"] for entry in options) == TRUE_FALSE:
        for entry, key in zip(options, "tf", strict=True):
            entry["key"] = key
        return kinds.TRUE_FALSE, {"options": options}
    return named, {"options": options}


def _fill(found: list[tuple[str, float, str]], *, case_matters: bool) -> dict[str, Any]:
    body: dict[str, Any] = {"answers": [text for text, share, _said in found if share >= 1]}
    partial = [{"text": t, "share": share} for t, share, _said in found if 0 < share < 1]
    feedback = {text: said for text, share, said in found if said and share > 0}
    if any("*" in text for text, share, _said in found if share > 0):
        body["wildcards"] = True
    if case_matters:
        body["case_matters"] = True
    return (
        body
        | ({"partial": partial} if partial else {})
        | ({"feedback": feedback} if feedback else {})
    )


def _numeric(found: list[tuple[str, float, str]]) -> dict[str, Any]:
    body: dict[str, Any] = {"unit": ""}
    for text, share, said in found:
        if text == "*" or share <= 0:
            continue
        figure, _sep, tolerance = text.partition(":")
        row: dict[str, Any] = {"answer": float(figure), "tolerance": abs(float(tolerance or 0))}
        if said:
            row["feedback"] = said
        if share >= 1 and "answer" not in body:
            body |= row
        else:
            body.setdefault("partial", []).append({**row, "share": share})
    return body
