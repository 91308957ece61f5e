"""Quizzes taken along: a signed paper says what was asked of whom; it is handed in when there is a signal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from courses.learning import access
from courses.quizzes import attempts, kinds
from courses.quizzes.models import Answer, Attempt, Quiz
from enrollment.api import Student
from lms.accounts.models import User
from lms.base.errors import NotAllowed, Refused

_SALT = "courses.quiz_paper"
# What a form on a kept page can ask and a machine can mark.
_TRAVELS = frozenset(kinds.PARTS)
# A download lives for thirty days, and its last day may be followed by two weeks without a signal.
GOOD_FOR = timedelta(days=45)


class NeedsALine(Refused):
    """Some question of the quiz cannot be asked without a signal."""

    sentence = _("这个小测要连着网做：有的题要上传文件、由老师批改，或者随机抽题。")


class NotYourPaper(NotAllowed):
    """Forged, altered, given to somebody else, or about another quiz."""

    sentence = _("这份小测不是发给你的，请在线再做一次。")


class PaperTooOld(Refused):
    """Given longer ago than it is good for."""

    sentence = _("这份离线小测放得太久，已经过期，请在线再做一次。")


class CountedOnce(Refused):
    """The quiz has a clock or limits by now, and this paper was taken already."""

    sentence = _(
        "这个小测后来改成要连着网做。带走的这一份只算一次，已经交过了；想再做，请连上网再做。"
    )


@dataclass(frozen=True)
class Paper:
    """What was asked.

    Args:
        versions: ``[version key, points]`` in the order asked.
    """

    quiz_id: int
    versions: list[list[int]]
    given_at: datetime


def may_travel(quiz: Quiz) -> bool:
    """Whether the quiz may be taken along."""
    if quiz.opens_at or quiz.closes_at or quiz.minutes is not None or quiz.tries is not None:
        return False
    asked = set(quiz.items.values_list("question__kind", flat=True).order_by())
    return bool(asked) and asked <= _TRAVELS and not quiz.draws.exists()


def give(student: Student, quiz: Quiz, *, at: datetime) -> tuple[Paper, str]:
    """A paper with the newest questions, and the same in signed words for the phone.

    Raises:
        NeedsALine: see ``may_travel``.
        NothingToAsk: the quiz is empty.
    """
    if not may_travel(quiz):
        raise NeedsALine(quiz)
    asked = attempts.what_to_ask(quiz)
    paper = Paper(quiz.pk, asked, at)
    return paper, _signed(student, paper)


def _signed(student: Student, paper: Paper) -> str:
    said = [student.pk, paper.quiz_id, paper.versions, int(paper.given_at.timestamp())]
    return signing.Signer(salt=_SALT).sign_object(said, compress=True)


def read(words: str, student: Student, *, at: datetime) -> Paper:
    """Check a paper that comes back.

    Raises:
        NotYourPaper, PaperTooOld
    """
    try:
        holder, quiz, asked, given = signing.Signer(salt=_SALT).unsign_object(words)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NotYourPaper from error
    if holder != student.pk:
        raise NotYourPaper
    given_at = datetime.fromtimestamp(given, UTC)
    if at - given_at > GOOD_FOR:
        raise PaperTooOld
    return Paper(quiz, asked, given_at)


@dataclass(frozen=True)
class Sitting:
    """When a paper was answered, by the server's clock as far as the phone could tell."""

    started_at: datetime
    done_at: datetime

    def within(self, paper: Paper, *, at: datetime) -> Sitting:
        """Never before the paper was given nor after now, whatever the phone's clock says."""
        done = min(max(self.done_at, paper.given_at), at)
        return Sitting(min(max(self.started_at, paper.given_at), done), done)


@transaction.atomic
def hand_in(
    student: Student,
    paper: Paper,
    answers: Mapping[int, Any],
    *,
    key: UUID,
    sitting: Sitting,
    by: User | None,
    at: datetime,
) -> Attempt:
    """A submitted attempt from a paper; the same ``key`` twice is once.

    A quiz that may no longer travel takes what was answered before: each paper once, within its limits.

    Args:
        key: made by the phone for each time that a paper is filled in.
        answers: by version key; what was not asked is left out.

    Raises:
        NotYourPaper: the key is somebody else's attempt.
        PaperTooOld: the quiz is gone.
        CountedOnce, Closed, NoMoreTries: the quiz got limits since the paper was given.
    """
    access.hold(student, at=at)
    # The first one is named by the paper: the phone makes as many keys as it likes.
    name = uuid5(NAMESPACE_URL, _signed(student, paper))
    known = {one.uuid: one for one in Attempt.objects.filter(uuid__in=[key, name])}
    if key in known:
        if known[key].student_id != student.pk:
            raise NotYourPaper
        return known[key]
    first = known.get(name)
    if first is not None and _came_with(key, first):
        return first
    quiz = Quiz.objects.filter(pk=paper.quiz_id).first()
    if quiz is None:
        raise PaperTooOld
    when = sitting.within(paper, at=at)
    if not may_travel(quiz):
        if first is not None:
            raise CountedOnce(first)
        attempts.still_within(student, quiz, at=when.done_at)
    attempt = Attempt.objects.create(
        uuid=name if first is None else key,
        student=student,
        quiz=quiz,
        version_ids=paper.versions,
        started_at=when.started_at,
        # Closed from the start: an attempt that is open online stays beside it.
        submitted_at=when.done_at,
        max_score=sum(points for _version, points in paper.versions),
    )
    Answer.objects.bulk_create(
        Answer(
            uuid=uuid5(key, str(version)),
            attempt=attempt,
            version_id=version,
            given=answers[version],
            at=when.done_at,
        )
        for version, _points in paper.versions
        if version in answers
    )
    attempts.count(attempt, by=by, at=when.done_at, studied_at=when.done_at)
    return attempt


def _came_with(key: UUID, attempt: Attempt) -> bool:
    """Whether it was handed in with this key: that names its answers."""
    names = [uuid5(key, str(version)) for version, _points in attempt.version_ids]
    return attempt.answers.filter(uuid__in=names).exists()
