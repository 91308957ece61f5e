"""Tries at a quiz: opened once, answered by appending, submitted once; the best one counts."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.learning import access
from courses.quizzes import drawing, grading, timing
from courses.quizzes.models import (
    Answer,
    Attempt,
    AttemptPause,
    Grading,
    QuestionVersion,
    Quiz,
    TutorMark,
)
from enrollment.api import Student
from lms.accounts.models import User
from lms.base import audit
from lms.base.errors import Refused


class NothingToAsk(Refused):
    """The quiz has no questions yet."""

    sentence = _("这个小测还没有题目，请先看课文，过两天再来。")


class AlreadySubmitted(Refused):
    """Answers to a submitted attempt are closed."""

    sentence = _("这一次已经交卷了。想再做一遍，请点“再做一次”。")


class TimeIsUp(Refused):
    """The exam is over; what was kept before counts."""

    sentence = _("考试时间到了，之前保存的答案都算数。请点“交卷”看结果。")


class NotOpenYet(Refused):
    sentence = _("考试还没有开始。开始时间：%(at)s。")


class Closed(Refused):
    sentence = _("考试已经结束，不能再开始。有疑问请联系老师。")


class NoMoreTries(Refused):
    sentence = _("最多可以做 %(tries)d 次，已经做完了。")


@dataclass(frozen=True)
class Asked:
    """One question of an attempt: the frozen wording, its points and the newest answer.

    Args:
        key: the wording that marks it, once a correction was applied.
        earned: points, once it was marked; None while a tutor has to read it.
    """

    version: QuestionVersion
    points: int
    given: Any
    key: QuestionVersion | None = None
    earned: float | None = None
    mark: TutorMark | None = None

    @property
    def kind(self) -> str:
        return self.version.question.kind


@transaction.atomic
def open_attempt(student: Student, quiz: Quiz, *, at: datetime) -> Attempt:
    """The student's open attempt, or a new one that freezes what is asked.

    Raises:
        NothingToAsk: the quiz is empty.
        NotOpenYet, Closed, NoMoreTries: an exam has its window and its number of tries.
    """
    going = Attempt.objects.filter(student=student, quiz=quiz, submitted_at=None).first()
    if going is not None:
        return going
    _may_begin(student, quiz, at=at)
    key = uuid.uuid4()
    asked = newest_wordings(quiz)
    known = QuestionVersion.objects.filter(pk__in=[pk for pk, _points in asked])
    taken = known.values_list("question_id", flat=True) if quiz.draws.exists() else None
    if taken is not None:
        asked += drawing.drawn(quiz, seed=str(key), taken=taken)
    if not asked:
        raise NothingToAsk(quiz)
    try:
        with transaction.atomic():
            return Attempt.objects.create(
                uuid=key,
                student=student,
                quiz=quiz,
                version_ids=asked,
                started_at=at,
                seen_at=at,
                max_score=sum(points for _version, points in asked),
            )
    except IntegrityError:  # two taps at once: the other one opened it
        return Attempt.objects.get(student=student, quiz=quiz, submitted_at=None)


def _may_begin(student: Student, quiz: Quiz, *, at: datetime) -> None:
    if quiz.opens_at is not None and at < quiz.opens_at:
        raise NotOpenYet(quiz, at=f"{timezone.localtime(quiz.opens_at):%Y-%m-%d %H:%M}")
    still_within(student, quiz, at=at)


def still_within(student: Student, quiz: Quiz, *, at: datetime) -> None:
    """Whether the window is not over and a try is left.

    Raises:
        Closed, NoMoreTries
    """
    if quiz.closes_at is not None and at >= quiz.closes_at:
        raise Closed(quiz)
    if quiz.tries is not None:
        done = Attempt.objects.filter(student=student, quiz=quiz).count()
        if done >= quiz.tries:
            raise NoMoreTries(quiz, tries=quiz.tries)


def ends_at(attempt: Attempt) -> datetime | None:
    """When answers stop counting; None without a limit."""
    return timing.deadline(
        attempt.started_at,
        minutes=attempt.quiz.minutes,
        paused_s=attempt.paused_s,
        closes_at=attempt.quiz.closes_at,
    )


@transaction.atomic
def sign(attempt: Attempt, *, at: datetime) -> datetime | None:
    """The phone is there: time without a signal before this stands still, up to a limit. Answers the end."""
    quiet = attempt.seen_at or attempt.started_at
    counted = 0
    # An attempt that was over before the signal went stays over.
    if attempt.quiz.minutes is not None and not timing.is_over(ends_at(attempt), quiet):
        counted = timing.pause_s(quiet, at, already_s=attempt.paused_s)
    held = Attempt.objects.filter(pk=attempt.pk, submitted_at=None, seen_at=attempt.seen_at)
    if held.update(seen_at=at, paused_s=attempt.paused_s + counted) and counted:
        AttemptPause.objects.create(attempt=attempt, from_at=quiet, to_at=at, counted_s=counted)
    attempt.refresh_from_db(fields=["seen_at", "paused_s"])
    return ends_at(attempt)


def what_to_ask(quiz: Quiz) -> list[list[int]]:
    """``[version key, points]`` of the newest wordings of its own questions, in the order of the quiz.

    Raises:
        NothingToAsk: the quiz has no questions of its own.
    """
    if not (asked := newest_wordings(quiz)):
        raise NothingToAsk(quiz)
    return asked


def newest_wordings(quiz: Quiz) -> list[list[int]]:
    """``[version key, points]`` of the quiz's own questions in their order; empty if it only draws."""
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
    return [[newest[question], points] for question, (_number, points) in wanted.items()]


