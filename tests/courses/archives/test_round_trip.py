"""A course that leaves as a cartridge and comes back is the same course: every block, every kind of question."""

from __future__ import annotations

import hashlib
import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from hypothesis import HealthCheck, given, settings
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page

from courses.archives import opening, reading
from courses.archives.exporting import cartridge
from courses.archives.found import Course
from courses.catalogue.pages import CoursePage, LessonBody, LessonPage, ProgrammePage
from courses.quizzes import kinds
from courses.quizzes.exporting import banks
from courses.quizzes.importing import sheet, writing
from courses.quizzes.importing.items import Item
from courses.quizzes.models import Question, QuestionBank, Quiz, QuizDraw, QuizItem
from media.api import add_video
from media.models import Video
from tests.courses.archives import builders
from tests.courses.archives.conftest import Bring
from tests.courses.quizzes import samples
from tests.people import AT

pytestmark = pytest.mark.django_db


def block(kind: str, value: Any, number: int) -> dict[str, Any]:
    return {"type": kind, "value": value, "id": f"00000000-0000-4000-8000-{number:012d}"}


@pytest.fixture
def course(programme: ProgrammePage, shelf: Path, tmp_path: Path) -> CoursePage:
    """Every block there is, every kind of question, links in all directions."""
    plan = builders.png("navy", (300, 200))
    sha1 = hashlib.sha1(plan, usedforsecurity=False).hexdigest()
    image = get_image_model()(title="库区平面图", file_hash=sha1)  # as its form in the office does
    image.file.save("map.png", ImageFile(io.BytesIO(plan), name="map.png"), save=False)
    image.save()
    document = get_document_model()(title="检查表 2026")
    document.file.save("sheet.pdf", ContentFile(b"%PDF-1.4 round trip"), save=False)
    document.save()
    sound = get_document_model()(title="一问一答")
    sound.file.save("talk.mp3", ContentFile(b"ID3" + bytes(2000)), save=False)
    sound.save()
    path = tmp_path / "lecture.mp4"
    path.write_bytes(builders.film())
    chapters = [{"start_s": 0, "title": "开场"}, {"start_s": 61.5, "title": "收货"}]
    film = add_video(
        path, title="收货录像 & 盘点", by=None, at=AT, captions_vtt=builders.VTT, chapters=chapters
    )
    bank = QuestionBank.objects.create(title="仓储题库")
    items = [line.item for line in sheet.read(sheet.template()).lines if line.item]
    assert {item.kind for item in items} == set(kinds.ALL)
    shown = Item("single", f"看图 ![图](image:{image.pk})", items[0].body, difficulty=3, points=4)
    asked = writing.write(bank, [*items, shown], {}, by=None, at=AT, review="ready")
    test = Quiz.objects.create(title="总测验 <1>", pass_percent=75, minutes=30, tries=2)
    for order, question in enumerate(reversed(asked)):
        QuizItem.objects.create(quiz=test, question=question, order=order, points=order + 1)
    QuizDraw.objects.create(quiz=test, bank=bank, count=2, tag="仓储", difficulty=1, points=3)

    page = CoursePage(
        title="仓储实务", slug="warehouse", summary="从收货到盘点", objectives="会收货\n会“盘点”",
        credits=4, live=False,
    )  # fmt: skip
    programme.add_child(instance=page)
    second = LessonPage(title="第二讲 & 其他", slug="second", summary="短", minutes=7, live=False)
    first = LessonPage(
        title="第一讲", slug="first", summary='说"收货"', objectives="甲\n乙", live=False
    )
    page.add_child(instance=first)
    page.add_child(instance=second)
    words = (
        f'<h3>五步</h3><p>先<b>核对</b>，见<a linktype="page" id="{second.pk}">下一讲</a>、'
        f'<a linktype="document" id="{document.pk}">检查表</a>和<a href="https://example.org/?a=1&amp;b=2">网站</a>。</p>'
        "<ul><li>单据</li><li>件数<ol><li>箱</li></ol></li></ul><h4>公式</h4><p>H<sub>2</sub>O，x<sup>2</sup>&lt;3<br/>完</p>"
    )
    first.body = [
        block("text", words, 1),
        block("text", "<p>另起一块</p>", 2),
        block("image", {"image": image.pk, "caption": "平面图 & 说明"}, 3),
        block("video", film.pk, 4),
        block("callout", {"tone": "exam", "body": "<p>必考<b>一</b></p>"}, 5),
        block("callout", {"tone": "warning", "body": "<p>小心</p><ul><li>叉车</li></ul>"}, 6),
        block("quiz", test.pk, 7),
        block("case", {"title": "小李 <的> 店", "body": "<p>租金</p><p>成本</p>", "question": "多少？"}, 8),
        block("case", {"title": "没有问题", "body": "<h3>标题</h3><p>x</p>", "question": ""}, 9),
        block(
            "key_terms",
            [
                {"type": "item", "value": {"term": "仓容", "meaning": "能放多少 <件>"}, "id": "00000000-0000-4000-8000-000000000099"},
                {"type": "item", "value": {"term": "周转", "meaning": "多快"}, "id": "00000000-0000-4000-8000-000000000098"},
            ],
            10,
        ),
        block("attachment", document.pk, 11),
        block("audio", {"title": "站长 & 骑手", "file": sound.pk, "words": "甲：<早>  好\n\n乙：早"}, 13),
        block(
            "table",
            {
                "caption": "三月 & 四月",
                "columns": [{"type": "text", "heading": one} for one in ("站点", "单量 <件>", "")],
                "rows": [{"values": ["思明", "300", ""]}, {"values": ["", " 集美  北 ", "*"]}],
            },
            14,
        ),
        block("table", {"caption": "", "columns": [{"type": "text", "heading": "空"}], "rows": []}, 15),
    ]  # fmt: skip
    second.body = [block("text", f'<p>回<a linktype="page" id="{first.pk}">上一讲</a></p>', 12)]
    for one in (page, first, second):
        one.save(clean=False)
        one.save_revision(clean=False)
    return page


