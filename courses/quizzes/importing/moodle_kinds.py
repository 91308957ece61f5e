"""The question types of Moodle XML, one reader each. Pure.

Each takes a ``moodle_xml.Source``, answers kind and body, and raises ``ValueError`` with words for what
cannot be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.quizzes import kinds
from courses.quizzes.importing import cloze, rubrics
from courses.quizzes.importing.items import LETTERS, option, true_false, weighed
from courses.quizzes.wording import markup

if TYPE_CHECKING:
    from courses.quizzes.importing.moodle_xml import Source

Kind = tuple[str, dict[str, Any]]

_UNIT = re.compile(r"[^\s。，、；,.;]{1,10}$")

UNKNOWN = {
    "calculated": gettext_lazy("公式计算题每次换数字，这里没有。请改成固定数字的计算题"),
    "calculatedsimple": gettext_lazy("公式计算题每次换数字，这里没有。请改成固定数字的计算题"),
    "calculatedmulti": gettext_lazy("公式计算题每次换数字，这里没有。请改成单选题"),
    "randomsamatch": gettext_lazy("随机配对题靠其他题目生成，这里没有"),
    "random": gettext_lazy("随机题在这里由小测的“抽题”来做，不用导入"),
    "ddmarker": gettext_lazy("在图片上拖放标记，手机和键盘做不了，这里没有"),
    "ddimageortext": gettext_lazy("在图片上拖放，手机和键盘做不了，这里没有"),
}


def _answers(source: Source) -> list[Element]:
    return source.element.findall("answer")


def _share(answer: Element) -> float:
    try:
        share = float(answer.get("fraction", "0")) / 100
    except ValueError:
        share = float("nan")
    if not -1 <= share <= 1:
        raise ValueError(_("答案的分值比例 %(given)s 不对") % {"given": answer.get("fraction")})
    return share


def _is_true(source: Source, path: str, *, default: bool) -> bool:
    said = source.bare(path).strip().lower()
    return said in ("true", "1") if said else default


def _choice(source: Source) -> Kind:
    answers, single = _answers(source), _is_true(source, "single", default=True)
    if len(answers) > len(LETTERS):
        raise ValueError(_("选项太多，最多 26 个"))
    options = [
        option(
            place, source.text(answer), correct=False, feedback=source.text(answer.find("feedback"))
        )
        for place, answer in enumerate(answers)
    ]
    weighed(options, [_share(answer) for answer in answers], single=single)
    combined = _combined(source)
    return (kinds.SINGLE if single else kinds.MULTIPLE), {"options": options} | combined


def _combined(source: Source) -> dict[str, Any]:
    """What is said to a right, partly right and wrong answer."""
    names = {
        "right": "correctfeedback",
        "partly": "partiallycorrectfeedback",
        "wrong": "incorrectfeedback",
    }
    said = {key: source.text(source.element.find(name)) for key, name in names.items()}
    said = {key: text for key, text in said.items() if text}
    return {"says": said} if said else {}


def _truth(source: Source) -> Kind:
    said = {"true": "", "false": ""}
    right: bool | None = None
    for answer in _answers(source):
        word = markup.plain(source.text(answer)).strip().lower()
        if word not in said:
            raise ValueError(_("判断题的答案只能是 true 或 false"))
        said[word] = source.text(answer.find("feedback"))
        if _share(answer) > 0.5:
            right = word == "true"
    if right is None:
        raise ValueError(_("判断题没有标出哪个对"))
    return kinds.TRUE_FALSE, true_false(right, if_true=said["true"], if_false=said["false"])


def _words(source: Source) -> Kind:
    body: dict[str, Any] = {"answers": []}
    wild = literal = False
    for answer in _answers(source):
        share, raw = _share(answer), _bare(answer).strip()
        if share <= 0 or not raw:
            if source.text(answer.find("feedback")):
                source.notes.append(_("对错误答案的说明去掉了"))
            continue
        wild |= bool(re.search(r"(?<!\\)\*", raw))
        literal |= "\\*" in raw
        text = raw.replace("\\*", "*")
        if share >= 0.99999:
            body["answers"].append(text)
        else:
            body.setdefault("partial", []).append({"text": text, "share": round(share, 7)})
        if feedback := source.text(answer.find("feedback")):
            body.setdefault("feedback", {})[text] = feedback
    if wild:
        body["wildcards"] = True
    if wild and literal:
        source.notes.append(_("答案里的 \\* 也当作任意文字"))
    if _is_true(source, "usecase", default=False):
        body["case_matters"] = True
    return kinds.FILL, body


def _bare(answer: Element) -> str:
    text = answer.find("text")
    return (text if text is not None else answer).text or ""


def _number(source: Source) -> Kind:
    body: dict[str, Any] = {"unit": ""}
    for answer in _answers(source):
        share, raw = _share(answer), _bare(answer).strip()
        if share <= 0 or raw == "*":
            if source.text(answer.find("feedback")):
                source.notes.append(_("对错误答案的说明去掉了"))
            continue
        tolerance = answer.findtext("tolerance")
        if tolerance is None:
            tolerance = answer.get("tolerance", "0")
        row: dict[str, Any] = {"answer": _float(raw), "tolerance": abs(_float(tolerance or "0"))}
        if feedback := source.text(answer.find("feedback")):
            row["feedback"] = feedback
        if share >= 0.99999 and "answer" not in body:
            body |= row
        else:
            body.setdefault("partial", []).append({**row, "share": round(share, 7)})
    return kinds.NUMERIC, body | _units(source)


def _float(raw: str) -> float:
    try:
        figure = float(raw.strip().replace(",", "."))
    except ValueError:
        figure = float("nan")
    if not abs(figure) < 1e300:
        raise ValueError(_("“%(text)s”不是数字") % {"text": raw.strip()[:40]})
    return figure


def _units(source: Source) -> dict[str, Any]:
    """The unit that figures are in, and how others turn into it: Moodle says it the other way round."""
    found = [
        (
            unit.findtext("unit_name", "").strip()[:10],
            _float(unit.findtext("multiplier", "1") or "1"),
        )
        for unit in source.element.findall("units/unit")
    ]
    found = [(name, times) for name, times in found if name and times]
    if not found:
        return {}
    main = next((name for name, times in found if times == 1), found[0][0])
    others = [{"name": n, "factor": 1 / times} for n, times in found if n != main]
    return {"unit": main} | ({"units": others} if others else {})


def _pairs(source: Source) -> Kind:
    pairs: list[dict[str, str]] = []
    extra = []
    for sub in source.element.findall("subquestion"):
        left, right = source.text(sub), sub.find("answer")
        match = markup.escape(_bare(right).strip()) if right is not None else ""
        if left:
            pairs.append({"key": LETTERS[len(pairs) % 26], "text": left, "match": match})
        elif match:
            extra.append(match)
    body: dict[str, Any] = {"pairs": pairs} | ({"extra": extra} if extra else {})
    return kinds.MATCHING, body | _combined(source)


def _order(source: Source) -> Kind:
    answers = sorted(_answers(source), key=lambda answer: float(answer.get("fraction", "0") or 0))
    items = [
        {"key": LETTERS[place % 26], "text": source.text(answer)}
        for place, answer in enumerate(answers)
    ]
    return kinds.ORDERING, {"items": items} | _combined(source)


def _essay(source: Source) -> Kind:
    sample, rubric = rubrics.parted(source.text(source.element.find("graderinfo")))
    body: dict[str, Any] = {"sample": sample, "rubric": rubric}
    if source.text(source.element.find("responsetemplate")):
        source.notes.append(_("答题模板去掉了"))
    wanted = source.bare("attachments", "0").strip()
    if wanted not in ("", "0"):
        most = int(wanted) if wanted.isdigit() else 6
        return kinds.UPLOAD, body | {"files": min(6, max(1, most))}
    return kinds.SHORT, body


def _cloze(source: Source) -> Kind:
    text = source.text(source.element.find("questiontext"))
    parts: list[dict[str, Any]] = []
    paragraphs: list[str] = []
    for paragraph in text.split("\n\n"):
        found = list(cloze.blanks(paragraph))
        # A blank at the end of its own paragraph: that paragraph is the part's question. Behind a
        # figure its unit may stand.
        after = paragraph[found[0].end :].strip() if len(found) == 1 else ""
        has_unit = len(found) == 1 and found[0].kind == kinds.NUMERIC and _UNIT.match(after)
        alone = len(found) == 1 and bool(not after or has_unit)
        if has_unit:
            found[0].body["unit"] = after
            paragraph = paragraph[: found[0].end]
        shown = paragraph
        for blank in reversed(found):
            number = len(parts) + 1 + found.index(blank)
            mark = "" if alone else f" （{number}）____ "
            shown = shown[: blank.start] + mark + shown[blank.end :]
        for blank in found:
            number = len(parts) + 1
            stem = shown.strip() if alone and shown.strip() else _("第（%(n)d）空") % {"n": number}
            parts.append(
                {"key": LETTERS[len(parts) % 26], "kind": blank.kind, "stem": stem,
                 "body": blank.body, "points": blank.points}
            )  # fmt: skip
        if not alone and shown.strip():
            paragraphs.append(shown.strip())
    if not parts:
        raise ValueError(_("没有找到填空，例如 {1:SHORTANSWER:=答案}"))
    if not paragraphs:
        paragraphs = [_("回答下面的小题。")]
    return kinds.CASE, {"parts": parts, "_stem": "\n\n".join(paragraphs)}


def _gaps(source: Source) -> Kind:
    """Missing words to choose from (gapselect) or drag (ddwtos): each gap becomes a choice."""
    boxes = source.element.findall("selectoption") + source.element.findall("dragbox")
    words = [source.text(box) for box in boxes]
    groups = [box.findtext("group", "1") for box in boxes]
    stem = source.text(source.element.find("questiontext"))
    parts: list[dict[str, Any]] = []

    def gap(found: re.Match[str]) -> str:
        place = int(found.group(1)) - 1
        if not 0 <= place < len(words):
            raise ValueError(_("空格 [[%(n)s]] 没有对应的选项") % {"n": found.group(1)})
        same = [n for n in range(len(words)) if groups[n] == groups[place]]
        options = [
            option(n, words[choice], correct=choice == place) for n, choice in enumerate(same[:26])
        ]
        parts.append(
            {"key": LETTERS[len(parts) % 26], "kind": kinds.SINGLE, "points": 1,
             "stem": _("第（%(n)d）空") % {"n": len(parts) + 1}, "body": {"options": options}}
        )  # fmt: skip
        return f" （{len(parts)}）____ "

    shown = re.sub(r"\[\[(\d{1,3})\]\]", gap, stem)
    return kinds.CASE, {"parts": parts, "_stem": shown}


def stem(source: Source, kind: str, body: dict[str, Any]) -> str:
    """The question text; of a case what its parts left of it."""
    if kind == kinds.CASE:
        return str(body.pop("_stem"))
    return source.text(source.element.find("questiontext"))


READERS: dict[str, Callable[[Source], Kind]] = {
    "multichoice": _choice,
    "truefalse": _truth,
    "shortanswer": _words,
    "numerical": _number,
    "matching": _pairs,
    "ordering": _order,
    "essay": _essay,
    "cloze": _cloze,
    "multianswer": _cloze,
    "gapselect": _gaps,
    "ddwtos": _gaps,
}
