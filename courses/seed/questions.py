"""The questions of a lesson file as a quiz of the bank, with stable keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from courses.quizzes import bank
from courses.quizzes.models import Quiz, QuizItem
from courses.seed.sources import Source

BODY_PARTS = ("options", "answers", "answer", "tolerance", "unit")


def load_quiz(lesson: Source, *, at: datetime) -> Quiz | None:
    """The quiz of a lesson; questions that say the same as before keep their version."""
    asked = lesson.data.get("questions", [])
    if not asked:
        return None
    quiz, _made = Quiz.objects.update_or_create(
        key=lesson.key, defaults={"title": lesson.data["title"]}
    )
    kept = []
    for order, entry in enumerate(asked, start=1):
        question = bank.write_question(
            f"{lesson.key}-{entry['key']}",
            kind=entry["kind"],
            difficulty=entry.get("difficulty", 1),
            wording=bank.Wording(entry["stem"], _body(entry), entry.get("explanation", "")),
            at=at,
        )
        item, _made = QuizItem.objects.update_or_create(
            quiz=quiz, question=question, defaults={"order": order}
        )
        kept.append(item.pk)
    # Leaving a quiz is not leaving the bank: attempts keep what they asked.
    QuizItem.objects.filter(quiz=quiz).exclude(pk__in=kept).delete()
    return quiz


def _body(entry: dict[str, Any]) -> dict[str, Any]:
    return {part: entry[part] for part in BODY_PARTS if part in entry}
