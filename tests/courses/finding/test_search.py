"""What a student finds, where it leads, and what stays hidden; the same on every database."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from courses.catalogue.pages import CoursePage, LessonPage
from courses.finding import jobs
from courses.finding.models import Passage
from courses.learning import access
from enrollment.api import Student
from lms.accounts.models import User
from media import api as media_api
from media.captions import versions
from tests import factories, people
from tests.courses import teaching
from tests.courses.teaching import Taught

pytestmark = pytest.mark.django_db

CAPTIONS = """WEBVTT

00:01.000 --> 00:04.000
大家好，今天讲拣货

02:05.000 --> 02:09.000
这一步叫波次，先把单子
并成一批
"""


@pytest.fixture
def course(taught: Taught) -> Taught:
    """The lesson of 阿怡's course says many things."""
    page = taught.lesson_page
    page.body = [
        teaching.video(taught.film),
        teaching.text("现代物流管理靠供应链。快递送到站点，司机再送到家。"),
        {"type": "key_terms", "id": "k1", "value": [
            {"type": "item", "id": "k11", "value": {"term": "ＳＫＵ", "meaning": "库存的最小单位"}}
        ]},
    ]  # fmt: skip
    teaching.publish(page)
    versions.save(taught.film, CAPTIONS, base=0, source=versions.Source.EDIT, by=None, at=people.AT)
    jobs.captions_changed(media_api.CaptionsChanged(taught.film.pk, people.AT))
    return taught


@pytest.fixture
def phone(yi: Student, client: Client) -> Client:
    client.force_login(yi.user)
    return client


def found(phone: Client, query: str, **more: object) -> list[str]:
    """Titles of the lessons that are found."""
    answer = phone.get("/learn/search/", {"q": query, **more})
    assert answer.status_code == 200
    return ["".join(piece.text for piece in hit["title"]) for hit in answer.context["hits"]]


@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("物流", True), ("物流管理", True), ("供应链", True), ("链", True), ("快递 司机", True),
        ("ｓｋｕ", True), ("sk", True), ("电商", False), ("流物", False), ("快递司机", False),
        ("快递 电商", False), ("波次", True), ("单子并成", True), ("%", False), ("'; --", False),
        ("\"物流\" OR 1", False),
    ],
)  # fmt: skip
def test_words_are_found_where_they_stand(
    phone: Client, course: Taught, query: str, is_there: bool
) -> None:
    assert found(phone, query) == (["物流是什么"] if is_there else [])


def test_a_hit_in_a_film_leads_to_its_second(phone: Client, course: Taught) -> None:
    html = phone.get("/learn/search/", {"q": "波次"}).content.decode()

    assert f'{course.lesson.uuid}/#at-{course.unit("video").uuid}-125"' in html
    assert "<mark>波次</mark>" in html
    assert "2:05" in strip_tags(html)


def test_a_draft_is_never_found(phone: Client, course: Taught) -> None:
    page = LessonPage.objects.get(pk=course.lesson_page.pk)
    page.title, page.summary = "秘密讲义", "秘密"
    page.save_revision()
    call_command("index_lessons")

    assert found(phone, "秘密") == []


def test_what_was_withdrawn_is_not_found_until_it_is_back(phone: Client, course: Taught) -> None:
    course.lesson_page.unpublish()
    assert found(phone, "物流") == []

    teaching.publish(LessonPage.objects.get(pk=course.lesson_page.pk))
    assert found(phone, "物流") == ["物流是什么"]


def test_words_that_were_struck_out_are_not_found_any_more(phone: Client, course: Taught) -> None:
    page = LessonPage.objects.get(pk=course.lesson_page.pk)
    page.body = [teaching.text("只讲仓库。")]
    teaching.publish(page)

    assert found(phone, "供应链") == found(phone, "波次") == []
    assert found(phone, "仓库") == ["物流是什么"]


def test_a_publishing_that_is_undone_leaves_the_old_words(phone: Client, course: Taught) -> None:
    page = LessonPage.objects.get(pk=course.lesson_page.pk)
    page.body = [teaching.text("只讲仓库。")]
    with pytest.raises(RuntimeError), transaction.atomic():
        page.save_revision().publish()
        raise RuntimeError
    assert found(phone, "供应链") == ["物流是什么"]
    assert found(phone, "仓库") == []


def test_a_student_finds_nothing_of_another_programme(
    course: Taught, units: people.Units, client: Client
) -> None:
    other = factories.make_student(units, "小陈", "+8613700000009", programme="NM")
    client.force_login(other.user)

    assert found(client, "物流") == []


def test_somebody_without_a_class_finds_open_courses_only(
    course: Taught, outsider: User, client: Client
) -> None:
    page = teaching.make_course(course.programme, "学堂")
    page.is_open = True
    teaching.publish(page)
    teaching.make_lesson(CoursePage.objects.get(pk=page.pk), "人人物流", [teaching.text("物流")])
    client.force_login(outsider)

    assert found(client, "物流") == ["人人物流"]


def test_a_moved_lesson_is_found_in_its_new_programme(
    course: Taught, units: people.Units, client: Client
) -> None:
    other = factories.make_student(units, "小陈", "+8613700000009", programme="NM")
    there = teaching.make_course(teaching.make_programme("NM", "网络营销"), "营销")
    course.lesson_page.move(there, pos="last-child")
    client.force_login(other.user)

    assert found(client, "供应链") == ["物流是什么"]
    assert set(
        Passage.objects.filter(lesson=course.lesson).values_list("course__title", flat=True)
    ) == {"营销"}


def test_a_title_comes_before_a_text_and_a_course_before_both(
    phone: Client, course: Taught
) -> None:
    teaching.make_lesson(course.course_page, "供应链入门", [teaching.text("从头讲。")])
    page = CoursePage.objects.get(pk=course.course_page.pk)
    page.summary = "供应链的第一门课"
    teaching.publish(page)
    answer = phone.get("/learn/search/", {"q": "供应链"})

    assert found(phone, "供应链") == ["供应链入门", "物流是什么"]
    assert [one["title"] for one in answer.context["courses"]] == ["物流学概论"]


def test_rebuilding_changes_nothing_that_is_found(phone: Client, course: Taught) -> None:
    def kept() -> list[tuple[int, int, str, str]]:
        return sorted(Passage.objects.values_list("kind", "order", "text", "tokens"))

    before = kept()
    Passage.objects.all().delete()
    assert found(phone, "物流") == []

    call_command("index_lessons")

    assert kept() == before
    assert found(phone, "物流") == ["物流是什么"]


def test_an_empty_search_asks_for_a_word_and_nonsense_is_answered_kindly(phone: Client) -> None:
    assert "没有找到" not in phone.get("/learn/search/").content.decode()
    assert "没有找到" in phone.get("/learn/search/?q=%E2%98%83%20zzz").content.decode()
    assert phone.get("/learn/search/?q=%01&page=x").status_code == 200


def test_a_page_of_results_costs_the_same_for_two_lessons_and_for_thirty(
    phone: Client, course: Taught
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            phone.get("/learn/search/", {"q": "物流 供应链"})
        return len(asked)

    teaching.make_lesson(course.course_page, "第二讲", [teaching.text("物流与供应链")])
    few = cost()
    for number in range(30):
        teaching.make_lesson(course.course_page, f"第 {number} 讲", [teaching.text("物流与供应链")])
    access.recount(course.course, at=people.AT)

    assert cost() == few <= 10
