"""What a phone may take along: whose, how heavy, and what a week is."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.learning import access, downloads
from courses.learning.downloads import Parcel, this_week
from courses.learning.maps import LessonState, UnitState
from courses.quizzes.models import Question
from enrollment.api import Student
from media.models import Rendition
from media.states import State
from tests import factories, people
from tests.courses import teaching
from tests.courses.teaching import Taught
from tests.people import AT

MB = 1024 * 1024


def parcel(number: int, *, done: bool = False, begun: bool = False) -> Parcel:
    last = AT + timedelta(hours=number) if done or begun else None
    unit = UnitState(uuid4(), "video", 600, MB, 1.0 if done else 0.0, last, done)
    return Parcel(LessonState(uuid4(), number, f"第 {number} 讲", 10, (unit,)), 0)


@pytest.mark.parametrize(
    ("done", "begun", "days", "wanted"),
    [
        ((), (), 4, [1, 2, 3, 4]),
        ((1, 2), (3,), 2, [3, 4]),
        ((1, 2, 4), (), 3, [5, 6]),
        ((1, 2, 3, 4, 5, 6), (), 4, []),
        ((6,), (), 4, [1, 2, 3, 4]),
    ],
)
def test_a_week_is_one_unfinished_lesson_per_study_day(
    done: tuple[int, ...], begun: tuple[int, ...], days: int, wanted: list[int]
) -> None:
    course = [parcel(n, done=n in done, begun=n in begun) for n in range(1, 7)]
    assert [one.lesson.number for one in this_week(course, days)] == wanted


@pytest.mark.django_db
@pytest.mark.one_database
class TestManifest:
    """The list of files of one lesson."""

    def answer(self, client: Client, taught: Taught) -> dict[str, object]:
        found = client.get(reverse("courses:download", args=[taught.lesson.uuid]))
        assert "no-store" in found["Cache-Control"]
        return dict(found.json())

    def test_it_names_every_file_with_its_weight(
        self, client: Client, yi: Student, taught: Taught
    ) -> None:
        film = taught.film
        film.captions_vtt = "WEBVTT\n"
        film.save()
        Rendition.objects.create(
            video=film, kind="audio", name="audio", path="audio.m4a", size_bytes=MB
        )
        client.force_login(yi.user)
        told = self.answer(client, taught)
        assert told["ready"]
        assert told["owner"] == str(yi.user.pk)
        (only,) = told["films"]
        assert only["picture"]["bytes"] == 3_600_000
        assert only["sound"]["bytes"] == MB
        assert only["captions"]["url"].endswith("captions.vtt")
        assert told["papers"] == [reverse("courses:quiz_paper", args=[taught.unit("quiz").uuid])]

    def test_a_film_that_is_not_whole_is_not_taken_along(
        self, client: Client, yi: Student, taught: Taught
    ) -> None:
        taught.film.state = State.ENCODING
        taught.film.save()
        client.force_login(yi.user)
        assert self.answer(client, taught)["ready"] is False

    def test_a_quiz_that_a_machine_cannot_mark_stays_online(
        self, client: Client, yi: Student, taught: Taught, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Question.objects.filter(items__quiz=taught.quiz).update(kind="essay")
        client.force_login(yi.user)
        assert self.answer(client, taught)["papers"] == []
        refused = client.get(reverse("courses:quiz_paper", args=[taught.unit("quiz").uuid]))
        assert refused.status_code == 409

    def test_who_studies_something_else_or_left_gets_nothing(
        self, client: Client, yi: Student, taught: Taught, units: people.Units
    ) -> None:
        client.force_login(
            factories.make_student(units, "小丁", "+8613700000003", programme="EC").user
        )
        address = reverse("courses:download", args=[taught.lesson.uuid])
        assert client.get(address).status_code == 403
        yi.status = Student.Status.WITHDRAWN
        yi.save()
        client.force_login(yi.user)
        assert client.get(address).status_code == 403
        assert client.get(reverse("courses:downloads")).status_code == 403


@pytest.mark.django_db
@pytest.mark.one_database
def test_the_screen_asks_the_same_for_forty_lessons(
    client: Client, yi: Student, taught: Taught
) -> None:
    client.force_login(yi.user)

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse("courses:downloads")).status_code == 200
        return len(seen)

    asked()
    few = asked()
    for number in range(40):
        film = teaching.make_video(f"第 {number} 讲")
        teaching.make_lesson(taught.course_page, f"第 {number} 讲", [teaching.video(film)])
    access.recount(taught.course, at=AT)
    assert asked() <= few <= 8
    html = client.get(reverse("courses:downloads")).content.decode()
    assert "下载本周 4 讲" in html
    assert html.count("data-download-row=") == 41
    assert downloads.REST_BYTES + 3_600_000 < 4 * MB
