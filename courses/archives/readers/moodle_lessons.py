"""Moodle's lesson activity: its pages in the order that a reader meets them, its questions as one quiz."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from django.utils.translation import gettext as _

from courses.archives import found, prose, trees
from courses.archives.found import Lesson, Quiz
from courses.archives.readers import qti

if TYPE_CHECKING:
    from courses.archives.readers.moodle import Backup

_CONTENT = "20"
# Ends of branches and clusters: they lead somewhere and say nothing.
_SILENT = {"21", "30", "31"}
_NEXT, _END = "-1", "-9"
_RANGE = re.compile(r"^\s*(-?\d[\d.]*)\s*:\s*(-?\d[\d.]*)\s*$")


def read(backup: Backup, lesson: Lesson, key: str, context: str, body: Element) -> None:
    """All pages of one lesson activity."""
    name = prose.words(trees.words(body, "name"))
    pages = _in_order(body.findall("pages/page"))
    places = {page.get("id", ""): place for place, page in enumerate(pages)}
    is_scored = trees.words(body, "custom") == "1"
    quiz = Quiz(f"{key}/quiz", name[:200] or _("小测"))
    for place, page in enumerate(pages):
        kind, number = trees.words(page, "qtype"), page.get("id", "")
        title = prose.words(trees.words(page, "title"))
        page_key, start = f"{key}/page/{number}", len(lesson.blocks)
        if kind == _CONTENT:
            backup.html(lesson, page_key, context, page, "contents", "page_contents", number, title)
            backup.desk.heading(lesson, page_key, title, start)
        elif make := _QUESTIONS.get(kind):
            asked = qti.element(_TYPES[kind], title, _stem(page, title))
            right = [
                _is_right(answer, is_scored=is_scored, place=place, places=places)
                for answer in page.findall("answers/answer")
            ]
            make(asked, page, right)
            areas = ("page_contents", "page_answers", "page_responses")
            fetch = backup.fetch(context, "mod_lesson", areas, number)
            if known := backup.desk.ask(asked, page_key, fetch):
                quiz.entries.append((known, backup.desk.course.questions[known].points))
        elif kind not in _SILENT:
            why = _("这种页面这里没有")
            backup.desk.report.left_out(found.OTHER, backup.desk.place, title, why)
    if any(len(_jumps(page)) > 1 for page in pages):
        note = _("页面之间的跳转和分支没有带进来，页面按顺序排")
        backup.desk.report.took(found.OTHER, backup.desk.place, name, [note])
    if quiz.entries:
        backup.desk.quiz(lesson, quiz)


def _in_order(pages: list[Element]) -> list[Element]:
    """By the chain that each page's "next" makes: the file has them as they were written."""
    by_id = {page.get("id", ""): page for page in pages}
    ordered: list[Element] = []
    at = next((page for page in pages if trees.words(page, "prevpageid") == "0"), None)
    while at is not None and by_id.pop(at.get("id", ""), None) is not None:
        ordered.append(at)
        at = by_id.get(trees.words(at, "nextpageid"))
    return [*ordered, *by_id.values()]


def _jumps(page: Element) -> set[str]:
    """Where a content page leads, other than forward and back."""
    if trees.words(page, "qtype") != _CONTENT:
        return set()
    jumps = {trees.words(answer, "jumpto") for answer in page.findall("answers/answer")}
    return {jump for jump in jumps if jump not in (_NEXT, _END, "-40", "0", "")}


def _is_right(answer: Element, *, is_scored: bool, place: int, places: dict[str, int]) -> bool:
    """By its points, or, where a lesson gives none, by whether it leads on."""
    jump = trees.words(answer, "jumpto")
    if is_scored:
        score = trees.words(answer, "score")
        return bool(re.fullmatch(r"\d{1,9}(\.\d*)?", score)) and float(score) > 0
    return jump in (_NEXT, _END) or places.get(jump, -1) > place


# ---------------------------------------------------------------- questions


def _stem(page: Element, title: str) -> str:
    return trees.words(page, "contents") or f"<p>{escape(title, quote=False)}</p>"


def _said(answer: Element) -> str:
    return trees.words(answer, "answer_text")


def _choice(asked: Element, page: Element, right: list[bool]) -> None:
    several = trees.words(page, "qoption") == "1"
    SubElement(asked, "single").text = "false" if several else "true"
    share = 100 / (sum(right) or 1) if several else 100.0
    for answer, is_right in zip(page.findall("answers/answer"), right, strict=True):
        wrong = -share if several else 0.0
        given = qti.text(
            asked, "answer", _said(answer), fraction=f"{share if is_right else wrong:.5f}"
        )
        if response := trees.words(answer, "response"):
            qti.text(given, "feedback", response)


def _typed(asked: Element, page: Element, right: list[bool]) -> None:
    for answer, is_right in zip(page.findall("answers/answer"), right, strict=True):
        given = SubElement(asked, "answer", fraction="100" if is_right else "0")
        SubElement(given, "text").text = prose.words(_said(answer))
        if response := trees.words(answer, "response"):
            qti.text(given, "feedback", response)


def _number(asked: Element, page: Element, right: list[bool]) -> None:
    """A figure, or two with a colon between: anything from the one to the other."""
    _typed(asked, page, right)
    for given in asked.findall("answer"):
        figure = given.find("text")
        if figure is None or (both := _RANGE.match(figure.text or "")) is None:
            continue
        low, high = sorted(map(float, both.groups()))
        figure.text = repr((low + high) / 2)
        SubElement(given, "tolerance").text = repr((high - low) / 2)


def _pairs(asked: Element, page: Element, _right: list[bool]) -> None:
    """The first two answers are what is said to right and wrong ones."""
    answers = page.findall("answers/answer")
    for name, answer in zip(("correctfeedback", "incorrectfeedback"), answers, strict=False):
        if words := _said(answer):
            qti.text(asked, name, words)
    for answer in answers[2:]:
        sub = qti.text(asked, "subquestion", _said(answer))
        match = prose.words(trees.words(answer, "response"))
        SubElement(SubElement(sub, "answer"), "text").text = match


def _essay(_asked: Element, _page: Element, _right: list[bool]) -> None:
    """A tutor reads it."""


_TYPES = {
    "1": "shortanswer", "2": "multichoice", "3": "multichoice", "5": "matching", "8": "numerical",
    "10": "essay",
}  # fmt: skip
_QUESTIONS: dict[str, Callable[[Element, Element, list[bool]], None]] = {
    "1": _typed, "2": _choice, "3": _choice, "5": _pairs, "8": _number, "10": _essay,
}  # fmt: skip
