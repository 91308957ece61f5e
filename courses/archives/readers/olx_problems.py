"""Problems of Open edX: every response in them becomes a question, written as Moodle's element."""

from __future__ import annotations

import ast
import re
from xml.etree.ElementTree import Element, SubElement, tostring

from django.utils.translation import gettext as _

from courses.archives import found, prose
from courses.archives.desk import Desk
from courses.archives.found import Quiz
from courses.archives.readers.qti import element, text

_RESPONSES = {
    "multiplechoiceresponse", "choiceresponse", "numericalresponse", "stringresponse",
    "optionresponse", "truefalseresponse",
}  # fmt: skip
_OTHERS = re.compile(r"response$")
_ASIDE = {
    "solution",
    "demandhint",
    "script",
    "choicehint",
    "stringequalhint",
    "correcthint",
    "compoundhint",
}


def read(
    desk: Desk, quiz: Quiz, problem: Element, key: str, title: str, resolve: prose.Resolve
) -> None:
    """The questions of one problem, into this quiz."""
    if problem.find(".//script") is not None:
        why = _("题目由程序现算（script），这里没有。请改成固定的题")
        desk.report.left_out(found.QUESTION, desk.place, title, why)
        return

    def fetch(src: str) -> bytes | None:
        kind, path = resolve(src)
        most = 5 * 1024 * 1024
        if kind != "image" or desk.archive.sizes[path] > most:
            return None
        return desk.archive.read(path, most)

    points = _float(problem.get("weight", "")) or 1
    asked = 0
    for number, (response, before) in enumerate(_responses(problem)):
        question = _question(response, title, before, _solution(problem, response))
        if question is None:
            why = _("题型 %(type)s 这里没有") % {"type": response.tag}
            desk.report.left_out(found.QUESTION, desk.place, title, why)
            continue
        SubElement(question, "defaultgrade").text = str(points)
        for hint in problem.iter("hint"):
            text(question, "hint", inner(hint))
        if made := desk.ask(question, f"{key}/{number}" if number else key, fetch):
            quiz.entries.append((made, desk.course.questions[made].points))
            asked += 1
    if not asked and next(iter(_responses(problem)), None) is None:
        desk.report.left_out(found.QUESTION, desk.place, title, _("题目里没有可答的内容"))


def _responses(problem: Element) -> list[tuple[Element, str]]:
    """Every response with the words above it, which are its question."""
    rows: list[tuple[Element, str]] = []
    words: list[str] = []

    def walk(parent: Element) -> None:
        for child in parent:
            tag = child.tag if isinstance(child.tag, str) else ""
            if _OTHERS.search(tag):
                rows.append((child, "".join(words)))
                words.clear()
            elif any(_OTHERS.search(str(one.tag)) for one in child.iter()):
                walk(child)
            elif tag not in _ASIDE:
                words.append(_markup(child))
            if child.tail and child.tail.strip():
                words.append(f"<p>{_escaped(child.tail)}</p>")

    if problem.text and problem.text.strip():
        words.append(f"<p>{_escaped(problem.text)}</p>")
    walk(problem)
    return rows


def _question(response: Element, title: str, before: str, solution: str) -> Element | None:
    stem = before + "".join(_markup(one) for one in response if _is_stem(one))
    if response.tag not in _RESPONSES:
        return None
    if response.tag in ("multiplechoiceresponse", "choiceresponse", "truefalseresponse"):
        return _choice(response, title, stem, solution)
    if response.tag == "optionresponse":
        return _options(response, title, stem, solution)
    if response.tag == "numericalresponse":
        return _number(response, title, stem, solution)
    return _string(response, title, stem, solution)


def _is_stem(one: Element) -> bool:
    named = {"choicegroup", "checkboxgroup", "optioninput", "textline", "formulaequationinput"}
    more = {"responseparam", "additional_answer", "choice", "hintgroup"}
    return isinstance(one.tag, str) and one.tag not in named | more | _ASIDE


def _choice(response: Element, title: str, stem: str, solution: str) -> Element:
    multiple = response.tag == "choiceresponse"
    question = element("multichoice", title, stem, solution)
    SubElement(question, "single").text = "false" if multiple else "true"
    choices = list(response.iter("choice"))
    right = [_is_true(choice) for choice in choices]
    share = 100 / sum(right) if multiple and any(right) else 100
    for choice, correct in zip(choices, right, strict=True):
        hint = _hint(choice, "choicehint")
        worth = share if correct else -share if multiple else _partly(choice)
        answer = text(question, "answer", inner(choice), fraction=f"{worth:.5f}")
        if hint:
            text(answer, "feedback", hint)
    return question


def _partly(choice: Element) -> float:
    """What a choice is worth that is right in part, of a hundred."""
    if choice.get("correct", "").lower() != "partial":
        return 0
    return 100 * min(1.0, max(0.0, _float(choice.get("point_value", "0.5"))))


