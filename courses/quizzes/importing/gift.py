r"""GIFT, Moodle's text format, read question by question. Pure.

Everything its documentation names: comments with ``[id:…]`` and ``[tag:…]``, ``$CATEGORY``, titles,
``[html]`` and the other formats, escapes, single and multiple choice with weights, true/false, short
answers, matching, missing word, numbers with tolerance, ranges and several answers, essays,
descriptions, feedback per answer and for the whole question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from django.utils.translation import gettext as _

from courses.quizzes import kinds, soundness
from courses.quizzes.importing.items import (
    LETTERS,
    Item,
    Reading,
    option,
    true_false,
    weighed,
)
from courses.quizzes.wording import from_html, markup

_ESCAPED = re.compile(r"\\([~=#{}:])")
_HELD = {sign: chr(0xE000 + place) for place, sign in enumerate("~=#{}:")}
_BACK = str.maketrans({held: sign for sign, held in _HELD.items()})
_TITLE = re.compile(r"^::(.*?)::", re.DOTALL)
_FORMAT = re.compile(r"^\[(html|plain|markdown|moodle)\]", re.IGNORECASE)
_MARK = re.compile(r"\[(id|tag):((?:\\.|[^\]\\])*)\]")
_WEIGHT = re.compile(r"^%(-?\d+(?:\.\d*)?)%")
_TRUTH = re.compile(r"^(t|true|f|false)\s*(?:#|$)", re.IGNORECASE)
_RANGE = re.compile(r"^(\S+?)\s*\.\.\s*(\S+)$")
_EMPHASIS = re.compile(r"(?<![*\\])\*(?!\*)([^*\n\\]+)\*(?!\*)")
BLANK = "____"


class _Wrong(Exception):
    """A question that cannot be read, with what to do about it."""


@dataclass
class _Chunk:
    """The lines of one question: where it begins, and what its comments say."""

    number: int
    lines: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


@dataclass
class _Texts:
    """Turns the texts of one question into markup, by the format that was named."""

    format: str = "moodle"
    notes: list[str] = field(default_factory=list)

    def read(self, raw: str, *, trimmed: bool = True) -> str:
        text = raw.strip() if trimmed else raw
        named, text = self._named(text)
        text = text.replace("\\n", "\n").translate(_BACK)
        if named == "html" or (named == "moodle" and re.search(r"<[a-zA-Z/!]", text)):
            found = from_html.read(text, lambda _src: "")
            self.notes += found.lost
            return found.text
        if named in ("plain", "moodle"):
            return (
                markup.escape(text) if named == "plain" else from_html.plain_words(unescape(text))
            )
        return unescape(_EMPHASIS.sub(r"\1", text))

    def _named(self, text: str) -> tuple[str, str]:
        found = _FORMAT.match(text)
        if found is None:
            return self.format, text
        return found.group(1).lower(), text[found.end() :].lstrip()

    def opens(self, stem: str) -> str:
        """Remember the format of the question text: it is also that of its other parts."""
        named, rest = self._named(stem.strip())
        self.format = named
        return rest


def read(text: str) -> Reading:
    """Every question of a GIFT text; the number of a line is that of its first line."""
    reading, category = Reading(), ""
    for chunk in _chunks(text):
        if chunk.lines and chunk.lines[0].lstrip().startswith("$CATEGORY:"):
            category = _category(chunk.lines[0])
            del chunk.lines[0]
        if not any(line.strip() for line in chunk.lines):
            continue
        tags = tuple(dict.fromkeys([*chunk.tags, *([category] if category else [])]))
        try:
            _question(reading, chunk.number, "\n".join(chunk.lines), tags)
        except _Wrong as wrong:
            reading.refused(chunk.number, str(wrong))
    return reading


def _category(line: str) -> str:
    """The last name of ``$course$/top/仓储``; the tree itself has no place here, its leaf is a tag."""
    path = line.split(":", 1)[1].strip()
    names = [part.strip() for part in re.split(r"(?<!/)/(?!/)", path)]
    kept = [name for name in names if name and not name.startswith("$") and name != "top"]
    return kept[-1].replace("//", "/")[:100] if kept else ""


def _chunks(text: str) -> Iterator[_Chunk]:
    """Questions are parted by blank lines; comments belong to the question that follows."""
    chunk = _Chunk(1)
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        bare = line.strip()
        if bare.startswith("//"):
            chunk.tags += [_unmarked(v) for name, v in _MARK.findall(bare) if name == "tag"]
        elif bare.startswith("$CATEGORY:") and chunk.lines:
            yield chunk
            chunk = _Chunk(number, [line])
        elif bare:
            if not chunk.lines:
                chunk.number = number
            chunk.lines.append(line)
        elif chunk.lines:
            yield chunk
            chunk = _Chunk(number + 1)
    if chunk.lines:
        yield chunk


def _unmarked(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value).strip()[:100]


def _question(reading: Reading, number: int, raw: str, tags: tuple[str, ...]) -> None:
    text = _ESCAPED.sub(lambda found: _HELD[found.group(1)], raw.strip())
    title, texts = "", _Texts()
    if found := _TITLE.match(text):
        title = unescape(found.group(1).strip().replace("\\n", " ").translate(_BACK))[:200]
        text = text[found.end() :].lstrip()
    text = texts.opens(text)
    before, answers, after = _parts(text)
    if answers is None:
        reading.left_out(number, _("这是一段说明文字，没有可答的内容"))
        return
    # A closing full stop behind the braces is no missing word.
    missing_word = bool(after.strip())
    stem = f"{before.rstrip()} {BLANK} {after.lstrip()}" if missing_word else before
    answers, _sep, general = answers.partition("####")
    kind, body = _answers(answers.strip(), texts)
    item = Item(
        kind=kind,
        stem=texts.read(stem),
        body=body,
        explanation=texts.read(general) if general.strip() else "",
        title=title,
        tags=tags,
    )
    if not item.stem:
        raise _Wrong(_("题目是空的。请在大括号前面写上题目"))
    if lacking := soundness.lacking(kind, body):
        raise _Wrong(lacking)
    reading.took(number, item, texts.notes)


def _parts(text: str) -> tuple[str, str | None, str]:
    """Text, what the braces hold (None without braces), and the text behind."""
    start, end = text.find("{"), text.rfind("}")
    if start < 0 and end < 0:
        return text, None, ""
    if start < 0 or end < start:
        raise _Wrong(_("大括号没有成对。答案要写在 { 和 } 之间；正文里的大括号写成 \\{ 和 \\}"))
    inner = text[start + 1 : end]
    if "{" in inner or "}" in inner:
        raise _Wrong(
            _("一道题里有两对大括号。请检查题与题之间有没有空行；正文里的大括号写成 \\{ 和 \\}")
        )
    return text[:start], inner, text[end + 1 :]


# ---------------------------------------------------------------- answers


@dataclass
class _Answer:
    sign: str
    text: str
    feedback: str
    weight: float | None


def _answers(raw: str, texts: _Texts) -> tuple[str, dict[str, Any]]:
    if not raw:
        return kinds.SHORT, {"sample": "", "rubric": []}
    if raw.startswith("#"):
        return kinds.NUMERIC, _numbers(raw[1:].strip(), texts)
    if _TRUTH.match(raw):
        return kinds.TRUE_FALSE, _truth(raw, texts)
    found = list(_split(raw))
    if not found:
        raise _Wrong(
            _("看不懂答案“%(text)s”。正确的写 =，错误的写 ~") % {"text": raw[:40].translate(_BACK)}
        )
    if any("->" in one.text for one in found) and all(one.sign == "=" for one in found):
        return kinds.MATCHING, _pairs(found, texts)
    if all(one.sign == "=" for one in found):
        return kinds.FILL, _words(found, texts)
    return _choice(found, texts)


def _split(raw: str) -> Iterator[_Answer]:
    """The answers with their signs, weights and feedback."""
    for sign, rest in re.findall(r"([=~])([^=~]*)", raw):
        text, _sep, feedback = rest.partition("#")
        text, weight = text.strip(), None
        if found := _WEIGHT.match(text):
            weight, text = round(float(found.group(1)) / 100, 7), text[found.end() :].strip()
            if not -1 <= weight <= 1:
                raise _Wrong(
                    _("分值比例 %(weight)s 不对，要在 -100 到 100 之间") % {"weight": found.group()}
                )
        yield _Answer(sign, text, feedback.strip(), weight)


def _choice(found: list[_Answer], texts: _Texts) -> tuple[str, dict[str, Any]]:
    if len(found) > len(LETTERS):
        raise _Wrong(_("选项太多，最多 26 个"))
    single = any(one.sign == "=" for one in found)
    shares = [one.weight if one.weight is not None else float(one.sign == "=") for one in found]
    options = [
        option(place, texts.read(one.text), correct=False, feedback=texts.read(one.feedback))
        for place, one in enumerate(found)
    ]
    weighed(options, shares, single=single)
    return kinds.SINGLE if single else kinds.MULTIPLE, {"options": options}


def _words(found: list[_Answer], texts: _Texts) -> dict[str, Any]:
    body: dict[str, Any] = {"answers": []}
    for one in found:
        text = markup.plain(texts.read(one.text))
        if one.weight is None or one.weight >= 1:
            body["answers"].append(text)
        elif one.weight > 0:
            body.setdefault("partial", []).append({"text": text, "share": one.weight})
        if one.feedback:
            body.setdefault("feedback", {})[text] = texts.read(one.feedback)
        if "*" in text:
            body["wildcards"] = True
    return body


def _pairs(found: list[_Answer], texts: _Texts) -> dict[str, Any]:
    pairs: list[dict[str, str]] = []
    extra: list[str] = []
    for one in found:
        left, arrow, right = one.text.partition("->")
        if not arrow:
            raise _Wrong(
                _("配对题的每一行都要写 ->：“%(text)s”") % {"text": one.text[:40].translate(_BACK)}
            )
        if one.feedback:
            texts.notes.append(_("配对题的单项说明去掉了"))
        if left.strip():
            key = LETTERS[len(pairs) % 26]
            pairs.append({"key": key, "text": texts.read(left), "match": texts.read(right)})
        else:
            extra.append(texts.read(right))
    return {"pairs": pairs, **({"extra": extra} if extra else {})}


def _truth(raw: str, texts: _Texts) -> dict[str, Any]:
    word, _sep, rest = raw.partition("#")
    right = word.strip().lower() in ("t", "true")
    wrong_says, _sep, right_says = rest.partition("#")
    said = [texts.read(right_says), texts.read(wrong_says)]
    if_true, if_false = said if right else said[::-1]
    return true_false(right, if_true=if_true, if_false=if_false)


def _numbers(raw: str, texts: _Texts) -> dict[str, Any]:
    if not raw.startswith("="):
        text, _sep, feedback = raw.partition("#")
        found = [_Answer("=", text.strip(), feedback.strip(), None)]
    else:
        found = list(_split(raw))
    body: dict[str, Any] = {"unit": ""}
    for one in found:
        if one.sign != "=":
            if one.text not in ("", "*"):
                raise _Wrong(_("计算题的答案前面要写 =，不能写 ~"))
            texts.notes.append(_("对其他所有答案的说明去掉了"))
            continue
        answer, tolerance = _figure(one.text)
        row: dict[str, Any] = {"answer": answer, "tolerance": tolerance}
        if one.feedback:
            row["feedback"] = texts.read(one.feedback)
        if (one.weight is None or one.weight >= 1) and "answer" not in body:
            body |= row
        else:
            share = 1.0 if one.weight is None else one.weight
            body.setdefault("partial", []).append({**row, "share": share})
    return body


def _figure(text: str) -> tuple[float, float]:
    """Figure and tolerance of ``3``, ``3:2`` or ``1..5``."""
    text = text.translate(_BACK).strip()
    try:
        if found := _RANGE.match(text):
            low, high = sorted((float(found.group(1)), float(found.group(2))))
            return round((low + high) / 2, 12), round((high - low) / 2, 12)
        answer, _sep, tolerance = text.partition(":")
        figure = float(answer), abs(float(tolerance or 0))
    except ValueError:
        figure = (float("nan"), 0.0)
    if not abs(figure[0]) < float("inf") or not figure[1] < float("inf"):
        raise _Wrong(_("“%(text)s”不是数字。写成 3、3:0.5 或 1..5") % {"text": text[:40]})
    return figure
