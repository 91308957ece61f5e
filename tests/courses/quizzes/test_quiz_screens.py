"""A quiz on the phone, with and without a script."""

from __future__ import annotations

import json
import uuid

import pytest
from django.http import HttpResponse, QueryDict
from django.test import Client
from django.urls import reverse

from courses.quizzes import answers as reading
from courses.quizzes import bank
from courses.quizzes.models import Answer, Attempt, QuizItem
from enrollment.api import Student
from tests import factories, people
from tests.courses.teaching import Taught
from tests.people import AT


@pytest.fixture
def phone(yi: Student, client: Client) -> Client:
    client.force_login(yi.user)
    return client


@pytest.fixture
def begun(phone: Client, taught: Taught) -> Attempt:
    phone.post(reverse("courses:quiz_begin", args=[taught.unit("quiz").uuid]))
    return Attempt.objects.get()


def address(attempt: Attempt) -> str:
    return reverse("courses:attempt", args=[attempt.uuid])


def answers(attempt: Attempt, *given: str) -> dict[str, str]:
    return {f"q{pk}": key for (pk, _points), key in zip(attempt.version_ids, given, strict=True)}


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def test_the_key_is_not_on_the_page_before_handing_in(phone: Client, begun: Attempt) -> None:
    html = text_of(phone.get(address(begun)))

    assert "第 1 题？" in html
    assert "因为。" not in html
    assert "question--" not in html


def test_handing_in_shows_the_score_what_was_right_and_why(phone: Client, begun: Attempt) -> None:
    response = phone.post(address(begun), answers(begun, "a", "b"), follow=True)

    html = text_of(response)
    assert "还差一点" in html
    assert "得 1 分，满分 2 分" in html
    assert "因为。" in html
    assert "question__option--missed" in html
    assert "再做一次" in html


def test_a_passed_quiz_leads_back_to_the_lesson(
    phone: Client, begun: Attempt, taught: Taught
) -> None:
    html = text_of(phone.post(address(begun), answers(begun, "a", "a"), follow=True))

    assert "通过了" in html
    assert reverse("courses:lesson", args=[taught.lesson.uuid]) in html


def test_a_blank_question_is_asked_about_once_and_the_answers_stay(
    phone: Client, begun: Attempt
) -> None:
    first = phone.post(address(begun), answers(begun, "a", ""))
    html = text_of(first)
    assert "还有 1 题没有答" in html
    assert 'value="a" checked' in html

    phone.post(address(begun), {**answers(begun, "a", ""), "sure": "1"})

    begun.refresh_from_db()
    assert begun.score == 1


def test_handing_in_again_shows_the_same_result(phone: Client, begun: Attempt) -> None:
    phone.post(address(begun), answers(begun, "b", "b"))
    phone.post(address(begun), answers(begun, "a", "a"))

    begun.refresh_from_db()
    assert begun.score == 0


def test_answers_kept_by_the_script_are_there_after_a_break(phone: Client, begun: Attempt) -> None:
    version = begun.version_ids[0][0]
    kept = phone.post(
        reverse("courses:keep_answer", args=[begun.uuid]),
        json.dumps({"uuid": str(uuid.uuid4()), "version": version, "given": "b"}),
        content_type="application/json",
    )

    assert kept.json() == {"kept": True}
    assert 'value="b" checked' in text_of(phone.get(address(begun)))


def test_nonsense_from_a_script_is_refused(phone: Client, begun: Attempt) -> None:
    endless = json.dumps({"uuid": str(uuid.uuid4()), "version": float("inf"), "given": ""})
    for body in ("", "{}", '{"uuid": "x", "version": 1, "given": ""}', endless):
        url = reverse("courses:keep_answer", args=[begun.uuid])
        assert phone.post(url, body, content_type="application/json").status_code == 400


@pytest.mark.parametrize(
    ("given", "kept"),
    [("a\x00\ud800b", "ab"), (["\x00a"], ["a"]), ({"k\x00": "\udfffv"}, {"k": "v"})],
)
def test_an_answer_is_kept_without_what_no_database_holds(
    phone: Client, begun: Attempt, given: object, kept: object
) -> None:
    """One that could not be written would stand before all others in the queue of the phone."""
    said = {"uuid": str(uuid.uuid4()), "version": begun.version_ids[0][0], "given": given}
    url = reverse("courses:keep_answer", args=[begun.uuid])
    assert phone.post(url, json.dumps(said), content_type="application/json").json()["kept"]
    assert Answer.objects.get().given == kept


def test_fields_of_a_form_are_read_without_what_no_database_holds() -> None:
    form = QueryDict(mutable=True)
    form.setlist("q1", ["a\x00", "\ud800b"])
    assert reading.of_form(form, "multiple", {}, "q1") == ["a", "b"]
    assert reading.of_form(form, "fill", {}, "q1") == "b"


def test_a_place_of_more_digits_than_can_be_read_is_none() -> None:
    form = QueryDict(mutable=True)
    form.update({"q1-a": "9" * 5000, "q1-b": "1"})
    body = {"items": [{"key": "a", "text": "先"}, {"key": "b", "text": "后"}]}
    assert reading.of_form(form, "ordering", body, "q1") == ""


def test_nobody_sees_the_attempt_of_somebody_else(begun: Attempt, units: people.Units) -> None:
    other = Client()
    other.force_login(factories.make_student(units, "林建业", "+8613700000003").user)

    assert other.get(address(begun)).status_code == 404
    assert other.post(address(begun), answers(begun, "a", "a")).status_code == 404


def test_a_student_of_another_programme_cannot_begin(
    taught: Taught, units: people.Units, client: Client
) -> None:
    client.force_login(
        factories.make_student(units, "许小燕", "+8613700000004", programme="NM").user
    )
    response = client.post(reverse("courses:quiz_begin", args=[taught.unit("quiz").uuid]))
    assert response.status_code == 403


def test_typed_and_multiple_answers_travel_through_the_form(phone: Client, taught: Taught) -> None:
    options = [
        {"key": key, "text": key, "correct": key in "ac", "feedback": f"说明{key}"} for key in "abc"
    ]
    wordings = {
        "multiple": {"options": options},
        "fill": {"answers": ["逆向"]},
        "numeric": {"answer": 0.55, "tolerance": 0.005, "unit": "元"},
    }
    QuizItem.objects.filter(quiz=taught.quiz).delete()
    for kind, body in wordings.items():
        question = bank.write_question(kind, kind=kind, wording=bank.Wording(kind, body), at=AT)
        QuizItem.objects.create(quiz=taught.quiz, question=question)
    phone.post(reverse("courses:quiz_begin", args=[taught.unit("quiz").uuid]))
    attempt = Attempt.objects.get()
    multiple, fill, numeric = [f"q{pk}" for pk, _points in attempt.version_ids]

    given = {multiple: ["a", "c"], fill: "逆 向", numeric: "0.7"}
    html = text_of(phone.post(address(attempt), given, follow=True))

    attempt.refresh_from_db()
    assert attempt.score == 2
    assert "说明a" in html
    assert "说明b" not in html
    assert "0.55 元" in html
