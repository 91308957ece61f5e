"""Editors write a whole quiz on one page; what was asked once stays what it was."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from courses.quizzes import attempts, bank
from courses.quizzes.backoffice.quizzes import QuizForm, QuizViewSet
from courses.quizzes.models import Question, QuestionVersion, Quiz
from enrollment.api import Student
from lms.accounts.models import User
from tests.courses.teaching import Taught
from tests.people import AT

ADD = "wagtailsnippets_courses_quiz:add"
EDIT = "wagtailsnippets_courses_quiz:edit"


@pytest.fixture
def office(he: User, client: Client) -> Client:
    """小何, course editor, signed in."""
    client.force_login(he)
    return client


def posted(title: str, *questions: dict[str, Any]) -> dict[str, Any]:
    """What the browser sends for a quiz of these questions."""
    data: dict[str, Any] = {"title": title, "pass_percent": "60", "questions-count": len(questions)}
    data["draws-count"] = "0"
    for index, question in enumerate(questions):
        at = f"questions-{index}"
        data |= {
            f"{at}-deleted": "",
            f"{at}-order": index,
            f"{at}-type": question["type"],
            f"{at}-id": question.get("id", str(uuid.uuid4())),
        }
        for name, value in question["fields"].items():
            if isinstance(value, list):
                data[f"{at}-value-{name}-count"] = len(value)
                for no, row in enumerate(value):
                    key = f"{at}-value-{name}-{no}"
                    data |= {f"{key}-deleted": "", f"{key}-order": no}
                    data[f"{key}-id"] = row.get("id", str(uuid.uuid4()))
                    for part, text in row.items():
                        if part != "id":
                            data[f"{key}-value{'-' + part if part else ''}"] = text
            else:
                data[f"{at}-value-{name}"] = value
    return data


def in_script(words: str) -> str:
    """Wagtail hands the blocks to its script as escaped JSON within an attribute."""
    return json.dumps(words).strip('"')


def single(stem: str, *, right: int = 0, **more: Any) -> dict[str, Any]:
    rows: list[dict[str, str]] = [
        {"text": "对的", "feedback": "对"},
        {"text": "错的", "feedback": ""},
    ]
    for no, row in enumerate(rows):
        if no == right:
            row["correct"] = "on"
    fields = {"stem": stem, "options": rows, "explanation": "因为", "points": "1"}
    return {"type": "single", "fields": fields, **more}


def test_an_editor_writes_a_quiz_of_every_kind_of_question(office: Client) -> None:
    fill = {
        "type": "fill",
        "fields": {"stem": "填____", "answers": [{"": "逆向"}], "explanation": "", "points": "2"},
    }
    numeric = {
        "type": "numeric",
        "fields": {
            "stem": "多少？", "answer": "0.55", "tolerance": "0.01", "unit": "元",
            "explanation": "", "points": "1",
        },
    }  # fmt: skip

    response = office.post(reverse(ADD), posted("新小测", single("选哪个？"), fill, numeric))

    assert response.status_code == 302
    quiz = Quiz.objects.get(title="新小测")
    asked = bank.newest(quiz)
    assert [item.question.kind for item, _version in asked] == ["single", "fill", "numeric"]
    assert [item.points for item, _version in asked] == [1, 2, 1]
    assert asked[1][1].body == {"answers": ["逆向"]}
    assert asked[2][1].body == {"answer": 0.55, "tolerance": 0.01, "unit": "元"}
    assert [option["correct"] for option in asked[0][1].body["options"]] == [True, False]


def test_a_question_without_a_right_answer_is_sent_back_with_words(office: Client) -> None:
    response = office.post(reverse(ADD), posted("新小测", single("选哪个？", right=9)))

    assert response.status_code == 200
    assert in_script("请勾选一个正确选项") in response.content.decode()
    assert not Quiz.objects.filter(title="新小测").exists()


def test_opening_and_saving_without_a_change_makes_no_new_version(
    taught: Taught, office: Client
) -> None:
    before = QuestionVersion.objects.count()
    form = QuizViewSet().get_form_class()(instance=taught.quiz)
    assert isinstance(form, QuizForm)
    rows = [
        {
            "type": child.block_type,
            "id": child.id,
            "fields": {
                "stem": child.value["stem"],
                "options": [
                    {
                        "id": row.id,
                        "text": row.value["text"],
                        "feedback": row.value["feedback"],
                        **({"correct": "on"} if row.value["correct"] else {}),
                    }
                    for row in child.value["options"].bound_blocks
                ],
                "explanation": child.value["explanation"],
                "points": child.value["points"],
            },
        }
        for child in form.initial["questions"]
    ]

    response = office.post(reverse(EDIT, args=[taught.quiz.pk]), posted("小测", *rows))

    assert response.status_code == 302
    assert QuestionVersion.objects.count() == before
    assert taught.quiz.items.count() == 2


def test_an_edited_question_stays_the_same_question_and_keeps_its_attempts(
    taught: Taught, yi: Student, office: Client
) -> None:
    attempt = attempts.open_attempt(yi, taught.quiz, at=AT)
    first = attempts.asked(attempt)[0].version.question
    edited = single("改过的题？", id=str(first.uuid))

    office.post(reverse(EDIT, args=[taught.quiz.pk]), posted("小测", edited))

    assert first.versions.count() == 2
    assert attempts.asked(attempt)[0].version.stem == "第 1 题？"
    assert taught.quiz.items.count() == 1
    assert Question.objects.count() == 2


def test_the_length_of_the_unit_follows_the_number_of_questions(
    taught: Taught, office: Client
) -> None:
    rows = [single(f"第 {n} 题？") for n in range(4)]

    office.post(reverse(EDIT, args=[taught.quiz.pk]), posted("改了名的小测", *rows))

    unit = taught.unit("quiz")
    assert (unit.duration_s, unit.title) == (160, "改了名的小测")


def test_editors_open_the_list_and_the_form(taught: Taught, office: Client) -> None:
    assert office.get(reverse("wagtailsnippets_courses_quiz:list")).status_code == 200
    html = office.get(reverse(EDIT, args=[taught.quiz.pk])).content.decode()
    assert in_script("第 1 题？") in html


def test_a_page_with_progress_is_not_deleted_but_offered_to_take_offline(
    taught: Taught, yi: Student, he: User, client: Client
) -> None:
    from courses.learning import progress

    progress.finish_text(yi, taught.unit("text"), at=AT)
    he.is_superuser = True  # editors may not delete pages at all; an administrator may
    he.save()
    client.force_login(he)

    response = client.post(reverse("wagtailadmin_pages:delete", args=[taught.lesson_page.pk]))

    assert response["Location"] == reverse(
        "wagtailadmin_pages:unpublish", args=[taught.lesson_page.pk]
    )
    taught.lesson_page.refresh_from_db()


def test_editors_see_a_draft_as_students_will(taught: Taught, office: Client) -> None:
    address = reverse("wagtailadmin_pages:view_draft", args=[taught.lesson_page.pk])
    assert "物流是物品的实体流动" in office.get(address).content.decode()
