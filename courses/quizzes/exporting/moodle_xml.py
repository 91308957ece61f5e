"""Questions as Moodle XML: what Moodle reads, and what comes back here the same. Pure."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from courses.quizzes import kinds
from courses.quizzes.importing import rubrics
from courses.quizzes.importing.cloze import TRUE_FALSE
from courses.quizzes.importing.items import Item
from courses.quizzes.wording import markup

# File name and content of a picture by its name; None when it is gone.
Fetch = Callable[[str], "tuple[str, bytes] | None"]
_TYPES = {
    kinds.SINGLE: "multichoice", kinds.MULTIPLE: "multichoice", kinds.TRUE_FALSE: "truefalse",
    kinds.FILL: "shortanswer", kinds.NUMERIC: "numerical", kinds.MATCHING: "matching",
    kinds.ORDERING: "ordering", kinds.SHORT: "essay", kinds.UPLOAD: "essay", kinds.CASE: "cloze",
}  # fmt: skip
_SAYS = {
    "right": "correctfeedback",
    "partly": "partiallycorrectfeedback",
    "wrong": "incorrectfeedback",
}


def write(
    items: Sequence[Item], fetch: Fetch = lambda _name: None, *, keys: Sequence[str] = ()
) -> bytes:
    """A file of these questions, pictures inside.

    Args:
        keys: by which each is known elsewhere, in the same order.
    """
    root = Element("quiz")
    for item, key in zip(items, keys or [""] * len(items), strict=True):
        root.append(_question(item, fetch))
        if key:
            SubElement(root[-1], "idnumber").text = key
    indent(root, space=" ", level=0)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="utf-8")


def _question(item: Item, fetch: Fetch) -> Element:
    question = Element("question", type=_TYPES[item.kind])
    SubElement(SubElement(question, "name"), "text").text = item.title
    stem = item.stem if item.kind != kinds.CASE else _cloze(item)
    _text(question, "questiontext", stem, fetch)
    _text(question, "generalfeedback", item.explanation, fetch)
    SubElement(question, "defaultgrade").text = str(item.points)
    _BODIES[item.kind](question, item.kind, item.body, fetch)
    for key, name in _SAYS.items():
        if said := item.body.get("says", {}).get(key):
            _text(question, name, said, fetch)
    if item.tags:
        tags = SubElement(question, "tags")
        for tag in item.tags:
            SubElement(SubElement(tags, "tag"), "text").text = tag
    return question


def _text(parent: Element, name: str, text: str, fetch: Fetch, **attributes: str) -> Element:
    """An element with the text in it: plain words as they are, everything else as HTML with its files."""
    element = SubElement(parent, name, attributes)
    _fill(element, text, fetch)
    return element


def _fill(element: Element, text: str, fetch: Fetch) -> None:
    if markup.escape(text) == text and "\n" not in text and text == text.strip():
        # Nothing is lost and no other system can read a tag into it.
        element.set("format", "plain_text")
        SubElement(element, "text").text = text
        return
    files: dict[str, tuple[str, bytes]] = {}

    def picture(name: str) -> str:
        found = fetch(name)
        if found is None:
            return ""
        files[f"{name}-{found[0]}"] = found
        return f'src="@@PLUGINFILE@@/{name}-{found[0]}"'

    element.set("format", "html")
    SubElement(element, "text").text = markup.blocks(text, picture, tex=True)
    for file_name, (_own, content) in files.items():
        file = SubElement(element, "file", name=file_name, path="/", encoding="base64")
        file.text = base64.b64encode(content).decode()


def _percent(share: float) -> str:
    return f"{share * 100:.7f}".rstrip("0").rstrip(".")


def _choice(question: Element, kind: str, body: dict[str, Any], fetch: Fetch) -> None:
    SubElement(question, "single").text = "false" if kind == kinds.MULTIPLE else "true"
    SubElement(question, "shuffleanswers").text = "true"
    SubElement(question, "answernumbering").text = "ABCD"
    shares = option_shares(kind, body["options"])
    for option, share in zip(body["options"], shares, strict=True):
        answer = _text(question, "answer", option["text"], fetch, fraction=_percent(share))
        _text(answer, "feedback", option["feedback"], fetch)


def option_shares(kind: str, options: list[dict[str, Any]]) -> list[float]:
    """What every option is worth, -1 to 1, as Moodle wants it said."""
    if any("share" in option for option in options):
        return [float(option.get("share", option["correct"])) for option in options]
    if kind in kinds.ONE_OF:
        return [float(option["correct"]) for option in options]
    part = 1 / sum(option["correct"] for option in options)
    return [part if option["correct"] else -part for option in options]


def _truth(question: Element, _kind: str, body: dict[str, Any], fetch: Fetch) -> None:
    for option, word in zip(body["options"], ("true", "false"), strict=True):
        fraction = "100" if option["correct"] else "0"
        answer = SubElement(question, "answer", fraction=fraction, format="plain_text")
        SubElement(answer, "text").text = word
        _text(answer, "feedback", option["feedback"], fetch)


def _words(question: Element, _kind: str, body: dict[str, Any], fetch: Fetch) -> None:
    SubElement(question, "usecase").text = "1" if body.get("case_matters") else "0"
    rows = [(text, 1.0) for text in body["answers"]]
    rows += [(row["text"], row["share"]) for row in body.get("partial", ())]
    for text, share in rows:
        answer = SubElement(question, "answer", fraction=_percent(share), format="plain_text")
        words = text if body.get("wildcards") else text.replace("*", "\\*")
        SubElement(answer, "text").text = words
        _text(answer, "feedback", body.get("feedback", {}).get(text, ""), fetch)


def _number(question: Element, _kind: str, body: dict[str, Any], fetch: Fetch) -> None:
    for row in ({**body, "share": 1.0}, *body.get("partial", ())):
        answer = SubElement(
            question, "answer", fraction=_percent(row["share"]), format="plain_text"
        )
        SubElement(answer, "text").text = repr(float(row["answer"]))
        SubElement(answer, "tolerance").text = repr(float(row.get("tolerance", 0)))
        _text(answer, "feedback", row.get("feedback", ""), fetch)
    if body.get("unit"):
        units = SubElement(question, "units")
        rows = [(body["unit"], 1.0)]
        rows += [(unit["name"], 1 / unit["factor"]) for unit in body.get("units", ())]
        for name, times in rows:
            unit = SubElement(units, "unit")
            SubElement(unit, "multiplier").text = repr(times)
            SubElement(unit, "unit_name").text = name


def _pairs(question: Element, _kind: str, body: dict[str, Any], fetch: Fetch) -> None:
    SubElement(question, "shuffleanswers").text = "true"
    rows = [(pair["text"], pair["match"]) for pair in body["pairs"]]
    for left, right in [*rows, *(("", text) for text in body.get("extra", ()))]:
        sub = _text(question, "subquestion", left, fetch)
        SubElement(SubElement(sub, "answer"), "text").text = markup.plain(right)


def _order(question: Element, _kind: str, body: dict[str, Any], fetch: Fetch) -> None:
    for name, value in (
        ("layouttype", "VERTICAL"),
        ("selecttype", "ALL"),
        ("gradingtype", "RELATIVE_NEXT_EXCLUDE_LAST"),
    ):
        SubElement(question, name).text = value
    for place, item in enumerate(body["items"], start=1):
        _text(question, "answer", item["text"], fetch, fraction=f"{place}.0000000")


def _essay(question: Element, kind: str, body: dict[str, Any], fetch: Fetch) -> None:
    SubElement(question, "responseformat").text = "editor"
    SubElement(question, "responserequired").text = "1"
    if kind == kinds.UPLOAD:
        SubElement(question, "attachments").text = str(body.get("files", 1))
        SubElement(question, "attachmentsrequired").text = "1"
    _text(
        question,
        "graderinfo",
        rubrics.joined(body.get("sample", ""), body.get("rubric", [])),
        fetch,
    )


def _nothing(question: Element, _kind: str, body: dict[str, Any], fetch: Fetch) -> None:
    """The parts of a case stand in its text."""


_BODIES: dict[str, Callable[[Element, str, dict[str, Any], Fetch], None]] = {
    kinds.SINGLE: _choice, kinds.MULTIPLE: _choice, kinds.TRUE_FALSE: _truth, kinds.FILL: _words,
    kinds.NUMERIC: _number, kinds.MATCHING: _pairs, kinds.ORDERING: _order, kinds.SHORT: _essay,
    kinds.UPLOAD: _essay, kinds.CASE: _nothing,
}  # fmt: skip


# ---------------------------------------------------------------- cases


def _cloze(item: Item) -> str:
    """The case as one text; every part a paragraph that ends with its blank."""
    paragraphs = [item.stem]
    for part in item.body["parts"]:
        stem = part["stem"].replace("\n\n", "\n")
        unit = part["body"].get("unit", "") if part["kind"] == kinds.NUMERIC else ""
        paragraphs.append(f"{stem} {_blank(part)} {markup.escape(unit)}".rstrip())
    return "\n\n".join(paragraphs)


def _blank(part: dict[str, Any]) -> str:
    kind, body = part["kind"], part["body"]
    name = "NUMERICAL"
    if kind in kinds.CHOICE:
        name = "MULTIRESPONSE" if kind == kinds.MULTIPLE else "MULTICHOICE"
        texts = [option["text"] for option in body["options"]]
        if kind == kinds.TRUE_FALSE:
            texts = list(TRUE_FALSE)
        shares = option_shares(kind, body["options"])
        says = [option["feedback"] for option in body["options"]]
    elif kind == kinds.FILL:
        name = "SHORTANSWER_C" if body.get("case_matters") else "SHORTANSWER"
        partial = body.get("partial", ())
        texts = [*body["answers"], *(row["text"] for row in partial)]
        shares = [*(1.0 for _t in body["answers"]), *(row["share"] for row in partial)]
        says = [body.get("feedback", {}).get(text, "") for text in texts]
    else:
        rows = ({**body, "share": 1.0}, *body.get("partial", ()))
        texts = [f"{float(row['answer'])!r}:{float(row.get('tolerance', 0))!r}" for row in rows]
        shares = [row["share"] for row in rows]
        says = [row.get("feedback", "") for row in rows]
    answers = "~".join(
        f"{'=' if share == 1 else f'%{_percent(share)}%'}{_quoted(text)}{f'#{_quoted(said)}' if said else ''}"
        for text, share, said in zip(texts, shares, says, strict=True)
    )
    return f"{{{part.get('points', 1)}:{name}:{answers}}}"


def _quoted(text: str) -> str:
    """Moodle's escapes for what has a meaning inside a blank; once more for the text around it."""
    quoted = "".join(f"\\{sign}" if sign in '}#~/"\\' else sign for sign in text)
    return quoted.replace("\\", "\\\\")
