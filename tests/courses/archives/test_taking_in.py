"""A cartridge, a backup and an Open edX export become drafts in which everything stands in its place."""

from __future__ import annotations

import re

import pytest
from django.core.files.storage import default_storage
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page

from courses.archives.models import CourseImport, ImportedPage
from courses.catalogue.models import Unit
from courses.catalogue.pages import CoursePage, LessonPage
from courses.quizzes.models import Question, QuestionBank, Quiz
from media.models import Video
from tests.courses.archives import backups, builders
from tests.courses.archives.conftest import Bring
from tests.courses.teaching import publish

pytestmark = pytest.mark.django_db
ALL = {
    "cartridge 1.1": lambda: builders.cartridge("1.1"),
    "cartridge 1.2": lambda: builders.cartridge("1.2"),
    "cartridge 1.3": lambda: builders.cartridge("1.3"),
    "backup, zip, 4.x": lambda: builders.zipped(builders.backup_files()),
    "backup, tar, 3.x": lambda: builders.tarred(builders.backup_files(modern=False)),
    "backup, tar, 5.x": lambda: builders.tarred(backups.files()),
    "olx": lambda: builders.tarred(builders.olx_files()),
}


def lessons(batch: CourseImport) -> list[LessonPage]:
    assert batch.course_page is not None
    return [
        page.get_latest_revision_as_object()
        for page in LessonPage.objects.child_of(batch.course_page).order_by("path")
    ]


def kinds(page: LessonPage) -> list[str]:
    return [raw["type"] for raw in page.body.raw_data]


def raw(page: LessonPage, kind: str) -> list:
    return [one["value"] for one in page.body.raw_data if one["type"] == kind]


@pytest.mark.parametrize("make", ALL.values(), ids=ALL)
def test_a_dry_run_writes_nothing_but_its_lines(make, bring: Bring) -> None:
    before = (Page.objects.count(), Question.objects.count(), Video.objects.count())

    batch = bring(make())

    assert batch.state == "ready", batch.problem
    assert {"mapped", "simplified", "left_out"} == set(batch.counts)
    assert (Page.objects.count(), Question.objects.count(), Video.objects.count()) == before
    assert not get_image_model().objects.exists()
    assert not get_document_model().objects.exists()


@pytest.mark.parametrize("make", ALL.values(), ids=ALL)
def test_what_comes_in_is_a_draft_without_a_broken_link(make, take: Bring) -> None:
    batch = take(make())

    assert batch.state == "done", batch.problem
    course = CoursePage.objects.get(pk=batch.course_page_id)
    assert not course.live
    assert not Unit.objects.exists()
    ids = set(Page.objects.values_list("pk", flat=True))
    documents = set(get_document_model().objects.values_list("pk", flat=True))
    pages = lessons(batch)
    assert pages
    for page in pages:
        assert not page.live
        for html in raw(page, "text"):
            assert not re.search(r"page:|file:|@@|\$@|IMS-CC|javascript|<script|on\w+=", html)
            assert {int(n) for n in re.findall(r'linktype="page" id="(\d+)"', html)} <= ids
            found = {int(n) for n in re.findall(r'linktype="document" id="(\d+)"', html)}
            assert found <= documents
        for value in raw(page, "image"):
            assert default_storage.exists(
                get_image_model().objects.get(pk=value["image"]).file.name
            )
        for key in raw(page, "attachment"):
            assert key in documents
        for key in raw(page, "video"):
            assert Video.objects.get(pk=key).captions_vtt
        for key in raw(page, "quiz"):
            assert Quiz.objects.get(pk=key).items.exists()
    assert batch.file.name == ""


def test_a_cartridge_in_detail(take: Bring) -> None:
    first, second = lessons(take(builders.cartridge()))

    assert (first.title, second.title) == ("第一章 收货", "第二章 盘点")
    assert first.summary == "收货的五步"
    assert kinds(first) == ["text", "image", "text", "video", "text", "quiz"]
    assert kinds(second) == ["video"]
    assert "｜300" in "".join(raw(first, "text"))
    quiz = Quiz.objects.get(pk=raw(first, "quiz")[0])
    assert (quiz.title, quiz.minutes, quiz.tries) == ("第一章测验", 20, 3)
    asked = [item.question for item in quiz.items.all()]
    assert [one.kind for one in asked] == [
        "single", "multiple", "true_false", "fill", "short", "fill",
    ]  # fmt: skip
    assert [item.points for item in quiz.items.all()] == [2] * 6
    assert re.search(r"image:\d+\)", asked[0].versions.get().stem)
    bank = QuestionBank.objects.get()
    assert bank.questions.count() == 7
    assert set(bank.questions.values_list("review", flat=True)) == {"waiting"}
    # One recording that two lessons show is one film.
    assert raw(first, "video") == raw(second, "video")


