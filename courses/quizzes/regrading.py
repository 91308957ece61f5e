"""After a correction: who would change, the job that makes it so, and who changed.

A question that was answered a thousand times is marked a thousand times, each in a transaction of
its own; a job does that, says how far it is, and may be killed and begin again: what is marked
already stays as it is.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery

from courses.learning import access
from courses.quizzes import grading
from courses.quizzes.models import (
    Answer,
    AnswerFile,
    Attempt,
    Grading,
    Question,
    QuestionVersion,
    TutorMark,
)
from lms.accounts.models import User
from lms.base import audit
from lms.base.jobs import api as jobs

KIND = "quizzes.regrade"
# So many attempts are looked through while an editor waits; the job then takes them all.
MOST_LOOKED_AT = 300
_AT_ONCE = 100
_SAME = 1e-9


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


def affected(question: Question) -> QuerySet[Attempt]:
    """Submitted attempts that answered any wording of a question."""
    answered = Answer.objects.filter(version__question=question).values("attempt")
    attempts = Attempt.objects.filter(pk__in=answered, submitted_at__isnull=False)
    return attempts.select_related("student__user", "quiz").order_by("pk")


def newest_wording(question: Question) -> QuestionVersion:
    return question.versions.select_related("question").order_by("-number")[0]


def _corrected(
    keys: Mapping[int, QuestionVersion], right: QuestionVersion
) -> dict[int, QuestionVersion]:
    return {
        asked: right if version.question_id == right.question_id else version
        for asked, version in keys.items()
    }


# ---------------------------------------------------------------- beforehand


def plan(question: Question, *, most: int = MOST_LOOKED_AT) -> list[Change]:
    """Whose result the newest wording would change among the first ``most``; changes nothing.

    Six statements per hundred attempts at most.
    """
    right, changes = newest_wording(question), []
    for some in _batches(list(affected(question)[:most])):
        loaded = _Loaded(some)
        for attempt in some:
            keys = _corrected(loaded.keys(attempt), right)
            found = grading.worth(
                attempt,
                loaded.given[attempt.pk],
                keys,
                loaded.shares[attempt.pk],
                loaded.files[attempt.pk],
            )
            score, passed = grading.result(attempt, found)
            change = Change(attempt, attempt.score or 0.0, score, attempt.passed, passed)
            if change.says_something:
                changes.append(change)
    return changes


def _batches(attempts: Sequence[Attempt]) -> Iterator[Sequence[Attempt]]:
    for start in range(0, len(attempts), _AT_ONCE):
        yield attempts[start : start + _AT_ONCE]


class _Loaded:
    """Answers, marks and keys of many attempts, read together."""

    def __init__(self, attempts: Sequence[Attempt]) -> None:
        self.given: dict[int, dict[int, Any]] = defaultdict(dict)
        self.shares: dict[int, dict[int, float]] = defaultdict(dict)
        for answer in Answer.objects.filter(attempt__in=attempts).order_by("id"):
            self.given[answer.attempt_id][answer.version_id] = answer.given
        for mark in TutorMark.objects.filter(attempt__in=attempts).order_by("id"):
            self.shares[mark.attempt_id][mark.version_id] = mark.share
        # In rising order, so that the newest is what stays.
        gradings = Grading.objects.filter(attempt__in=attempts).order_by("attempt", "number")
        self._used = {
            one.attempt_id: {int(asked): pk for asked, pk in one.marked_by.items()}
            for one in gradings
        }
        wanted = {pk for attempt in attempts for pk in self._wanted(attempt).values()}
        self._versions = QuestionVersion.objects.select_related("question").in_bulk(wanted)
        self.files = grading.files_of(attempts, self._versions.values())

    def _wanted(self, attempt: Attempt) -> dict[int, int]:
        used = self._used.get(attempt.pk, {})
        return {asked: used.get(asked, asked) for asked, _points in attempt.version_ids}

    def keys(self, attempt: Attempt) -> dict[int, QuestionVersion]:
        return {asked: self._versions[pk] for asked, pk in self._wanted(attempt).items()}


# ---------------------------------------------------------------- doing it


def start(question: Question, *, by: User) -> jobs.Job:
    """Have everything marked again behind the screens; one job at a time per question."""
    going = running(question)
    if going is not None:
        return going
    return jobs.enqueue(
        KIND,
        key=f"{KIND}:{question.uuid}:{uuid.uuid4()}",
        payload={"question": str(question.uuid)},
        by=by,
    )


def last_job(question: Question) -> jobs.Job | None:
    own = jobs.Job.objects.filter(kind=KIND, key__startswith=f"{KIND}:{question.uuid}:")
    return own.order_by("-id").first()


def running(question: Question) -> jobs.Job | None:
    """The job that is waiting or at work, if there is one."""
    last = last_job(question)
    if last is not None and last.state in (jobs.JobState.QUEUED, jobs.JobState.RUNNING):
        return last
    return None


def regrade(
    question: Question,
    *,
    by: User | None,
    at: datetime,
    step: Callable[[int, int], None] = lambda done, total: None,
) -> list[Change]:
    """Mark every attempt at a question by its newest wording; doing it again changes nothing.

    A result may go down. A unit that was finished stays finished: what a student earned is not taken back.

    Args:
        step: told after each attempt how many of how many are done.
    """
    changes: list[Change] = []
    right = newest_wording(question)
    waiting = list(affected(question).values_list("pk", flat=True))
    for done, pk in enumerate(waiting, start=1):
        if change := _again(pk, right, by=by, at=at):
            changes.append(change)
        step(done, len(waiting))
    _say(question, changes, by=by, at=at)
    return changes


@transaction.atomic
def _again(
    pk: int, right: QuestionVersion | None, *, by: User | None, at: datetime
) -> Change | None:
    """Mark one attempt again, alone with its student: nobody waits for a whole class."""
    attempt = Attempt.objects.select_related("student__user", "quiz").get(pk=pk)
    access.hold(attempt.student, at=at)
    attempt.refresh_from_db(fields=["score", "passed", "pending"])
    before, passed_before = attempt.score or 0.0, attempt.passed
    keys = grading.keys_of(attempt, grading.newest(attempt))
    if right is not None:
        keys = _corrected(keys, right)
    graded = grading.grade(attempt, reason=grading.Reason.REGRADED, by=by, at=at, keys=keys)
    change = Change(attempt, before, attempt.score or 0.0, passed_before, attempt.passed)
    if graded is None or not change.says_something:
        return None
    grading.count(attempt, at=at)
    return change


def take_up_files(*, at: datetime) -> int:
    """Mark again what came as photos or documents alone and was taken for blank; returns how many.

    Earlier editions did that. What waits for its tutor or has the mark in its score stays.
    """
    gradings = Grading.objects.filter(attempt=OuterRef("attempt")).order_by("-number")
    marks = TutorMark.objects.filter(attempt=OuterRef("attempt"), version=OuterRef("version"))
    handed = AnswerFile.objects.filter(
        attempt__submitted_at__isnull=False, attempt__pending=False
    ).annotate(
        points=Subquery(gradings.values("points")[:1]),
        share=Subquery(marks.order_by("-id").values("share")[:1]),
    )
    rows = handed.values_list("attempt_id", "version_id", "points", "share")
    overlooked = {
        attempt
        for attempt, version, points, share in rows
        if not (points or {}).get(str(version)) and share != 0
    }
    for pk in sorted(overlooked):
        _again(pk, None, by=None, at=at)
    return len(overlooked)


@transaction.atomic
def _say(question: Question, changes: Sequence[Change], *, by: User | None, at: datetime) -> None:
    rows = [[str(one.attempt.uuid), one.before, one.after] for one in changes]
    audit.record("question.regraded", by=by, on=question, at=at, data={"changed": rows})


# ---------------------------------------------------------------- afterwards


def changed_since(question: Question, since: datetime) -> QuerySet[Grading]:
    """Gradings by which the result of somebody changed, each with ``before`` and ``passed_before``."""
    earlier = Grading.objects.filter(attempt=OuterRef("attempt"), number=OuterRef("number") - 1)
    regraded = Grading.objects.filter(
        reason=grading.Reason.REGRADED, at__gte=since,
        attempt__in=affected(question).order_by().values("pk"),
    )  # fmt: skip
    return (
        regraded.annotate(
            before=Subquery(earlier.values("score")[:1]),
            passed_before=Subquery(earlier.values("passed")[:1]),
        )
        .exclude(before=F("score"), passed_before=F("passed"))
        .exclude(before=F("score"), passed_before=None, passed=None)
        .select_related("attempt__student__user", "attempt__quiz")
        .order_by("attempt", "number")
    )


__all__ = [
    "KIND",
    "Change",
    "affected",
    "changed_since",
    "last_job",
    "plan",
    "regrade",
    "running",
    "start",
    "take_up_files",
]
