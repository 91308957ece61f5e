"""What editors are told about their lessons, films and questions, at a fixed price."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.documents import get_document_model

from courses.catalogue.pages import LessonPage
from courses.health import checking, report
from courses.health.models import LessonCheck, QuestionFigures
from courses.learning.models import UnitProgress
from courses.quizzes import attempts
from enrollment.api import Student
from lms.accounts.models import User
from lms.base.jobs import api as jobs
from media.models import Rendition
from tests import factories, people
from tests.courses import teaching
from tests.courses.teaching import Taught
from tests.people import AT

pytestmark = pytest.mark.django_db
ADDRESS = "content_health"


@pytest.fixture
def office(he: User, client: Client) -> Client:
    client.force_login(he)
    return client


def rewrite(taught: Taught, *body: dict[str, Any]) -> None:
    page = LessonPage.objects.get(pk=taught.lesson_page.pk)
    page.body = list(body)
    teaching.publish(page)


def crowd(units: people.Units, count: int) -> list[Student]:
    return [factories.make_student(units, f"学员{n}", f"+86137000002{n:02d}") for n in range(count)]


def problems() -> list[str]:
    return [problem for row in report.lessons() for problem in row.problems]


def test_a_sound_lesson_has_its_time_and_its_weight_and_nothing_to_do(
    taught: Taught, office: Client
) -> None:
    (row,) = report.lessons()

    assert row.problems == []
    assert (row.reading_min, row.watching_min, row.size_bytes) == (1, 2, 3_600_000)
    html = office.get(reverse(ADDRESS)).content.decode()
    assert "3.4 MB" in html
    assert "物流是什么" in html


def test_films_that_failed_or_cannot_be_read_are_listed(taught: Taught, office: Client) -> None:
    Rendition.objects.create(video=taught.film, kind="audio", name="audio", path="a", size_bytes=1)
    assert problems() == ["视频“物流是什么”没有字幕"]

    taught.film.state, taught.film.reason = "failed", "文件损坏"
    taught.film.save()

    assert problems() == ["视频“物流是什么”没有转码成功"]
    assert "文件损坏" in office.get(reverse(ADDRESS)).content.decode()


def test_what_a_lesson_points_at_and_is_gone_is_found_and_no_other_site_is_asked(
    taught: Taught, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*args: object, **kwargs: object) -> None:
        raise AssertionError("asked another site")

    document = get_document_model()(title="讲义")
    document.file.save("notes.txt", ContentFile(b"notes"))
    spare = teaching.make_lesson(taught.course_page, "别的一讲", [teaching.text()])
    said = (
        f'<a linktype="page" id="{spare.pk}">a</a><a linktype="document" id="{document.pk}">b</a>'
        f'<a href="{taught.course.url_path}">c</a><a href="http://169.254.169.254/">d</a>'
        '<a href="/no/such/page/">e</a>'
    )
    rewrite(taught, teaching.text(said))
    with monkeypatch.context() as patch:
        if connection.vendor == "sqlite":
            patch.setattr(socket.socket, "connect", never)
        assert checking.check_lessons(at=AT) == 1
    check = LessonCheck.objects.get(lesson=taught.lesson)
    assert check.broken == [["address", "/no/such/page/"]]
    assert check.outside == ["http://169.254.169.254/"]

    spare.unpublish()
    document.delete()
    checking.check_lessons(at=AT)

    check = LessonCheck.objects.get(lesson=taught.lesson)
    assert [kind for kind, _key in check.broken] == ["address", "document", "page"]
    assert len(problems()) == 3


def test_a_lesson_that_nobody_finishes_says_where_they_stop(
    taught: Taught, units: people.Units
) -> None:
    for number, student in enumerate(crowd(units, 6)):
        for kind in ("video", "text", "quiz"):
            done = AT if kind != "quiz" or number == 0 else None
            UnitProgress.objects.create(
                student=student, unit=taught.unit(kind), first_at=AT, last_at=AT, done_at=done
            )

    assert problems() == ["6 人开始学，最多 1 人学完，停在：小测 小测"]


def test_questions_are_judged_by_first_tries(taught: Taught, units: people.Units) -> None:
    students = crowd(units, 12)
    for number, student in enumerate(students):
        for again in (False, True):
            attempt = attempts.open_attempt(student, taught.quiz, at=AT)
            first, second = (pk for pk, _points in attempt.version_ids)
            # The first question goes wrong for all; the second tells apart nobody from nobody.
            right = "a" if again else "b"
            answers = {first: right, second: "a" if number % 2 or again else "b"}
            attempts.submit(attempt, answers, by=student.user, at=AT)

    assert checking.count_questions(at=AT) == 2

    first, second = QuestionFigures.objects.order_by("question_id")
    assert (first.answered, first.facility, first.discrimination) == (12, 0, None)
    assert (second.answered, second.facility) == (12, 0.5)
    assert [row.why for row in report.questions()] == ["几乎没有人答对"]


def test_a_question_whose_key_is_wrong_is_found_by_its_discrimination(
    taught: Taught, units: people.Units
) -> None:
    quiz = teaching.make_quiz("长卷", questions=4)
    for number, student in enumerate(crowd(units, 12)):
        attempt = attempts.open_attempt(student, quiz, at=AT)
        first, *rest = (pk for pk, _points in attempt.version_ids)
        good = number < 6
        answers = {first: "b" if good else "a", **dict.fromkeys(rest, "a" if good else "b")}
        attempts.submit(attempt, answers, by=student.user, at=AT)
    checking.count_questions(at=AT)

    (row,) = (one for one in report.questions() if "标错" in one.why)
    assert row.figures.discrimination == -1


def test_the_page_costs_the_same_for_one_lesson_and_for_many(
    taught: Taught, office: Client
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert office.get(reverse(ADDRESS)).status_code == 200
        return len(asked)

    checking.check_lessons(at=AT)
    cost()
    few = cost()
    for number in range(6):
        film = teaching.make_video(f"片 {number}")
        teaching.make_lesson(
            taught.course_page, f"第 {number} 讲",
            [teaching.video(film), teaching.text(), teaching.quiz(teaching.make_quiz(f"测 {number}"))],
        )  # fmt: skip
    checking.check_lessons(at=AT)

    assert cost() == few


def test_an_editor_has_it_looked_at_anew_and_nobody_else_gets_in(
    taught: Taught, office: Client, chen: User
) -> None:
    office.post(reverse(ADDRESS))
    office.post(reverse(ADDRESS))
    assert jobs.Job.objects.filter(kind="health.check").count() <= 2
    jobs.run_due()
    assert LessonCheck.objects.exists()

    office.force_login(chen)
    assert office.get(reverse(ADDRESS)).status_code == 403
