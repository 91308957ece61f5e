r"""Questions as GIFT. Pure. What GIFT has no words for is named instead of being bent."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from courses.quizzes import kinds
from courses.quizzes.exporting.moodle_xml import option_shares
from courses.quizzes.importing import items as item_tools
from courses.quizzes.importing.items import Item
from courses.quizzes.wording import markup


def write(items: Iterable[Item]) -> tuple[str, list[str]]:
    """The text, and for every question that is not in it a sentence that says why."""
    written, left = [], []
    for item in items:
        why = lacks(item)
        if why:
            name = item.title or markup.plain(item.stem)[:30]
            left.append(_("“%(name)s”：%(why)s") % {"name": name, "why": why})
        else:
            written.append(_question(item))
    return "\n\n".join(written) + "\n", left


def lacks(item: Item) -> str:
    """Why this question cannot be said in GIFT; empty when it can."""
    if item.kind in (kinds.ORDERING, kinds.UPLOAD, kinds.CASE):
        return _("GIFT 没有这种题型，请用 Moodle XML")
    if item_tools.picture_names(item):
        return _("GIFT 带不了图片，请用 Moodle XML")
    if item.body.get("unit") or item.body.get("says") or item.body.get("case_matters"):
        return _("GIFT 写不下单位、区分大小写和分档说明，请用 Moodle XML")
    if item.body.get("sample") or item.body.get("rubric"):
        return _("GIFT 写不下参考答案和评分项，请用 Moodle XML")
    return ""


def _question(item: Item) -> str:
    marks = [f"[tag:{tag.replace(']', '')}]" for tag in item.tags]
    head = [f"// {' '.join(marks)}"] if marks else []
    title = f"::{_escaped(item.title)}::" if item.title else ""
    general = f" ####{_escaped(item.explanation)}" if item.explanation else ""
    answers = _BODIES[item.kind](item)
    # Markdown is the format that leaves our own markup as it is.
    head.append(f"{title}[markdown]{_escaped(item.stem)} {{{answers}{general}}}")
    return "\n".join(head)


def _escaped(text: str) -> str:
    text = re.sub(r"(?<![*\\])\*(?!\*)", "&#42;", text.replace("&", "&amp;"))  # no emphasis
    # A backslash quotes the sign behind it, and \n is a line break: others need another name.
    text = re.sub(r"\\(?![A-Za-mo-z()\[\]*!|$])", "&#92;", text)
    quoted = "".join(f"\\{sign}" if sign in "~=#{}:" else sign for sign in text)
    return quoted.replace("\r", "").replace("\n", "\\n")


def _percent(share: float) -> str:
    return f"%{share * 100:.7f}".rstrip("0").rstrip(".") + "%"


def _choice(item: Item) -> str:
    options = item.body["options"]
    single = item.kind == kinds.SINGLE
    rows = []
    for option, share in zip(options, option_shares(item.kind, options), strict=True):
        sign = "=" if single and option["correct"] else "~"
        weight = "" if share in (0, 1) and single else _percent(share)
        said = f"#{_escaped(option['feedback'])}" if option["feedback"] else ""
        rows.append(f"\n {sign}{weight}{_escaped(option['text'])}{said}")
    return "".join(rows) + "\n"


def _truth(item: Item) -> str:
    true, false = item.body["options"]
    wrong, right = (false, true) if true["correct"] else (true, false)
    said = ""
    if wrong["feedback"] or right["feedback"]:
        said = f"#{_escaped(wrong['feedback'])}#{_escaped(right['feedback'])}"
    return f"{'TRUE' if true['correct'] else 'FALSE'}{said}"


def _words(item: Item) -> str:
    body = item.body
    rows = [(text, "") for text in body["answers"]]
    rows += [(row["text"], _percent(row["share"])) for row in body.get("partial", ())]
    return (
        "".join(f"\n ={w}{_escaped(t)}{_said(body.get('feedback', {}).get(t))}" for t, w in rows)
        + "\n"
    )


def _said(feedback: str | None) -> str:
    return f"#{_escaped(feedback)}" if feedback else ""


def _number(item: Item) -> str:
    rows: list[dict[str, Any]] = [item.body, *item.body.get("partial", ())]
    written = [
        f"\n ={'' if row is item.body else _percent(row['share'])}"
        f"{float(row['answer'])!r}:{float(row.get('tolerance', 0))!r}{_said(row.get('feedback'))}"
        for row in rows
    ]
    return f"#{''.join(written)}\n"


def _pairs(item: Item) -> str:
    rows = [(pair["text"], pair["match"]) for pair in item.body["pairs"]]
    rows += [("", text) for text in item.body.get("extra", ())]
    return "".join(f"\n ={_escaped(left)} -> {_escaped(right)}" for left, right in rows) + "\n"


_BODIES = {
    kinds.SINGLE: _choice, kinds.MULTIPLE: _choice, kinds.TRUE_FALSE: _truth, kinds.FILL: _words,
    kinds.NUMERIC: _number, kinds.MATCHING: _pairs, kinds.SHORT: lambda _item: "",
}  # fmt: skip
