"""What our own export says beside the cartridge: every question in full, and how quizzes are set."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from courses.archives import refusals, trees
from courses.archives.desk import Desk
from courses.archives.found import Course, Draw, Lesson, Quiz
from courses.archives.opening import Archive

FACTS = "lms-course.json"
QUESTIONS = "question-bank.moodle.xml"
_MOST = 8 * 1024 * 1024


def is_ours(name: str, base: str) -> bool:
    return name in (f"{base}{FACTS}", f"{base}{QUESTIONS}")


class Own:
    """The facts of one export; whatever is not as we write it is taken as absent."""

    def __init__(self, base: str, facts: dict[str, Any]) -> None:
        self.base, self.facts = base, facts

    @classmethod
    def of(cls, archive: Archive, base: str) -> Own | None:
        name = f"{base}{FACTS}"
        if name not in archive or f"{base}{QUESTIONS}" not in archive:
            return None
        try:
            facts = json.loads(archive.read(name, _MOST))
        except (ValueError, RecursionError) as error:
            why = _("不是有效的 JSON。")
            raise refusals.BrokenPart(name=FACTS, why=why) from error
        return cls(base, facts) if isinstance(facts, dict) and facts.get("version") == 1 else None

    def course(self, course: Course) -> None:
        said = _dict(self.facts.get("course"))
        course.objectives = str(said.get("objectives", ""))[:5000]
        course.summary = str(said.get("summary", course.summary))[:300]
        course.credits = _whole(said.get("credits"), 0, 100)

    def questions(self, desk: Desk) -> None:
        """Every question of the export, into the course's bank."""
        desk.place = _("题库")
        hard = _dict(self.facts.get("difficulties"))
        name = f"{self.base}{QUESTIONS}"
        desk.used.add(name)
        with desk.archive.open(name) as file:
            for number, element in enumerate(trees.each(file, "question", name)):
                key = trees.words(element, "idnumber") or f"question/{number}"
                if desk.ask(element, key):
                    level = _whole(hard.get(key), 1, 3)
                    item = desk.course.questions[key]
                    desk.course.questions[key] = replace(item, difficulty=level)

    def quiz(self, desk: Desk, lesson: Lesson, key: str) -> bool:
        """The quiz of this resource, if the facts know it."""
        said = _dict(_dict(self.facts.get("quizzes")).get(key))
        if not said:
            return False
        quiz = Quiz(key, str(said.get("title", ""))[:200] or _("小测"))
        quiz.pass_percent = _whole(said.get("pass_percent"), 0, 100)
        quiz.minutes = _whole(said.get("minutes"), 0, 1000) or None
        quiz.tries = _whole(said.get("tries"), 0, 100) or None
        for row in _rows(said.get("items")):
            if (asked := str(row.get("question"))) in desk.course.questions:
                quiz.entries.append((asked, _whole(row.get("points"), 1, 100)))
        for row in _rows(said.get("draws")):
            level = _whole(row.get("difficulty"), 0, 3) or None
            quiz.draws.append(
                Draw(str(row.get("tag", ""))[:100], _whole(row.get("count"), 1, 100), _whole(row.get("points"), 1, 100), level)
            )  # fmt: skip
        desk.quiz(lesson, quiz, _after(quiz))
        return True


def _after(quiz: Quiz) -> list[str]:
    return [_("抽题要先审核题库并发布，学员才抽得到")] if quiz.draws else []


def describe(lesson: Lesson, meta: dict[str, str]) -> None:
    """What the head of an exported lesson says of it."""
    lesson.summary = meta.get("description", lesson.summary)[:300]
    lesson.objectives = meta.get("lms-objectives", lesson.objectives)
    if minutes := meta.get("lms-minutes", ""):
        lesson.minutes = _whole(minutes, 0, 1000)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _rows(value: Any) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _whole(value: Any, least: int, most: int) -> int:
    try:
        return min(most, max(least, int(value)))
    except (TypeError, ValueError, OverflowError):
        return least
