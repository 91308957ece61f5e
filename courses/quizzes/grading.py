"""What attempts are worth: a row per grading, the newest counts; and regrading after a correction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from courses.learning import access, progress
from courses.quizzes import marking
from courses.quizzes.models import Answer, Attempt, Grading, Question, QuestionVersion
from lms.accounts.models import User
from lms.base import audit

Reason = Grading.Reason
# A quiz left open over night was not a night of study.
LONGEST = timedelta(minutes=15)
_SAME = 1e-9


@dataclass(frozen=True)
class Worth:
    """Points by the key of the version asked, and whether a tutor still has to read something."""

    points: dict[int, float]
    pending: bool

    @property
    def score(self) -> float:
        return round(sum(self.points.values()), 2)


def worth(
    attempt: Attempt,
    given: Mapping[int, Any],
    keys: Mapping[int, QuestionVersion],
    shares: Mapping[int, float],
) -> Worth:
    """Mark every answer of an attempt.

    Args:
        given: the newest answer by the version asked.
        keys: the version whose key marks it, by the version asked.
        shares: what a tutor gave, by the version asked.
    """
    points, pending = {}, False
    for asked, most in attempt.version_ids:
        version = keys[asked]
        marked = marking.mark(version.question.kind, version.body, given.get(asked))
        pending |= marked.pending and asked not in shares
        share = shares.get(asked, 0.0) if marked.pending else marked.share
        points[asked] = round(most * min(1.0, max(0.0, share)), 2)
    return Worth(points, pending)


def last_answers(attempt: Attempt) -> dict[int, Any]:
    return {
        one.version_id: one.given for one in Answer.objects.filter(attempt=attempt).order_by("id")
    }


def _tutor_shares(attempt: Attempt) -> dict[int, float]:
    return {one.version_id: one.share for one in attempt.tutor_marks.order_by("id")}


def newest(attempt: Attempt) -> Grading | None:
    return attempt.gradings.order_by("-number").first()


def keys_of(attempt: Attempt, before: Grading | None) -> dict[int, QuestionVersion]:
    """The version that marks each answer: the one asked, until a correction was applied."""
    used = {int(asked): pk for asked, pk in (before.marked_by if before else {}).items()}
    wanted = {asked: used.get(asked, asked) for asked, _points in attempt.version_ids}
    found = QuestionVersion.objects.select_related("question").in_bulk(set(wanted.values()))
    return {asked: found[pk] for asked, pk in wanted.items()}


def grade(
    attempt: Attempt,
    *,
    reason: str,
    by: User | None,
    at: datetime,
    keys: Mapping[int, QuestionVersion] | None = None,
) -> Grading | None:
    """Write what the attempt is worth now; None if that is what it was. Call it within ``access.hold``."""
    before = newest(attempt)
    keys = keys or keys_of(attempt, before)
    found = worth(attempt, last_answers(attempt), keys, _tutor_shares(attempt))
    marked_by = {str(asked): version.pk for asked, version in keys.items()}
    points = {str(asked): value for asked, value in found.points.items()}
    same = before and before.marked_by == marked_by and before.points == points
    if same and attempt.pending == found.pending:
        return None
    score = min(found.score, attempt.max_score)
    passed: bool | None = score * 100 >= attempt.quiz.pass_percent * attempt.max_score
    if found.pending and not passed:
        passed = None
    made = Grading.objects.create(
        attempt=attempt, number=before.number + 1 if before else 1, reason=reason, score=score,
        passed=passed, points=points, marked_by=marked_by, by=by, at=at,
    )  # fmt: skip
    attempt.score, attempt.passed, attempt.pending = score, passed, found.pending
    attempt.save(update_fields=["score", "passed", "pending"])
    return made


def count(attempt: Attempt, *, spent_s: float, at: datetime) -> None:
    """Carry the result to the student's progress, which only ever grows."""
    score = attempt.score or 0.0
    progress.finish_quiz(
        attempt.student,
        attempt.quiz,
        share=score / attempt.max_score if attempt.max_score else 0.0,
        passed=bool(attempt.passed),
        spent_s=spent_s,
        at=at,
    )


# ---------------------------------------------------------------- regrading


@dataclass(frozen=True)
class Change:
    """What a correction does to one attempt; scores of the whole attempt."""

    attempt: Attempt
    before: float
    after: float
    passed_before: bool | None
    passed_after: bool | None

    @property
    def says_something(self) -> bool:
        return abs(self.before - self.after) > _SAME or self.passed_before != self.passed_after


def affected(question: Question) -> list[Attempt]:
    """Submitted attempts that answered any wording of a question."""
    answered = Answer.objects.filter(version__question=question).values("attempt")
    attempts = Attempt.objects.filter(pk__in=answered, submitted_at__isnull=False)
    return list(attempts.select_related("student__user", "quiz").order_by("pk"))


def _corrected(attempt: Attempt, question: Question) -> dict[int, QuestionVersion]:
    keys = keys_of(attempt, newest(attempt))
    right = question.versions.select_related("question").order_by("-number")[0]
    return {
        asked: right if version.question_id == question.pk else version
        for asked, version in keys.items()
    }


def plan(question: Question) -> list[Change]:
    """Whose result the newest wording would change, without changing it."""
    changes = []
    for attempt in affected(question):
        keys = _corrected(attempt, question)
        found = worth(attempt, last_answers(attempt), keys, _tutor_shares(attempt))
        score = min(found.score, attempt.max_score)
        passed: bool | None = score * 100 >= attempt.quiz.pass_percent * attempt.max_score
        if found.pending and not passed:
            passed = None
        change = Change(attempt, attempt.score or 0.0, score, attempt.passed, passed)
        if change.says_something:
            changes.append(change)
    return changes


def regrade(question: Question, *, by: User | None, at: datetime) -> list[Change]:
    """Mark every attempt at a question by its newest wording; doing it again changes nothing.

    A result may go down. A unit that was finished stays finished: what a student earned is not taken back.
    """
    changes: list[Change] = []
    for attempt in affected(question):
        # One transaction per student, so that nobody waits for a whole class.
        with transaction.atomic():
            access.hold(attempt.student, at=at)
            attempt.refresh_from_db(fields=["score", "passed", "pending"])
            before, passed_before = attempt.score or 0.0, attempt.passed
            keys = _corrected(attempt, question)
            if grade(attempt, reason=Reason.REGRADED, by=by, at=at, keys=keys) is None:
                continue
            change = Change(attempt, before, attempt.score or 0.0, passed_before, attempt.passed)
            if change.says_something:
                changes.append(change)
                count(attempt, spent_s=0, at=at)
    _say(question, changes, by=by, at=at)
    return changes


@transaction.atomic
def _say(question: Question, changes: Sequence[Change], *, by: User | None, at: datetime) -> None:
    rows = [[str(one.attempt.uuid), one.before, one.after] for one in changes]
    audit.record("question.regraded", by=by, on=question, at=at, data={"changed": rows})
