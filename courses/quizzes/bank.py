"""Writing questions: every new wording is a new version, because old ones may have been asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from courses.quizzes import likeness, soundness
from courses.quizzes.models import Question, QuestionVersion, Quiz, QuizItem
from lms.accounts.models import User
from lms.base import audit
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
    lacking = soundness.lacking(question.kind, wording.body)
    if lacking:
        raise QuestionUnfit(question, why=lacking)
    newest = question.versions.order_by("-number").first()
    _remember(question, wording)
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


def _remember(question: Question, wording: Wording) -> None:
    """Keep what lists and the hunt for duplicates ask for beside the question."""
    fingerprint = likeness.fingerprint(question.kind, wording.stem, wording.body)
    text = likeness.search_text(wording.stem, wording.body, question.title)
    if (question.fingerprint, question.search_text) != (fingerprint, text):
        question.fingerprint, question.search_text = fingerprint, text
        question.save(update_fields=["fingerprint", "search_text"])


def twin_of(question: Question) -> Question | None:
    """Another question that asks the same and is not retired, the oldest one; None if there is none."""
    if not question.fingerprint:
        return None
    same = Question.objects.filter(fingerprint=question.fingerprint).exclude(pk=question.pk)
    return same.exclude(review=Question.Review.RETIRED).order_by("pk").first()


def _says(version: QuestionVersion) -> Wording:
    return Wording(version.stem, version.body, version.explanation)


@dataclass(frozen=True)
class Draft:
    """A question as an editor wrote it; ``uuid`` names the question, new or known."""

    uuid: UUID
    kind: str
    wording: Wording
    points: int = 1


@transaction.atomic
def arrange(quiz: Quiz, drafts: Sequence[Draft], *, by: User | None, at: datetime) -> None:
    """Make a quiz ask exactly these questions in this order.

    A question that is no longer asked leaves the quiz, not the bank: attempts point at it.

    Raises:
        QuestionUnfit: says which part of which question is missing.
    """
    kept = []
    for order, draft in enumerate(drafts, start=1):
        question, _made = Question.objects.get_or_create(
            uuid=draft.uuid, defaults={"kind": draft.kind}
        )
        word(question, draft.wording, at=at)
        item, _made = QuizItem.objects.update_or_create(
            quiz=quiz, question=question, defaults={"order": order, "points": draft.points}
        )
        kept.append(item.pk)
    QuizItem.objects.filter(quiz=quiz).exclude(pk__in=kept).delete()
    audit.record("quiz.arranged", by=by, on=quiz, at=at, data={"questions": len(kept)})


def newest(quiz: Quiz) -> list[tuple[QuizItem, QuestionVersion]]:
    """The items of a quiz in order, each with the newest wording; two queries."""
    items = list(QuizItem.objects.filter(quiz=quiz).select_related("question"))
    versions = QuestionVersion.objects.filter(question__in=[item.question_id for item in items])
    latest = {version.question_id: version for version in versions.order_by("number")}
    return [(item, latest[item.question_id]) for item in items if item.question_id in latest]
