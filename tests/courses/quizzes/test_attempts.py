"""Attempts freeze what was asked; answers are appended; submitting twice is once."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from courses.quizzes import attempts, bank
from courses.quizzes.attempts import AlreadySubmitted, NothingToAsk
from courses.quizzes.models import Answer, Attempt, Quiz
from enrollment.api import Student
from tests.courses.teaching import Taught
from tests.people import AT


@pytest.fixture
def attempt(yi: Student, taught: Taught) -> Attempt:
    return attempts.open_attempt(yi, taught.quiz, at=AT)


def versions(attempt: Attempt) -> list[int]:
    return [pk for pk, _points in attempt.version_ids]


def test_opening_twice_gives_the_same_attempt(
    attempt: Attempt, yi: Student, taught: Taught
) -> None:
    assert attempts.open_attempt(yi, taught.quiz, at=AT + timedelta(hours=1)) == attempt


def test_an_open_attempt_keeps_the_wording_it_began_with(
    attempt: Attempt, yi: Student, taught: Taught
) -> None:
    asked = attempts.asked(attempt)[0]
    wording = bank.Wording("改过的题目？", asked.version.body)
    bank.word(asked.version.question, wording, at=AT)

    assert attempts.asked(attempt)[0].version.stem == asked.version.stem
    attempts.submit(attempt, {}, by=yi.user, at=AT)
    again = attempts.open_attempt(yi, taught.quiz, at=AT)
    assert attempts.asked(again)[0].version.stem == "改过的题目？"


def test_the_newest_answer_to_a_question_counts(attempt: Attempt, yi: Student) -> None:
    first, second = versions(attempt)
    attempts.answer(attempt, first, "b", key=uuid.uuid4(), at=AT)
    attempts.answer(attempt, first, "a", key=uuid.uuid4(), at=AT)

    submitted = attempts.submit(attempt, {second: "a"}, by=yi.user, at=AT)

    assert (submitted.score, submitted.passed) == (2, True)
    assert Answer.objects.count() == 3


def test_the_same_answer_sent_twice_is_kept_once(attempt: Attempt) -> None:
    key = uuid.uuid4()
    for _n in range(2):
        attempts.answer(attempt, versions(attempt)[0], "a", key=key, at=AT)

    assert Answer.objects.count() == 1


def test_submitting_twice_changes_nothing(attempt: Attempt, yi: Student) -> None:
    first, second = versions(attempt)
    attempts.submit(attempt, {first: "b", second: "b"}, by=yi.user, at=AT)

    again = attempts.submit(
        attempt, {first: "a", second: "a"}, by=yi.user, at=AT + timedelta(days=1)
    )

    assert (again.score, again.submitted_at) == (0, AT)


def test_a_submitted_attempt_takes_no_more_answers(attempt: Attempt, yi: Student) -> None:
    attempts.submit(attempt, {}, by=yi.user, at=AT)

    with pytest.raises(AlreadySubmitted):
        attempts.answer(attempt, versions(attempt)[0], "a", key=uuid.uuid4(), at=AT)


def test_an_answer_to_a_question_that_was_not_asked_is_not_kept(attempt: Attempt) -> None:
    assert attempts.answer(attempt, 999_999, "a", key=uuid.uuid4(), at=AT) is None


def test_the_best_of_several_tries_counts(attempt: Attempt, yi: Student, taught: Taught) -> None:
    first, second = versions(attempt)
    attempts.submit(attempt, {first: "a", second: "a"}, by=yi.user, at=AT)
    worse = attempts.open_attempt(yi, taught.quiz, at=AT)
    attempts.submit(worse, {first: "b", second: "b"}, by=yi.user, at=AT)

    assert attempts.best(yi, taught.quiz) == attempt


def test_an_empty_quiz_says_so(yi: Student) -> None:
    with pytest.raises(NothingToAsk):
        attempts.open_attempt(yi, Quiz.objects.create(title="空"), at=AT)
