"""Questions as the ``question`` component takes them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from courses.quizzes import arranged, kinds, marking
from courses.quizzes.attempts import Asked
from courses.quizzes.kinds import Body
from courses.quizzes.models import AnswerFile, Attempt, QuestionVersion
from courses.quizzes.wording import markup, pictures
from lms.templatetags import ui

_TYPED = {kinds.FILL, kinds.NUMERIC}


def name_of(version: QuestionVersion) -> str:
    """Name of the form's fields of one question."""
    return f"q{version.pk}"


@dataclass(frozen=True)
class Drawing:
    """How the texts of a page become HTML.

    Args:
        pictures: attributes of the ``img`` by the picture's name.
        seed: of the attempt: what is put together is mixed the same way each time it is shown.
    """

    pictures: Mapping[str, str] = field(default_factory=dict)
    seed: str = ""

    def line(self, text: str) -> SafeString:
        return mark_safe(markup.line(text, lambda name: self.pictures.get(name, "")))  # noqa: S308 - markup escapes

    def blocks(self, text: str) -> SafeString:
        return mark_safe(markup.blocks(text, lambda name: self.pictures.get(name, "")))  # noqa: S308 - markup escapes

    def mixed(self, keys: Sequence[str], name: str) -> list[str]:
        """The keys in an order of this attempt's own, never the one given."""
        shown = list(keys)
        chance = random.Random(f"{self.seed}:{name}")  # noqa: S311 - a mixed list, no secret
        while len(shown) > 1 and shown == list(keys):
            chance.shuffle(shown)
        return shown


def drawing(attempt: Attempt, asked: Sequence[Asked]) -> Drawing:
    """One for the whole page, so that its pictures cost one query, and none without pictures."""
    said = [part for one in asked for v in {one.version, one.key} if v for part in texts(v)]
    return Drawing(pictures.attributes(pictures.names(said)), str(attempt.uuid))


def texts(version: QuestionVersion) -> list[Any]:
    """Everything of a wording that may name a picture."""
    return [version.stem, version.body, version.explanation]


def card(
    one: Asked,
    number: int,
    *,
    submitted: bool,
    drawn: Drawing | None = None,
    files: Sequence[AnswerFile] = (),
) -> dict[str, Any]:
    """Inputs of ``question``; what is right is told only after the attempt was submitted."""
    drawn = drawn or Drawing()
    key = one.key or one.version
    whole = marking.with_files(one.kind, one.given, files)
    marked = marking.mark(one.kind, key.body, whole) if submitted else None
    shown = _asked(
        one.kind, one.version.stem, one.version.body, one.given, marked, drawn, name_of(one.version)
    )
    shown |= {"number": number, "version": one.version.pk, "marked": submitted}
    shown["is_task"] = one.kind in _ARRANGED
    if one.kind == kinds.UPLOAD:
        shown |= _files(files, int(shown["most_files"]))
    if marked is None:
        return shown
    shown["explanation"] = drawn.line(key.explanation) if key.explanation else ""
    if marked.pending or one.mark is not None:
        return shown | _by_tutor(one, drawn)
    return shown | {"right": marked.right, "answer": _answer(one.kind, key.body, marked, drawn)}


def _answer(kind: str, body: Body, marked: marking.Marked, drawn: Drawing) -> str:
    return "" if marked.right else marking.key_in_words(kind, body)


def _files(files: Sequence[AnswerFile], most: int) -> dict[str, Any]:
    rows = [
        {
            "name": file.name,
            "photo": file.kind == AnswerFile.Kind.PHOTO,
            "url": reverse("courses:answer_file", args=[file.uuid]),
            "remove_url": reverse("courses:remove_answer_file", args=[file.uuid]),
        }
        for file in files
    ]
    return {"files": rows, "room": max(0, most - len(rows))}


def _by_tutor(one: Asked, drawn: Drawing) -> dict[str, Any]:
    if one.mark is None:
        return {"waiting": True, "right": None}
    points = _("%(earned)s / %(most)s 分") % {"earned": f"{one.earned or 0:g}", "most": one.points}
    return {"right": one.mark.share >= 0.6, "score": points, "comment": one.mark.comment}


def _asked(
    kind: str,
    stem: str,
    body: Body,
    given: Any,
    marked: marking.Marked | None,
    drawn: Drawing,
    name: str,
) -> dict[str, Any]:
    """What a question, or a part of a case, shows and takes."""
    first, rest = markup.split(stem)
    shown: dict[str, Any] = {
        "text": drawn.line(first),
        "more": drawn.blocks(rest) if rest.strip() else "",
        "name": name,
        "kind": kind if kind in (kinds.MULTIPLE, *_ARRANGED) else "single",
        "answered_by": kind,
        "help": "" if marked else _help(kind),
        "options": [],
    }
    if marked is not None:
        shown["right"] = marked.right
        said = marked.feedback or _says(body, marked)
        shown["said"] = drawn.line(said) if said else ""
    if kind in kinds.CHOICE:
        chosen = set(given) if isinstance(given, list) else {given} if _plain(given) else set()
        shown["options"] = [_option(o, chosen, marked, drawn) for o in body["options"]]
    elif kind in _TYPED:
        shown |= {"kind": "text", "value": given or "", "unit": body.get("unit", "")}
        shown["numeric"] = kind == kinds.NUMERIC
    else:
        shown |= _ARRANGED[kind](body, given, marked, drawn, name)
    return shown


