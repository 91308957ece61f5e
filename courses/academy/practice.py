"""A quiz of an open course: marked at once, nothing kept but the best share.

An attempt belongs to a place on the roll, is graded by its rules and read by its tutor; who only
visits has none of these. Questions that a tutor would have to read are left out.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core import signing
from django.http import QueryDict

from courses.quizzes import attempts, cards, drawing, kinds, marking
from courses.quizzes.attempts import Asked
from courses.quizzes.models import QuestionVersion, Quiz
from courses.quizzes.views import given_in
from courses.quizzes.wording import pictures

_SALT = "courses.academy.practice"


@dataclass(frozen=True)
class Sheet:
    """The questions that are asked; ``token`` brings the same ones back."""

    quiz: Quiz
    asked: Sequence[Asked]
    token: str
    seed: str


@dataclass(frozen=True)
class Answered:
    """What came of it; points."""

    given: Mapping[int, Any]
    score: float
    most: int
    passed: bool

    @property
    def share(self) -> float:
        return self.score / self.most if self.most else 0.0


def lay_out(quiz: Quiz) -> Sheet:
    """The newest wordings, and another draw each time.

    Raises:
        attempts.NothingToAsk: nothing can be marked without a tutor.
    """
    seed = str(uuid.uuid4())
    own = attempts.newest_wordings(quiz)
    taken = QuestionVersion.objects.filter(pk__in=[pk for pk, _points in own])
    rows = [
        *own,
        *drawing.drawn(quiz, seed=seed, taken=taken.values_list("question_id", flat=True)),
    ]
    return _sheet(quiz, rows, seed)


def again(quiz: Quiz, token: str) -> Sheet:
    """The sheet that was answered.

    Raises:
        signing.BadSignature: not one of ours, or of another quiz.
    """
    said = signing.loads(token, salt=_SALT)
    if said["quiz"] != quiz.pk:
        raise signing.BadSignature
    return _sheet(quiz, said["rows"], said["seed"])


def _sheet(quiz: Quiz, rows: Sequence[Sequence[int]], seed: str) -> Sheet:
    versions = QuestionVersion.objects.select_related("question").in_bulk([pk for pk, _p in rows])
    asked = [
        Asked(versions[pk], points, None)
        for pk, points in rows
        if pk in versions and versions[pk].question.kind not in kinds.BY_TUTOR
    ]
    if not asked:
        raise attempts.NothingToAsk(quiz)
    said = {"quiz": quiz.pk, "rows": [[one.version.pk, one.points] for one in asked], "seed": seed}
    return Sheet(quiz, asked, signing.dumps(said, salt=_SALT), seed)


def answered(sheet: Sheet, form: QueryDict) -> Answered:
    """Mark what was sent."""
    given = given_in(form, sheet.asked)
    score = sum(
        one.points * marking.mark(one.kind, one.version.body, given[one.version.pk]).share
        for one in sheet.asked
    )
    most = sum(one.points for one in sheet.asked)
    score = round(min(score, most), 2)
    return Answered(given, score, most, score * 100 >= sheet.quiz.pass_percent * most)


def cards_of(sheet: Sheet, answered: Answered | None) -> list[dict[str, Any]]:
    """Inputs of ``question``."""
    said = [part for one in sheet.asked for part in cards.texts(one.version)]
    drawn = cards.Drawing(pictures.attributes(pictures.names(said)), sheet.seed)
    shown = sheet.asked
    if answered is not None:
        shown = [replace(one, given=answered.given[one.version.pk]) for one in shown]
    return [
        cards.card(one, number, submitted=answered is not None, drawn=drawn)
        for number, one in enumerate(shown, start=1)
    ]
