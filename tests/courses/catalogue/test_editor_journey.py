"""An editor goes from an empty programme to a published course through the forms of the back office alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import Page
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from courses.catalogue.models import Course, Unit
from courses.catalogue.pages import CoursePage, LessonPage
from courses.learning import access
from courses.quizzes.models import Quiz
from lms.accounts.models import User
from media.models import Rendition
from tests import factories, people
from tests.courses import teaching
from tests.courses.quizzes.test_backoffice import posted, single

pytestmark = pytest.mark.django_db

CAPTIONS = "WEBVTT\n\n00:01.000 --> 00:04.000\n大家好，今天讲拣货\n"


@pytest.fixture
def office(he: User, client: Client) -> Client:
    client.force_login(he)
    return client


def form(**fields: Any) -> dict[str, Any]:
    """What Wagtail's form of a page sends."""
    data: dict[str, Any] = nested_form_data({**fields, "comments": inline_formset([])})
    return data


def add(office: Client, parent: Page, kind: str, data: dict[str, Any]) -> str:
    address = reverse("wagtailadmin_pages:add", args=["courses", kind, parent.pk])
    answer = office.post(address, data, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def lesson_form(film: int, quiz: int, **more: Any) -> dict[str, Any]:
    body = [
        ("video", str(film)),
        ("text", rich_text("<p>拣货先看波次。</p>")),
        ("key_terms", {"count": "1", "0": {"value": {"term": "波次", "meaning": "一批一起拣的单"}, "deleted": "", "order": "0", "id": "t1"}}),
        ("callout", {"tone": "tip", "body": rich_text("<p>轻拿轻放</p>")}),
        ("quiz", str(quiz)),
    ]  # fmt: skip
    return form(
        title="怎么拣货", slug="picking", summary="从波次讲起", objectives="会看波次", minutes=0,
        body=streamfield(body), **more,
    )  # fmt: skip


def test_from_an_empty_course_to_what_a_student_reads(
    office: Client, units: people.Units, he: User
) -> None:
    programme = teaching.make_programme()
    film = teaching.make_video("拣货实拍")
    Rendition.objects.create(video=film, kind="audio", name="audio", path="a", size_bytes=1)

    # The course, then the quiz.
    course = form(title="仓储实务", slug="storing", summary="入门", objectives="", credits=2)
    add(office, programme, "coursepage", {**course, "action-publish": "1"})
    course_page = CoursePage.objects.get(slug="storing")
    assert Course.objects.get(page_id=course_page.pk).credits == 2
    add_quiz = reverse("wagtailsnippets_courses_quiz:add")
    assert office.post(add_quiz, posted("拣货小测", single("先看什么？"))).status_code == 302
    quiz = Quiz.objects.get(title="拣货小测")

    # The lesson: refused while the film has no captions, but kept.
    html = add(
        office, course_page, "lessonpage", lesson_form(film.pk, quiz.pk, **{"action-publish": "1"})
    )
    assert "草稿已经保存，但还不能发布" in html
    assert "还没有字幕" in html
    page = LessonPage.objects.get(slug="picking")
    assert not page.live
    assert not Unit.objects.exists()

    # Captions, a look at it as a student will see it, and out.
    captions = reverse("wagtailsnippets_media_video:captions", args=[film.pk])
    office.post(captions, {"do": "save", "base": "0", "captions_vtt": CAPTIONS})
    draft = office.get(reverse("wagtailadmin_pages:view_draft", args=[page.pk])).content.decode()
    assert "拣货先看波次" in draft
    assert "一批一起拣的单" in draft
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    office.post(edit, lesson_form(film.pk, quiz.pk, **{"action-publish": "1"}), follow=True)
    page.refresh_from_db()
    assert page.live

    # A student has it, and finds what is said in the film.
    student = factories.make_student(units)
    access.open_access(student, at=people.AT)
    phone = Client()
    phone.force_login(student.user)
    kinds = list(Unit.objects.order_by("order").values_list("kind", flat=True))
    assert kinds == ["video", "text", "quiz"]
    assert "仓储实务" in phone.get("/learn/courses/").content.decode()
    found = phone.get("/learn/search/?q=今天讲拣货").content.decode()
    assert "怎么拣货" in found
    assert "0:01" in found


def test_a_course_is_copied_from_the_back_office_and_published_on_its_own(
    office: Client, he: User
) -> None:
    taught = teaching.make_taught()
    address = reverse("wagtailadmin_pages:copy", args=[taught.course_page.pk])
    data = {
        "new_title": "物流学概论（学堂）", "new_slug": "open-logistics",
        "new_parent_page": str(taught.programme.pk), "copy_subpages": "on", "publish_copies": "on",
    }  # fmt: skip

    assert office.post(address, data).status_code == 302

    copy = Course.objects.get(title="物流学概论（学堂）")
    assert copy.uuid != taught.course.uuid
    assert copy.lessons.get().units.count() == 3
    assert set(copy.lessons.get().units.values_list("uuid", flat=True)).isdisjoint(
        taught.lesson.units.values_list("uuid", flat=True)
    )


def test_tables_and_sounds_are_shown_to_a_student(units: people.Units, client: Client) -> None:
    from django.core.files.base import ContentFile
    from wagtail.documents import get_document_model

    sound = get_document_model()(title="访谈")
    sound.file.save("talk.mp3", ContentFile(b"ID3"))
    table = {
        "columns": [{"type": "text", "heading": "方式"}, {"type": "text", "heading": "成本"}],
        "rows": [{"values": ["公路", "高"]}, {"values": ["铁路", "低"]}],
        "caption": "两种方式",
    }
    course = teaching.make_course(teaching.make_programme())
    lesson = teaching.make_lesson(
        course, "运输", [
            {"type": "table", "value": table, "id": "t"},
            {"type": "audio", "value": {"title": "听一段", "file": sound.pk, "words": "师傅说慢点开"}, "id": "a"},
        ],
    )  # fmt: skip
    student = factories.make_student(units)
    access.open_access(student, at=people.AT)
    client.force_login(student.user)

    html = client.get(lesson.url, follow=True).content.decode()

    assert '<th scope="col">方式</th>' in html
    assert "<td>铁路</td>" in html
    assert "师傅说慢点开" in html
    assert f'src="{sound.url}"' in html
    assert "talk" in sound.url
    found = client.get("/learn/search/?q=慢点开 铁路").content.decode()
    assert "运输" in found
