"""What attempts are worth: a row per grading, the newest counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField

from courses.learning import progress
from courses.quizzes import kinds, marking
from courses.quizzes.models import Answer, AnswerFile, Attempt, Grading, QuestionVersion
from lms.accounts.models import User
from lms.base.prepared import Given, Prepared

Reason = Grading.Reason
# A quiz left open over night was not a night of study.
LONGEST = timedelta(minutes=15)


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
    files: Mapping[int, Collection[int]],
) -> Worth:
    """Mark every answer of an attempt.

    Args:
        given: the newest answer by the version asked.
        keys: the version whose key marks it, by the version asked.
        shares: what a tutor gave, by the version asked.
        files: keys of what was handed in, by the version asked.
    """
    points, pending = {}, False
    for asked, most in attempt.version_ids:
        version, kind = keys[asked], keys[asked].question.kind
        whole = marking.with_files(kind, given.get(asked), files.get(asked, ()))
        marked = marking.mark(kind, version.body, whole)
        pending |= marked.pending and asked not in shares
        # What a tutor gave counts for a blank answer too: the work may have come on paper.
        share = shares.get(asked, 0.0) if kind in kinds.BY_TUTOR else marked.share
        points[asked] = round(most * min(1.0, max(0.0, share)), 2)
    return Worth(points, pending)


def result(attempt: Attempt, found: Worth) -> tuple[float, bool | None]:
    """The score, never above the maximum, and whether it passes; None while a tutor may still give more."""
    score = min(found.score, attempt.max_score)
    passed: bool | None = score * 100 >= attempt.quiz.pass_percent * attempt.max_score
    return score, None if found.pending and not passed else passed


_ANSWERS = Prepared(
    lambda: (
        Answer.objects.filter(attempt_id=Given("attempt", BigIntegerField()))
        .order_by("id")
        .values_list("version_id", "given", named=True)
    )
)


def last_answers(attempt: Attempt) -> dict[int, Any]:
    """What was answered last to each question, by version key."""
    return {row.version_id: row.given for row in _ANSWERS(attempt=attempt.pk)}


def _tutor_shares(attempt: Attempt) -> dict[int, float]:
    return {one.version_id: one.share for one in attempt.tutor_marks.order_by("id")}


def files_of(
    attempts: Collection[Attempt], keys: Collection[QuestionVersion]
) -> dict[int, dict[int, list[int]]]:
    """Keys of what was handed in, by attempt and version asked; no question where nothing is uploaded."""
    found: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    if any(version.question.kind == kinds.UPLOAD for version in keys):
        rows = AnswerFile.objects.filter(attempt__in=attempts).order_by("id")
        for attempt, asked, pk in rows.values_list("attempt_id", "version_id", "pk"):
            found[attempt][asked].append(pk)
    return found


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
    files = files_of([attempt], keys.values())[attempt.pk]
    found = worth(attempt, last_answers(attempt), keys, _tutor_shares(attempt), files)
    marked_by = {str(asked): version.pk for asked, version in keys.items()}
    points = {str(asked): value for asked, value in found.points.items()}
    same = before and before.marked_by == marked_by and before.points == points
    if same and attempt.pending == found.pending:
        return None
    score, passed = result(attempt, found)
    made = Grading.objects.create(
        attempt=attempt, number=before.number + 1 if before else 1, reason=reason, score=score,
        passed=passed, points=points, marked_by=marked_by, by=by, at=at,
    )  # fmt: skip
    attempt.score, attempt.passed, attempt.pending = score, passed, found.pending
    attempt.save(update_fields=["score", "passed", "pending"])
    return made


def count(
    attempt: Attempt, *, at: datetime, studied_at: datetime | None = None, spent_s: float = 0
) -> None:
    """Carry the result to the student's progress, which only ever grows.

    Args:
        studied_at: when the student did it; None after a tutor's mark or a correction, which are no study.
    """
    score = attempt.score or 0.0
    progress.finish_quiz(
        attempt.student,
        attempt.quiz,
        share=score / attempt.max_score if attempt.max_score else 0.0,
        passed=bool(attempt.passed),
        spent_s=spent_s,
        studied_at=studied_at,
        at=at,
    )
