"""A regrade of many runs as a job: one at a time, with its progress, to the end even if it is killed."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.quizzes import attempts, bank, regrading
from courses.quizzes.models import Attempt, Grading, Question
from enrollment.api import Student
from lms.accounts.models import User
from lms.base.jobs import api as jobs
from tests import factories, people
from tests.courses.teaching import Taught
from tests.people import AT

pytestmark = pytest.mark.django_db


def handed_in(student: Student, taught: Taught) -> Attempt:
    """The first answer is wrong by the key of the time."""
    attempt = attempts.open_attempt(student, taught.quiz, at=AT)
    first, second = (pk for pk, _points in attempt.version_ids)
    return attempts.submit(attempt, {first: "b", second: "a"}, by=student.user, at=AT)


@pytest.fixture
def five(taught: Taught, units: people.Units) -> list[Attempt]:
    students = [factories.make_student(units, f"学员{n}", f"+861370000010{n}") for n in range(5)]
    return [handed_in(student, taught) for student in students]


@pytest.fixture
def question(five: list[Attempt]) -> Question:
    """The first question, corrected: the other option was right."""
    question = attempts.asked(five[0])[0].version.question
    version = question.versions.get()
    options = [{**option, "correct": option["key"] == "b"} for option in version.body["options"]]
    bank.word(question, bank.Wording(version.stem, {"options": options}, "更正了。"), at=AT)
    return question


@pytest.fixture
def office(he: User, client: Client) -> Client:
    client.force_login(he)
    return client


def address(question: Question) -> str:
    return reverse("wagtailsnippets_courses_question:regrade", args=[question.pk])


def scores() -> set[float | None]:
    return set(Attempt.objects.values_list("score", flat=True))


def test_the_word_of_an_editor_marks_nothing_in_the_request_and_everything_in_the_job(
    question: Question, office: Client
) -> None:
    office.post(address(question))
    assert scores() == {1}

    html = office.get(address(question)).content.decode()
    assert "data-looks-again" in html
    jobs.run_due()

    assert scores() == {2}
    html = office.get(address(question)).content.decode()
    assert "data-looks-again" not in html
    assert html.count("学员") >= 5


def test_two_clicks_are_one_job(question: Question, office: Client) -> None:
    office.post(address(question))
    office.post(address(question))

    assert jobs.Job.objects.filter(kind=regrading.KIND).count() == 1


def test_a_job_that_dies_on_the_way_goes_on_where_it_stopped(
    question: Question, he: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = regrading.start(question, by=he)

    def dies(run: jobs.Run, share: float, step: str = "") -> None:
        if share > 0.5:
            raise RuntimeError("the machine went away")

    with monkeypatch.context() as patch:
        patch.setattr(jobs.Run, "progress", dies)
        jobs.attend(job.pk)
    assert scores() == {1, 2}

    jobs.Job.objects.filter(pk=job.pk).update(run_after=AT)
    jobs.attend(job.pk)

    assert scores() == {2}
    assert Grading.objects.filter(reason="regraded").count() == 5
    assert jobs.Job.objects.get(pk=job.pk).state == jobs.JobState.DONE
    assert regrading.changed_since(question, job.created_at).count() == 5


def test_the_progress_of_the_job_can_be_read_while_it_works(question: Question, he: User) -> None:
    seen: list[tuple[int, int]] = []

    regrading.regrade(question, by=he, at=AT, step=lambda done, total: seen.append((done, total)))

    assert seen == [(n, 5) for n in range(1, 6)]


def test_what_would_change_costs_the_same_for_one_attempt_and_for_five(
    question: Question, five: list[Attempt]
) -> None:
    def cost(most: int) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert len(regrading.plan(question, most=most)) == most
        return len(asked)

    assert cost(5) == cost(1)
