"""Tries at a quiz: opened once, answered by appending, submitted once; the best one counts."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import BigIntegerField, Max
from django.utils.translation import gettext_lazy as _

from courses.learning import access, progress
from courses.quizzes import marking
from courses.quizzes.models import Answer, Attempt, QuestionVersion, Quiz
from enrollment.api import Student
from lms.accounts.models import User
from lms.base import audit
from lms.base.errors import Refused
from lms.base.prepared import Given, Prepared

# A quiz left open over night was not a night of study.
LONGEST = timedelta(minutes=15)


class NothingToAsk(Refused):
    """The quiz has no questions yet."""

    sentence = _("这个小测还没有题目，请先看课文，过两天再来。")


class AlreadySubmitted(Refused):
    """Answers to a submitted attempt are closed."""

    sentence = _("这一次已经交卷了。想再做一遍，请点“再做一次”。")


@dataclass(frozen=True)
class Asked:
    """One question of an attempt: the frozen wording, its points and the newest answer."""

    version: QuestionVersion
    points: int
    given: Any

    @property
    def kind(self) -> str:
        return self.version.question.kind


@transaction.atomic
def open_attempt(student: Student, quiz: Quiz, *, at: datetime) -> Attempt:
    """The student's open attempt, or a new one that freezes what is asked.

    Raises:
        NothingToAsk: the quiz is empty.
    """
    going = Attempt.objects.filter(student=student, quiz=quiz, submitted_at=None).first()
    if going is not None:
        return going
    asked = what_to_ask(quiz)
    try:
        with transaction.atomic():
            return Attempt.objects.create(
                student=student,
                quiz=quiz,
                version_ids=asked,
                started_at=at,
                max_score=sum(points for _version, points in asked),
            )
    except IntegrityError:  # two taps at once: the other one opened it
        return Attempt.objects.get(student=student, quiz=quiz, submitted_at=None)


def what_to_ask(quiz: Quiz) -> list[list[int]]:
    """``[version key, points]`` of the newest wordings, in the order of the quiz.

    Raises:
        NothingToAsk: the quiz is empty.
    """
    # Ordered by name: Django drops a model's own ordering as soon as a query groups.
    rows = (
        quiz.items.annotate(newest=Max("question__versions__number"))
        .order_by("order", "id")
        .values_list("question_id", "newest", "points")
    )
    wanted = {question: (number, points) for question, number, points in rows if number}
    found = QuestionVersion.objects.filter(question__in=wanted).values_list(
        "question_id", "number", "pk"
    )
    newest = {question: pk for question, number, pk in found if wanted[question][0] == number}
    if not wanted:
        raise NothingToAsk(quiz)
    return [[newest[question], points] for question, (_number, points) in wanted.items()]


_ANSWERS = Prepared(
    lambda: (
        Answer.objects.filter(attempt_id=Given("attempt", BigIntegerField()))
        .order_by("id")
        .values_list("version_id", "given", named=True)
    )
)


def asked(attempt: Attempt) -> list[Asked]:
    """The questions of an attempt in the order asked, each with the newest answer: two queries."""
    versions = QuestionVersion.objects.select_related("question").in_bulk(
        [pk for pk, _points in attempt.version_ids]
    )
    given = {row.version_id: row.given for row in _ANSWERS(attempt=attempt.pk)}
    return [Asked(versions[pk], points, given.get(pk)) for pk, points in attempt.version_ids]


@transaction.atomic
def answer(
    attempt: Attempt, version_id: int, given: Any, *, key: uuid.UUID, at: datetime
) -> Answer | None:
    """Append an answer; the same ``key`` twice is once. None for a question that was not asked.

    Raises:
        AlreadySubmitted: the attempt is closed.
    """
    _still_open(attempt, at=at)
    if version_id not in {pk for pk, _points in attempt.version_ids}:
        return None
    written, _made = Answer.objects.get_or_create(
        uuid=key, defaults={"attempt": attempt, "version_id": version_id, "given": given, "at": at}
    )
    return written


def _still_open(attempt: Attempt, *, at: datetime) -> None:
    """Hold the attempt for this transaction while it is open: the write is the lock."""
    held = Attempt.objects.filter(pk=attempt.pk, submitted_at=None)
    if not held.update(started_at=attempt.started_at):
        raise AlreadySubmitted(attempt)


@transaction.atomic
def submit(
    attempt: Attempt, answers: Mapping[int, Any], *, by: User | None, at: datetime
) -> Attempt:
    """Take the last answers, mark everything, and count it; submitting again changes nothing.

    Args:
        answers: by version key; what was answered before and is not here stays.
    """
    student = attempt.student
    access.hold(student, at=at)
    attempt.refresh_from_db()
    if attempt.submitted_at is not None:
        return attempt
    known = {one.version_id: one.given for one in attempt.answers.order_by("id")}
    for version_id, given in answers.items():
        if known.get(version_id) != given:
            answer(attempt, version_id, given, key=uuid.uuid4(), at=at)
    attempt.submitted_at = at
    count(attempt, by=by, at=at)
    return attempt


def count(attempt: Attempt, *, by: User | None, at: datetime) -> None:
    """Mark everything of an attempt and let it count; ``at`` is when it was handed in.

    Call it inside the transaction of the submission, after ``access.hold``.
    """
    score = attempt.score = _mark_all(attempt)
    attempt.passed = score * 100 >= attempt.quiz.pass_percent * attempt.max_score
    attempt.save(update_fields=["submitted_at", "score", "passed"])
    audit.record(
        "quiz.submitted",
        by=by,
        on=attempt,
        at=at,
        data={"score": score, "of": attempt.max_score, "passed": attempt.passed},
    )
    progress.finish_quiz(
        attempt.student,
        attempt.quiz,
        share=score / attempt.max_score if attempt.max_score else 0.0,
        passed=attempt.passed,
        spent_s=min(at - attempt.started_at, LONGEST).total_seconds(),
        at=at,
    )


def _mark_all(attempt: Attempt) -> float:
    """Points of every newest answer, written beside it; their sum."""
    versions = QuestionVersion.objects.select_related("question").in_bulk(
        [pk for pk, _points in attempt.version_ids]
    )
    newest = {one.version_id: one for one in attempt.answers.order_by("id")}
    score = 0.0
    for version_id, points in attempt.version_ids:
        written = newest.get(version_id)
        if written is None:
            continue
        version = versions[version_id]
        marked = marking.mark(version.question.kind, version.body, written.given)
        written.points = round(points * marked.share, 2)
        written.save(update_fields=["points"])
        score += written.points
    return round(min(score, attempt.max_score), 2)


def best(student: Student, quiz: Quiz) -> Attempt | None:
    """The submitted attempt that counts: most points, the first of equals."""
    done = Attempt.objects.filter(student=student, quiz=quiz, submitted_at__isnull=False)
    return done.order_by("-score", "submitted_at").first()