def test_every_block_there_is_stands_in_this_test(course: CoursePage) -> None:
    first = LessonPage.objects.child_of(course).first()

    assert {raw["type"] for raw in first.body.raw_data} == set(LessonBody().child_blocks)


def told(course: Page) -> list[Any]:
    """A course in words that hold no key of this database."""
    pages = list(LessonPage.objects.child_of(course).order_by("path"))
    titles = {page.pk: page.title for page in pages}
    return [
        (course.title, course.summary, course.objectives, course.credits),
        *((page.title, page.summary, page.objectives, page.minutes) for page in pages),
        *([_block(raw, titles) for raw in page.body.raw_data] for page in pages),
    ]


def _block(raw: dict[str, Any], titles: dict[int, str]) -> Any:
    kind, value = raw["type"], raw["value"]
    if kind == "image":
        image = get_image_model().objects.get(pk=value["image"])
        with image.file.open("rb") as file:
            return kind, image.title, value["caption"], file.read()
    if kind == "video":
        film = Video.objects.get(pk=value)
        return kind, film.title, film.captions_vtt, film.chapters, film.sha256
    if kind == "attachment":
        return kind, _document(value)
    if kind == "quiz":
        return kind, _quiz(Quiz.objects.get(pk=value))
    if kind == "key_terms":
        return kind, [one["value"] for one in value]
    if kind == "text":
        return kind, _words(value, titles)
    if kind == "audio":
        return kind, {**value, "file": _document(value["file"])[1]}
    if kind == "table":
        return kind, value
    return kind, {**value, "body": _words(value["body"], titles)}


def _document(key: int) -> tuple[str, bytes]:
    document = get_document_model().objects.get(pk=key)
    with document.file.open("rb") as file:
        return document.title, file.read()


def _words(html: str, titles: dict[int, str]) -> str:
    def link(found: re.Match[str]) -> str:
        kind, key = found.groups()
        return titles[int(key)] if kind == "page" else _document(int(key))[0]

    return re.sub(r'linktype="(\w+)" id="(\d+)"', link, html)


def _quiz(quiz: Quiz) -> Any:
    rows = list(quiz.items.select_related("question"))
    items = {q.pk: item for q, item in banks.pairs(Question.objects.filter(items__in=rows))}
    return (
        quiz.title, quiz.pass_percent, quiz.minutes, quiz.tries,
        [(_item(items[row.question_id]), row.points) for row in rows],
        list(quiz.draws.values_list("count", "tag", "difficulty", "points")),
    )  # fmt: skip


def _item(item: Item) -> dict[str, Any]:
    said = item.as_json()
    said["stem"] = re.sub(r"image:\w+", "image", said["stem"])
    return said


def test_out_and_in_again_is_the_same_course(course: CoursePage, take: Bring) -> None:
    content = b"".join(cartridge.of(course).chunks())

    batch = take(content)

    assert batch.state == "done", batch.problem
    assert dict(batch.counts).get("left_out", 0) == 0
    again = CoursePage.objects.get(pk=batch.course_page_id)
    assert again.pk != course.pk
    assert told(again) == told(course)


def test_twice_around_changes_no_byte_of_the_pages(course: CoursePage, take: Bring) -> None:
    once = cartridge.of(
        CoursePage.objects.get(pk=take(b"".join(cartridge.of(course).chunks())).course_page_id)
    )
    names = [name for name in once.texts if name.endswith(".html")]
    assert len(names) == 3
    before = cartridge.of(course)
    for name in names:
        keyless = [
            re.sub(
                rb'data-id="[^"]*"|films/[\w-]+|documents/\d+/[\w.-]+|images/\d+/[\w.-]+',
                b"",
                made.texts[name],
            )
            for made in (before, once)
        ]
        assert keyless[0] == keyless[1], name


many = settings(
    max_examples=15, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip


@many
@given(item=samples.items())
def test_any_question_survives_the_cartridge(
    item: Item, tmp_path: Path, programme: ProgrammePage
) -> None:
    bank = QuestionBank.objects.create(title="任意")
    (question,) = writing.write(bank, [item], {}, by=None, at=AT)
    test = Quiz.objects.create(title="测")
    QuizItem.objects.create(quiz=test, question=question, points=3)
    page = CoursePage(title="课", slug=f"c-{test.pk}", summary="x", live=False)
    ProgrammePage.objects.get(pk=programme.pk).add_child(instance=page)
    lesson = LessonPage(
        title="讲", slug="l", summary="x", live=False, body=[block("quiz", test.pk, 1)]
    )
    page.add_child(instance=lesson)
    page.save_revision(clean=False)
    lesson.save_revision(clean=False)

    path = tmp_path / "out.imscc"
    path.write_bytes(b"".join(cartridge.of(page).chunks()))
    with opening.opened(path, tmp_path) as archive:
        read: Course = reading.read(archive).course

    (found,) = read.questions.values()
    assert found.as_json() | {"tags": sorted(found.tags)} == item.as_json() | {
        "tags": sorted(item.tags)
    }