def _plain(given: Any) -> bool:
    return given is None or isinstance(given, str | int)


def _says(body: Body, marked: marking.Marked) -> str:
    how = "right" if marked.right else "partly" if marked.share > 0 else "wrong"
    return str(body.get("says", {}).get(how, ""))


def _option(
    option: dict[str, Any], chosen: set[Any], marked: marking.Marked | None, drawn: Drawing
) -> dict[str, Any]:
    is_chosen = option["key"] in chosen
    feedback = option.get("feedback", "") if marked and is_chosen else ""
    return {
        "value": option["key"],
        "label": drawn.line(option["text"]),
        "checked": is_chosen,
        "verdict": marked.verdicts.get(option["key"], "") if marked else "",
        # Why one's own choice was right or wrong; the rest would be a wall of text.
        "feedback": drawn.line(feedback) if feedback else "",
    }


def _pairs(
    body: Body, given: Any, marked: marking.Marked | None, drawn: Drawing, name: str
) -> dict[str, Any]:
    texts = arranged.choices(body)
    order = drawn.mixed(list(texts), name)
    chosen = given if isinstance(given, Mapping) else {}
    return {
        "rows": [
            {
                "name": f"{name}-{pair['key']}",
                "label": drawn.line(pair["text"]),
                "verdict": marked.verdicts.get(pair["key"], "") if marked else "",
                "answer": drawn.line(pair["match"]) if marked else "",
                # A choice list of a phone shows words only.
                "options": [
                    {
                        "value": key,
                        "label": markup.plain(texts[key]),
                        "chosen": chosen.get(pair["key"]) == key,
                    }
                    for key in order
                ],
            }
            for pair in body["pairs"]
        ]
    }


def _order(
    body: Body, given: Any, marked: marking.Marked | None, drawn: Drawing, name: str
) -> dict[str, Any]:
    texts = {item["key"]: item["text"] for item in body["items"]}
    placed = isinstance(given, list) and sorted(map(str, given)) == sorted(texts)
    order = [str(key) for key in given] if placed else drawn.mixed(list(texts), name)
    return {
        "rows": [
            {
                "name": f"{name}-{key}",
                "label": drawn.line(texts[key]),
                "verdict": marked.verdicts.get(key, "") if marked else "",
                "place": place if placed else 0,
            }
            for place, key in enumerate(order, start=1)
        ],
        "places": list(range(1, len(texts) + 1)),
        "answer_rows": [drawn.line(text) for text in texts.values()]
        if marked and not marked.right
        else [],
    }


def _long(
    body: Body, given: Any, marked: marking.Marked | None, drawn: Drawing, name: str
) -> dict[str, Any]:
    text = given.get("text", "") if isinstance(given, Mapping) else given
    return {
        "value": text or "",
        "rows": [{"label": row["text"], "points": row["points"]} for row in body.get("rubric", ())],
        "answer": drawn.blocks(body["sample"]) if marked and body.get("sample") else "",
        "most_files": body.get("files", 0),
    }


def _case(
    body: Body, given: Any, marked: marking.Marked | None, drawn: Drawing, name: str
) -> dict[str, Any]:
    answers = given if isinstance(given, Mapping) else {}
    parts = []
    for number, part in enumerate(body["parts"], start=1):
        answer = answers.get(part["key"])
        own = marking.mark(part["kind"], part["body"], answer) if marked else None
        shown = _asked(
            part["kind"], part["stem"], part["body"], answer, own, drawn, f"{name}-{part['key']}"
        )
        shown |= {"number": number, "marked": marked is not None}
        if own is not None and not own.right:
            shown["answer"] = marking.key_in_words(part["kind"], part["body"])
        parts.append(shown)
    return {"parts": parts}


_ARRANGED = {
    kinds.MATCHING: _pairs,
    kinds.ORDERING: _order,
    kinds.SHORT: _long,
    kinds.UPLOAD: _long,
    kinds.CASE: _case,
}


def _help(kind: str) -> str:
    return {
        kinds.MULTIPLE: _("选对一项得一份分，选错一项扣一份，最低 0 分。"),
        kinds.FILL: _("填写答案，大小写和空格不影响。"),
        kinds.NUMERIC: _("填写数字就可以。"),
        kinds.MATCHING: _("给左边的每一项选一个答案，配对一个得一份分。"),
        kinds.ORDERING: _("从第一步排到最后一步。前后两步接得对就得一份分。"),
        kinds.SHORT: _("老师会看你的回答，批改后再出分。"),
        kinds.UPLOAD: _("可以拍照，也可以交 PDF、Word、Excel 文件。老师批改后再出分。"),
    }.get(kind, "")


def percent(attempt: Attempt) -> int:
    """Score in percent of what could be had, rounded down."""
    return ui.percent_of(attempt.score or 0, attempt.max_score)