def test_a_backup_in_detail(take: Bring) -> None:
    first, second = lessons(take(builders.zipped(builders.backup_files()), "c.mbz"))

    assert (first.title, second.title) == ("第一单元", "第 2 单元")
    assert kinds(first).count("attachment") == 2
    assert {"term": "仓容", "meaning": "能放多少"} in [
        term["value"] for term in raw(first, "key_terms")[0]
    ]
    task, quiz = (Quiz.objects.get(pk=key) for key in raw(first, "quiz"))
    assert task.items.get().question.kind == "upload"
    assert [item.question.kind for item in quiz.items.all()] == [
        "single", "true_false", "fill", "numeric", "matching", "upload", "case",
    ]  # fmt: skip
    draw = quiz.draws.get()
    assert (draw.tag, draw.count, draw.bank) == ("仓储题", 1, QuestionBank.objects.get())
    words = "".join(raw(first, "text"))
    assert words.index("第一节") < words.index("第二节")


def test_an_olx_export_in_detail(take: Bring) -> None:
    first, second = lessons(take(builders.tarred(builders.olx_files()), "c.tar.gz"))

    assert (first.title, second.title) == ("第一章 · 收货", "第一章 · 盘点")
    assert kinds(first) == ["text", "image", "text", "video", "text", "quiz"]
    film = Video.objects.get(pk=raw(first, "video")[0])
    assert "你好" in film.captions_vtt
    assert [i.question.kind for i in Quiz.objects.get().items.all()] == [
        "single", "multiple", "numeric", "fill", "single",
    ]  # fmt: skip
    assert raw(second, "text") == ["<p>数清楚</p>"]


def test_again_into_the_same_course_keeps_every_unit_and_what_the_editor_added(
    take: Bring,
) -> None:
    batch = take(builders.cartridge())
    course = Page.objects.get(pk=batch.course_page_id)
    publish(course.specific)
    first, second = lessons(batch)
    own = {"type": "text", "value": "<p>编辑加的</p>", "id": "11111111-1111-4111-8111-111111111111"}
    first.body = [*first.body.raw_data[:2], own, *first.body.raw_data[2:]]
    publish(first)
    publish(second)
    units = dict(Unit.objects.values_list("block_id", "pk"))
    changed = builders.cartridge_files()
    changed["pages/one.html"] = str(changed["pages/one.html"]).replace("五步", "六步")

    again = take(builders.zipped(changed), update_of=course)

    assert again.state == "done", again.problem
    assert again.course_page_id == batch.course_page_id
    page, _other = lessons(again)
    assert "六步" in "".join(raw(page, "text"))
    assert [one["id"] for one in page.body.raw_data].count(own["id"]) == 1
    assert page.body.raw_data[2]["id"] == own["id"]
    assert LessonPage.objects.get(pk=page.pk).live  # as published before: the news is a draft
    assert "五步" in str(LessonPage.objects.get(pk=page.pk).body.raw_data[0]["value"])
    publish(page)
    assert dict(Unit.objects.values_list("block_id", "pk")) == units
    assert not Unit.objects.exclude(retired_at=None).exists()
    assert Question.objects.count() == 7
    assert again.lines.filter(sentence__contains="和上次导入的一样").exists()


def test_again_as_a_new_course_shares_nothing_but_files(take: Bring) -> None:
    one, two = take(builders.cartridge()), take(builders.cartridge())

    assert one.course_page_id != two.course_page_id
    assert Quiz.objects.count() == 2
    assert Question.objects.count() == 14
    assert Video.objects.count() == 1
    assert get_image_model().objects.count() == 1
    assert ImportedPage.objects.filter(key="").count() == 2
