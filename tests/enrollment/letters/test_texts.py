"""What letters say can be changed, is tried with the hardest names first, and is frozen in each letter."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from enrollment.letters import issuing, texts
from enrollment.letters.models import Letter, LetterText
from enrollment.letters.typesetting.admission import TEXT
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import User
from lms.base import audit
from tests import factories, people
from tests.enrollment.letters import cast
from tests.enrollment.letters.cast import AT, LATER
from tests.enrollment.letters.reading import text_of

NEW = "{姓名}，祝贺你！你已被{班级}录取，攻读*{专业}*专业。\n带上身份证来报到。"


def content_of(letter: Letter) -> bytes:
    with letter.pdf.open("rb") as file:
        content: bytes = file.read()
    return content


def here(cohort: Cohort) -> str:
    return reverse("enrollment:letters_text", args=[cohort.slug])


@pytest.fixture
def desk(client: Client, zhou: User) -> Client:
    client.force_login(zhou)
    return client


def post(desk: Client, cohort: Cohort, act: str, text: str, after: int = 0) -> HttpResponse:
    return desk.post(here(cohort), {"act": act, "text": text, "after": after})


def test_letters_say_what_the_newest_edition_says(
    desk: Client, cohort: Cohort, yi: Student, zhou: User
) -> None:
    assert post(desk, cohort, "save", NEW).status_code == 302
    letter = cast.printed(yi)
    assert letter.facts["text_version"] == 1
    assert letter.facts["paragraphs"][1] == "带上身份证来报到。"
    assert "阿怡，祝贺你！你已被2026级学历能力提升专班录取" in text_of(content_of(letter))
    assert audit.trail(cohort).filter(action="letter.text_changed").count() == 1


def test_a_letter_keeps_the_words_it_was_issued_with(
    cohort: Cohort, yi: Student, zhou: User
) -> None:
    letter = issuing.issue(yi, by=zhou, at=AT)
    texts.change(cohort, texts.kept(NEW), after=0, by=zhou, at=LATER)
    cast.print_all()
    letter.refresh_from_db()
    assert letter.facts["text_version"] == 0
    assert letter.facts["paragraphs"][1] == TEXT[1]
    assert "带上身份证来报到" not in text_of(content_of(letter))


def test_trying_shows_the_three_hardest_names_and_saves_nothing(
    desk: Client, cohort: Cohort, units: people.Units
) -> None:
    for no, name in enumerate(("王", "阿卜杜拉·买买提艾力", "李𬱖")):
        factories.make_student(units, name, f"+8613700004{no:03d}", cohort=cohort)
    page = post(desk, cohort, "try", NEW)
    assert page.status_code == 200
    assert page.content.decode().count("data:image/png;base64,") == 3
    for name in ("王", "阿卜杜拉·买买提艾力", "李𬱖"):
        assert name in page.content.decode()
    assert not LetterText.objects.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{专业}和{工资}", "不认识{工资}"),
        ("{专业}和{姓名", "大括号要成对"),
        ("{专业}和*突出", "星号要成对"),
        ("祝贺你！", "要有 {专业}"),
        ("", "还有几处要改"),
        ("{专业}" + "很长" * 400, "600"),
    ],
)
def test_a_text_that_cannot_be_set_is_refused_and_not_lost(
    desk: Client, cohort: Cohort, yi: Student, text: str, said: str
) -> None:
    page = post(desk, cohort, "save", text)
    assert page.status_code == 400
    assert said in page.content.decode()
    assert text[:20] in page.content.decode()
    assert not LetterText.objects.exists()


def test_a_text_that_does_not_fit_with_the_longest_name_is_refused(
    desk: Client, cohort: Cohort, units: people.Units
) -> None:
    factories.make_student(units, "阿卜杜热合曼·" * 12 + "艾力", "+8613700004001", cohort=cohort)
    page = post(desk, cohort, "save", "{专业}\n" + "一段\n" * 60)
    assert page.status_code == 400
    assert "一页放不下" in page.content.decode()


def test_of_two_who_edit_together_the_second_is_told(
    desk: Client, cohort: Cohort, yi: Student, zhou: User
) -> None:
    texts.change(cohort, texts.kept(NEW), after=0, by=zhou, at=AT)
    page = post(desk, cohort, "save", "另一个{专业}的正文。", after=0)
    assert page.status_code == 400
    assert "刚刚有同事改过正文" in page.content.decode()
    assert "另一个{专业}的正文。" in page.content.decode()
    assert LetterText.objects.count() == 1


def test_a_text_survives_being_edited() -> None:
    assert texts.typed(texts.kept(NEW)) == NEW


def test_an_outsider_does_not_see_the_text(
    client: Client, cohort: Cohort, db: None, outsider: User
) -> None:
    client.force_login(outsider)
    assert client.get(here(cohort)).status_code in (403, 404)