def _hint(choice: Element, tag: str) -> str:
    """What is said to who chose it; it stands among the words of the choice and goes out of them."""
    said = []
    for one in choice.findall(tag):
        if one.get("selected") != "false" and inner(one).strip():
            label = _escaped(one.get("label", ""))
            said.append(f"<p>{label}{'：' if label else ''}{inner(one)}</p>")
        choice.remove(one)
    return "".join(said)


def _is_true(choice: Element) -> bool:
    return choice.get("correct", "").lower() == "true"


def _options(response: Element, title: str, stem: str, solution: str) -> Element | None:
    given = response.find(".//optioninput")
    if given is None:
        return None
    rows = []
    for one in given.findall("option"):
        hint = _hint(one, "optionhint")  # before the words: they are read without it
        rows.append((inner(one), _is_true(one), hint))
    if not rows:
        wanted = given.get("correct", "")
        rows = [(_escaped(word), word == wanted, "") for word in _listed(given.get("options", ""))]
    question = element("multichoice", title, stem, solution)
    SubElement(question, "single").text = "true"
    for words, correct, hint in rows:
        answer = text(question, "answer", words, fraction="100" if correct else "0")
        if hint.strip():
            text(answer, "feedback", hint)
    return question


def _listed(options: str) -> list[str]:
    """``('甲','乙')``: a tuple of Python's, read as data."""
    if len(options) > 5000 or options.count("(") > 5 or options.count("[") > 5:
        return []
    try:
        found_ = ast.literal_eval(options)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return []
    rows = found_ if isinstance(found_, tuple | list) else (found_,)
    return [str(row) for row in rows]


def _number(response: Element, title: str, stem: str, solution: str) -> Element:
    question = element("numerical", title, stem, solution)
    tolerance = ""
    for one in response.iter("responseparam"):
        if one.get("type") == "tolerance":
            tolerance = one.get("default", "").strip()
    answers = [response.get("answer", "")]
    answers += [one.get("answer", "") for one in response.findall("additional_answer")]
    for given in answers:
        figure, spread = _figure(given, tolerance)
        answer = SubElement(question, "answer", fraction="100", format="plain_text")
        SubElement(answer, "text").text = figure
        SubElement(answer, "tolerance").text = spread
        for hint in response.findall("correcthint"):
            text(answer, "feedback", inner(hint))
    return question


def _figure(given: str, tolerance: str) -> tuple[str, str]:
    """Figure and tolerance; a range ``[5,7)`` is its middle, a share is one of the figure."""
    if bounds := re.fullmatch(r"[\[(]\s*([^,]+),\s*([^,]+?)\s*[\])]", given.strip()):
        low, high = _float(bounds.group(1)), _float(bounds.group(2))
        return str((low + high) / 2), str(abs(high - low) / 2)
    if tolerance.endswith("%"):
        return given.strip(), str(abs(_float(given)) * _float(tolerance[:-1]) / 100)
    return given.strip(), str(_float(tolerance))


def _string(response: Element, title: str, stem: str, solution: str) -> Element | None:
    if "regexp" in response.get("type", ""):
        return None
    question = element("shortanswer", title, stem, solution)
    SubElement(question, "usecase").text = "0" if "ci" in response.get("type", "ci") else "1"
    rows = [(response.get("answer", ""), response.findall("correcthint"))]
    rows += [
        (one.get("answer", "") or (one.text or ""), one.findall("correcthint"))
        for one in response.findall("additional_answer")
    ]
    rows += [(one.text or "", []) for one in response.findall("or")]
    for word, hints in rows:
        if not word.strip():
            continue
        answer = SubElement(question, "answer", fraction="100", format="plain_text")
        SubElement(answer, "text").text = word.strip().replace("*", "\\*")
        for hint in hints:
            text(answer, "feedback", inner(hint))
    return question


def _solution(problem: Element, response: Element) -> str:
    own = list(response.iter("solution"))
    rows = own or list(problem.iter("solution"))
    return "".join(inner(one) for one in rows[:1])


def _markup(one: Element) -> str:
    if one.tag in ("label", "description"):
        return f"<p>{inner(one)}</p>"
    tail, one.tail = one.tail, None
    try:
        return tostring(one, encoding="unicode", method="html")
    finally:
        one.tail = tail


def inner(one: Element) -> str:
    """What stands in an element, as HTML text."""
    parts = [_escaped(one.text or "")]
    for child in one:
        parts.append(tostring(child, encoding="unicode", method="html"))
    return "".join(parts)


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _float(words: str) -> float:
    try:
        figure = float(words)
    except ValueError:
        return 0.0
    return figure if abs(figure) < 1e12 else 0.0
