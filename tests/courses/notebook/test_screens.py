"""The notebook's screens: with and without a script, for the student and for the tutor."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse

from courses.notebook import writing
from courses.notebook.models import Note, TutorQuestion
from enrollment.api import Student
from lms.accounts.models import Role, User
from tests import factories, people
from tests.courses.teaching import Taught
from tests.people import AT

PART = {"X-Part": "1"}


@pytest.fixture
def phone(yi: Student, client: Client) -> Client:
    client.force_login(yi.user)
    return client


@pytest.fixture
def remarks(taught: Taught) -> str:
    return reverse("courses:lesson_remarks", args=[taught.lesson.uuid])


@pytest.fixture
def asked(yi: Student, taught: Taught) -> Callable[[], TutorQuestion]:
    unit = taught.unit("video")
    return lambda: writing.ask(yi, unit, at_s=65, text="为什么？", uuid=uuid4(), at=AT)


def test_a_note_is_taken_without_a_script(phone: Client, remarks: str, taught: Taught) -> None:
    lesson = phone.get(reverse("courses:lesson", args=[taught.lesson.uuid]))
    assert f'href="{remarks}"' in lesson.content.decode()
    assert 'name="text"' in phone.get(remarks).content.decode()
    answer = phone.post(remarks, {"kind": "note", "text": "先进先出"}, follow=True)
    assert "先进先出" in answer.content.decode()
    assert "记下了。" in answer.content.decode()


def test_a_script_pins_to_the_second_and_sends_once(
    phone: Client, remarks: str, taught: Taught
) -> None:
    name = uuid4()
    sent = {"kind": "question", "text": "为什么？", "uuid": name, "at_s": 65,
            "unit": taught.unit("video").uuid}  # fmt: skip
    for _again in range(2):
        answer = phone.post(remarks, sent, headers=PART)
        assert UUID(answer.json()["uuid"]) == name
    listed = phone.get(remarks, headers=PART).content.decode()
    assert listed.count("1:05") == 1
    assert "<html" not in listed
    assert "等老师回答" in listed


@pytest.mark.parametrize("sent", [{"kind": "note", "text": " "}, {"kind": "poem", "text": "x"}])
def test_what_cannot_be_written_is_said_in_words(
    phone: Client, remarks: str, sent: dict[str, str]
) -> None:
    answer = phone.post(remarks, sent, headers=PART)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_an_answer_comes_up_on_today_and_leads_to_the_second(
    phone: Client, asked: Callable[[], TutorQuestion], taught: Taught, chen: User
) -> None:
    question = asked()
    desk = Client()
    desk.force_login(chen)
    queue = desk.get(reverse("courses:tutor_questions"))
    form = queue.context["groups"][0]["rows"][0]["form_uuid"]
    reply = {"text": "先到的先过期。", "uuid": form}
    desk.post(reverse("courses:tutor_reply", args=[question.uuid]), reply)
    assert "没有问题在等" in desk.get(reverse("courses:tutor_questions")).content.decode()

    assert "老师有 1 条新回答" in phone.get("/learn/").content.decode()
    html = phone.get(reverse("courses:questions")).content.decode()
    assert "先到的先过期。" in html
    assert "新回答" in html
    assert f"#at-{taught.unit('video').uuid}-65" in html
    assert "老师有" not in phone.get("/learn/").content.decode()
    assert "新回答" not in phone.get(reverse("courses:questions")).content.decode()


def test_only_the_own_tutors_see_and_answer(
    asked: Callable[[], TutorQuestion], client: Client, units: people.Units
) -> None:
    question = asked()
    stranger = people.make_staff(Role.TUTOR, "黄老师", username="huang", unit=units.jimei)
    client.force_login(stranger)
    assert "为什么？" not in client.get(reverse("courses:tutor_questions")).content.decode()
    address = reverse("courses:tutor_reply", args=[question.uuid])
    assert client.post(address, {"text": "x", "uuid": uuid4()}).status_code == 404


def test_a_tutor_is_told_that_the_question_was_taken_back(
    asked: Callable[[], TutorQuestion], yi: Student, client: Client, chen: User
) -> None:
    question = asked()
    writing.take_back(question, by=yi.user, at=AT)
    client.force_login(chen)
    address = reverse("courses:tutor_reply", args=[question.uuid])
    answer = client.post(address, {"text": "因为", "uuid": uuid4()}, follow=True)
    assert "学员已经收回" in answer.content.decode()


def test_others_can_drop_nothing(
    phone: Client, asked: Callable[[], TutorQuestion], taught: Taught, units: people.Units
) -> None:
    other = factories.make_student(units, "同学", "+8613700000009")
    unit = taught.unit("video")
    note = writing.take_note(other, unit, at_s=1, text="他的", uuid=uuid4(), at=AT)
    theirs = writing.ask(other, unit, at_s=1, text="他的", uuid=uuid4(), at=AT)
    phone.post(reverse("courses:note_drop", args=[note.uuid]))
    phone.post(reverse("courses:notes_drop"))
    assert Note.objects.filter(pk=note.pk).exists()
    taken = phone.post(reverse("courses:question_take_back", args=[theirs.uuid]))
    assert taken.status_code == 404
    assert "他的" not in phone.get(reverse("courses:notes")).content.decode()


def test_the_list_asks_the_same_for_one_and_for_many(
    phone: Client, yi: Student, taught: Taught, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for number in range(12):
        unit = taught.unit("video")
        writing.take_note(yi, unit, at_s=number, text="x", uuid=uuid4(), at=AT)
    with django_assert_max_num_queries(8):  # type: ignore[attr-defined]
        phone.get(reverse("courses:notes"))
