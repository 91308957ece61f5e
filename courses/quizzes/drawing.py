"""Releases of a bank, and the questions that an attempt draws from the newest one."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from courses.quizzes.models import (
    BankRelease,
    Question,
    QuestionBank,
    QuestionVersion,
    Quiz,
    QuizDraw,
)
from lms.accounts.models import User
from lms.base import audit
from lms.base.errors import Refused

_AT_ONCE = 500


class NothingToRelease(Refused):
    """No question of the bank passed its review."""

    sentence = _("题库里还没有审核通过的题，请先审核。")


class NothingNew(Refused):
    """The newest release holds just that."""

    sentence = _("题库和上一版完全一样，不用再发布。")


def newest_versions(questions: QuerySet[Question]) -> QuerySet[QuestionVersion]:
    """The newest wording of each of these questions."""
    newest = QuestionVersion.objects.filter(question=OuterRef("question")).order_by("-number")
    versions = QuestionVersion.objects.filter(question__in=questions)
    return versions.filter(number=Subquery(newest.values("number")[:1]))


def newest_versions_of(questions: Iterable[int]) -> QuerySet[QuestionVersion]:
    """The same by key."""
    return newest_versions(Question.objects.filter(pk__in=list(questions)))


@transaction.atomic
def release(bank: QuestionBank, *, note: str = "", by: User | None, at: datetime) -> BankRelease:
    """Freeze what of the bank passed its review; from now on quizzes draw from this.

    Raises:
        NothingToRelease, NothingNew.
    """
    # The write comes first: two editors at once get two numbers, one after the other.
    QuestionBank.objects.filter(pk=bank.pk).update(title=F("title"))
    ready = bank.questions.filter(review=Question.Review.READY)
    wanted = list(newest_versions(ready).order_by("pk").values_list("pk", flat=True))
    if not wanted:
        raise NothingToRelease(bank)
    before = bank.releases.order_by("-number").first()
    if before and set(before.versions.values_list("pk", flat=True)) == set(wanted):
        raise NothingNew(bank)
    made = BankRelease.objects.create(
        bank=bank, number=before.number + 1 if before else 1, note=note[:200], released_at=at,
        released_by=by, size=len(wanted),
    )  # fmt: skip
    through = BankRelease.versions.through
    through.objects.bulk_create(
        (through(bankrelease_id=made.pk, questionversion_id=pk) for pk in wanted),
        batch_size=_AT_ONCE,
    )
    audit.record("bank.released", by=by, on=bank, at=at, data={"number": made.number})
    return made


def candidates(draw: QuizDraw) -> QuerySet[QuestionVersion]:
    """What a draw may choose from: the newest release of its bank, by tag and difficulty."""
    newest = BankRelease.objects.filter(bank=draw.bank_id).aggregate(n=Max("number"))["n"]
    found = QuestionVersion.objects.filter(
        releases__bank=draw.bank_id, releases__number=newest
    ).exclude(question__review=Question.Review.RETIRED)
    if draw.tag:
        found = found.filter(question__tagged_items__tag__name=draw.tag)
    if draw.difficulty:
        found = found.filter(question__difficulty=draw.difficulty)
    return found


def drawn(quiz: Quiz, *, seed: str, taken: Iterable[int]) -> list[list[int]]:
    """``[version key, points]`` of the questions that an attempt draws; none twice.

    Args:
        seed: of the attempt: the same draw again for the same attempt.
        taken: questions that are asked anyway.
    """
    chance = random.Random(seed)  # noqa: S311 - a choice of questions, no secret
    asked, chosen = set(taken), []
    for draw in quiz.draws.all():
        rows = candidates(draw).order_by("pk").values_list("pk", "question_id")
        free = [(version, question) for version, question in rows if question not in asked]
        for version, question in chance.sample(free, min(draw.count, len(free))):
            asked.add(question)
            chosen.append([version, draw.points])
    return chosen
