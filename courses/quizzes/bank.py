"""Writing questions: every new wording is a new version, because old ones may have been asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from courses.quizzes import marking
from courses.quizzes.models import Question, QuestionVersion
from lms.base.errors import Refused


class QuestionUnfit(Refused):
    """A question that nobody could answer, or that could not be marked."""

    sentence = _("这道题还不完整：%(why)s")


@dataclass(frozen=True)
class Wording:
    """What a question says and how it is marked; ``body`` as ``QuestionVersion`` tells."""

    stem: str
    body: dict[str, Any]
    explanation: str = ""


@transaction.atomic
def write_question(
    key: str, *, kind: str, wording: Wording, at: datetime, difficulty: int = 1
) -> Question:
    """The question of this key, with ``wording`` as its newest version.

    Raises:
        QuestionUnfit: says which part is missing.
    """
    question, _made = Question.objects.update_or_create(
        key=key, defaults={"kind": kind, "difficulty": difficulty}
    )
    word(question, wording, at=at)
    return question


@transaction.atomic
def word(question: Question, wording: Wording, *, at: datetime) -> QuestionVersion:
    """Give a question this wording: a new version, or the newest one if it says just that.

    Raises:
        QuestionUnfit: says which part is missing.
    """
    lacking = marking.lacking(question.kind, wording.body)
    if lacking:
        raise QuestionUnfit(question, why=lacking)
    newest = question.versions.order_by("-number").first()
    if newest and _says(newest) == wording:
        return newest
    return QuestionVersion.objects.create(
        question=question,
        number=newest.number + 1 if newest else 1,
        stem=wording.stem,
        body=wording.body,
        explanation=wording.explanation,
        created_at=at,
    )


def _says(version: QuestionVersion) -> Wording:
    return Wording(version.stem, version.body, version.explanation)