def asked(attempt: Attempt) -> list[Asked]:
    """The questions of an attempt in the order asked, each with the newest answer: two queries."""
    versions = QuestionVersion.objects.select_related("question").in_bulk(
        [pk for pk, _points in attempt.version_ids]
    )
    given = grading.last_answers(attempt)
    found = [Asked(versions[pk], points, given.get(pk)) for pk, points in attempt.version_ids]
    return found if attempt.submitted_at is None else _with_marks(attempt, found)


def _with_marks(attempt: Attempt, found: list[Asked]) -> list[Asked]:
    """The same after handing in: with the key that counts, what was earned and what the tutor wrote."""
    graded = grading.newest(attempt)
    keys = grading.keys_of(attempt, graded)
    marks = {one.version_id: one for one in attempt.tutor_marks.select_related("by").order_by("id")}
    points = graded.points if graded else {}
    return [
        replace(
            one,
            key=keys[one.version.pk],
            earned=points.get(str(one.version.pk)),
            mark=marks.get(one.version.pk),
        )
        for one in found
    ]


@transaction.atomic
def answer(
    attempt: Attempt, version_id: int, given: Any, *, key: uuid.UUID, at: datetime
) -> Answer | None:
    """Append an answer; the same ``key`` twice is once. None for a question that was not asked.

    Raises:
        AlreadySubmitted: the attempt is closed.
        TimeIsUp: the exam is over.
    """
    still_open(attempt)
    if timing.is_over(ends_at(attempt), at):
        raise TimeIsUp(attempt)
    if version_id not in {pk for pk, _points in attempt.version_ids}:
        return None
    written, _made = Answer.objects.get_or_create(
        uuid=key, defaults={"attempt": attempt, "version_id": version_id, "given": given, "at": at}
    )
    return written


def still_open(attempt: Attempt) -> None:
    """Hold the attempt for this transaction while it is open: the write is the lock.

    Raises:
        AlreadySubmitted: it is closed.
    """
    held = Attempt.objects.filter(pk=attempt.pk, submitted_at=None)
    if not held.update(started_at=attempt.started_at):
        raise AlreadySubmitted(attempt)


@transaction.atomic
def submit(
    attempt: Attempt,
    answers: Mapping[int, Any],
    *,
    by: User | None,
    at: datetime,
    left_at: datetime | None = None,
) -> Attempt:
    """Take the last answers, mark everything, and count it; submitting again changes nothing.

    Args:
        answers: by version key; what was answered before and is not here stays.
        left_at: when the student left it, where it is handed in without the student.
    """
    student = attempt.student
    access.hold(student, at=at)
    attempt.refresh_from_db()
    if attempt.submitted_at is not None:
        return attempt
    known = grading.last_answers(attempt)
    in_time = not timing.is_over(ends_at(attempt), at)
    for version_id, given in answers.items():
        # What comes after the end does not count; what was kept before does.
        if in_time and known.get(version_id) != given:
            answer(attempt, version_id, given, key=uuid.uuid4(), at=at)
    attempt.submitted_at = at
    attempt.save(update_fields=["submitted_at"])
    count(attempt, by=by, at=at, studied_at=left_at or at)
    return attempt


def count(attempt: Attempt, *, by: User | None, at: datetime, studied_at: datetime) -> None:
    """Mark everything of an attempt and let it count.

    Call it inside the transaction of the submission, after ``access.hold``.

    Args:
        at: when it was handed in.
        studied_at: when the student was last at it.
    """
    graded = grading.grade(attempt, reason=Grading.Reason.SUBMITTED, by=by, at=at)
    _write_beside(attempt, graded)
    audit.record(
        "quiz.submitted",
        by=by,
        on=attempt,
        at=at,
        data={"score": attempt.score, "of": attempt.max_score, "passed": attempt.passed},
    )
    spent = min(studied_at - attempt.started_at, grading.LONGEST)
    grading.count(attempt, spent_s=spent.total_seconds(), studied_at=studied_at, at=at)


def _write_beside(attempt: Attempt, graded: Grading | None) -> None:
    """Points of every newest answer, beside it: one statement for all that earned the same."""
    newest = dict(attempt.answers.order_by("id").values_list("version_id", "pk"))
    earned: dict[float | None, list[int]] = {}
    for version_id, pk in newest.items():
        points = graded.points.get(str(version_id)) if graded else None
        earned.setdefault(points, []).append(pk)
    for points, answers in earned.items():
        attempt.answers.filter(pk__in=answers).update(points=points)


def close_overdue(*, at: datetime) -> int:
    """Hand in the exams whose time ran out while nobody was there; returns how many."""
    limited = Q(quiz__minutes__isnull=False) | Q(quiz__closes_at__isnull=False)
    going = Attempt.objects.filter(limited, submitted_at=None).select_related("quiz", "student")
    closed = 0
    for attempt in going:
        end = ends_at(attempt)
        # The pause that may still be claimed is waited for.
        if end is not None and at > end + timing.MOST_PAUSED + timing.GRACE:
            submit(attempt, {}, by=None, at=at, left_at=_last_act(attempt))
            closed += 1
    return closed


def _last_act(attempt: Attempt) -> datetime:
    """What the student did last in it; without an answer, when the phone was last there."""
    acts = [
        attempt.answers.aggregate(at=Max("at"))["at"],
        attempt.files.aggregate(at=Max("uploaded_at"))["at"],
    ]
    return max((at for at in acts if at), default=attempt.seen_at or attempt.started_at)


def best(student: Student, quiz: Quiz) -> Attempt | None:
    """The submitted attempt that counts: most points, the first of equals."""
    done = Attempt.objects.filter(student=student, quiz=quiz, submitted_at__isnull=False)
    return done.order_by("-score", "submitted_at").first()
