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
from courses.quizzes import bank as banks
from courses.quizzes import drawing
from courses.quizzes.models import Question, QuestionBank, Quiz
from media.models import Video
from tests.courses.archives import backups, builders
from tests.courses.archives.conftest import Bring
from tests.courses.teaching import publish
from tests.people import AT

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


@pytest.mark.parametrize("field", ["cc_maxattempts", "qmd_timelimit"])
def test_no_limit_written_as_a_negative_number_is_no_limit(take: Bring, field: str) -> None:
    said = re.sub(
        rf"({field}</fieldlabel><fieldentry>)\d+", r"\1-1", builders.assessment(builders.ITEMS)
    )

    batch = take(builders.cartridge(**{"quiz/q.xml": said}))

    assert batch.state == "done", batch.problem
    wanted = (20, None) if field == "cc_maxattempts" else (None, 3)
    assert Quiz.objects.values_list("minutes", "tries").get() == wanted


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


def set_up(quiz: Quiz) -> tuple:
    """All that an editor can set of a quiz."""
    quiz.refresh_from_db()
    items = list(quiz.items.values_list("question", "order", "points"))
    draws = list(quiz.draws.values_list("count", "tag", "points"))
    return quiz.title, quiz.pass_percent, quiz.minutes, quiz.tries, items, draws


def corrected(question: Question) -> Question:
    """The question as an editor words it here."""
    said = question.versions.order_by("-number")[0]
    banks.word(question, banks.Wording("改正过的题", said.body), at=AT)
    return question


def one_page_changed() -> dict[str, bytes | str]:
    files = builders.cartridge_files()
    return files | {"pages/one.html": str(files["pages/one.html"]).replace("五步", "六步")}


def test_again_leaves_quizzes_and_questions_alone_that_the_source_did_not_change(
    take: Bring,
) -> None:
    course = Page.objects.get(pk=take(builders.cartridge()).course_page_id)
    quiz = Quiz.objects.get()
    Quiz.objects.update(title="期末小测", pass_percent=80, minutes=60, tries=1)
    first, second, *_rest = quiz.items.all()
    wrong = corrected(first.question)
    second.delete()
    quiz.items.filter(pk=first.pk).update(points=5)
    quiz.items.create(question=Question.objects.create(kind="single"), order=9)
    quiz.draws.create(bank=QuestionBank.objects.get(), count=1)
    before = set_up(quiz)

    again = take(builders.zipped(one_page_changed()), update_of=course)

    assert set_up(quiz) == before
    assert wrong.versions.order_by("-number")[0].stem == "改正过的题"
    assert not again.lines.filter(sentence__contains="在来源里改了").exists()


def test_again_takes_over_what_the_source_changed_and_leaves_the_limits(take: Bring) -> None:
    course = Page.objects.get(pk=take(builders.cartridge()).course_page_id)
    quiz, bank = Quiz.objects.get(), QuestionBank.objects.get()
    Question.objects.update(review="ready")
    drawing.release(bank, by=None, at=AT)
    Quiz.objects.update(pass_percent=80, minutes=60, tries=1)
    single, many, _truth, word, essay, _pattern = [one.question for one in quiz.items.all()]
    corrected(single)
    own = Question.objects.create(kind="single")
    quiz.items.create(question=own, order=9)
    items = builders.ITEMS.replace("先做什么", "最先做什么").replace("退货叫", "退回叫")
    items = items.replace('ident="essay"', 'ident="talk"')
    changed = builders.cartridge(**{"quiz/q.xml": builders.assessment(items, "新测验")})

    again = take(changed, update_of=course)

    quiz.refresh_from_db()
    assert (quiz.title, quiz.pass_percent, quiz.minutes, quiz.tries) == ("新测验", 80, 60, 1)
    asked = [one.question for one in quiz.items.all()]
    assert own in asked
    assert essay not in asked
    assert Question.objects.latest("pk") in asked
    word.refresh_from_db()
    assert word.review == "waiting"
    assert "退回叫" in word.versions.get(number=2).stem
    # What is drawn stays what was released.
    drawn = drawing.candidates(quiz.draws.create(bank=bank, count=1))
    assert list(drawn.filter(question=word)) == [word.versions.get(number=1)]
    assert single.versions.order_by("-number")[0].stem == "改正过的题"
    assert many.versions.count() == 1
    notes = again.lines.filter(about__in=("quiz", "question"))
    for said in ("限时和次数没有动", "马上就用新写法", "留着这里的写法"):
        assert notes.filter(sentence__contains=said).count() == 1

    once_more = take(changed, update_of=course)

    assert not once_more.lines.filter(sentence__contains="在来源里改了").exists()


def test_a_question_that_became_one_of_another_kind_is_left_and_named(take: Bring) -> None:
    """Its wording under the old kind would be marked wrongly, or refuse the whole course."""
    course = Page.objects.get(pk=take(builders.cartridge()).course_page_id)
    word = Question.objects.get(kind="fill", versions__stem__contains="退货叫")
    Question.objects.filter(pk=word.pk).update(kind="short")
    items = builders.ITEMS.replace("退货叫", "退回叫")

    again = take(builders.cartridge(**{"quiz/q.xml": builders.assessment(items)}), update_of=course)

    assert again.state == "done"
    assert word.versions.count() == 1
    assert again.lines.filter(sentence__contains="换了题型").count() == 1


@pytest.mark.parametrize("changed_here", [False, True])
def test_again_exchanges_draws_that_nobody_changed_here(take: Bring, changed_here: bool) -> None:
    files = builders.backup_files()
    course = Page.objects.get(pk=take(builders.zipped(files), "c.mbz").course_page_id)
    draw = Quiz.objects.get(title="单元测验").draws.get()
    if changed_here:
        Quiz.objects.get(title="单元测验").draws.update(count=4)
    name = "activities/quiz_40/quiz.xml"
    changed = str(files[name]).replace("<maxmark>1</maxmark>", "<maxmark>2</maxmark>")

    again = take(builders.zipped(files | {name: changed}), "c.mbz", update_of=course)

    assert again.state == "done", again.problem
    now = Quiz.objects.get(title="单元测验").draws.get()
    assert (now.count, now.points) == ((4, draw.points) if changed_here else (1, 2))
    said = again.lines.filter(sentence__contains="抽题这里有人改过")
    assert said.exists() == changed_here


def test_a_course_that_came_before_its_quizzes_were_kept_in_mind_is_left_as_it_is(
    take: Bring,
) -> None:
    course = Page.objects.get(pk=take(builders.cartridge()).course_page_id)
    ImportedPage.objects.update(said=None)
    quiz = Quiz.objects.get()
    Quiz.objects.update(tries=1)
    first = quiz.items.all()[0]
    wrong = corrected(first.question)
    quiz.items.filter(pk=first.pk).update(points=5)
    before = set_up(quiz)

    again = take(builders.zipped(one_page_changed()), update_of=course)

    assert set_up(quiz) == before
    assert wrong.versions.count() == 2
    assert again.lines.filter(about="quiz", sentence__contains="小测没有动").exists()
    items = builders.ITEMS.replace('ident="essay"', 'ident="talk"')
    take(builders.cartridge(**{"quiz/q.xml": builders.assessment(items)}), update_of=course)
    assert quiz.items.get(question=wrong).points == 5
    assert quiz.items.count() == len(before[4])
    assert Question.objects.latest("pk") in [one.question for one in quiz.items.all()]


def test_again_says_that_somebody_edited_a_lesson_only_when_somebody_did(take: Bring) -> None:
    course = Page.objects.get(pk=take(builders.cartridge()).course_page_id)
    edited = "导入以后有人改过这一讲"

    again = take(builders.zipped(one_page_changed()), update_of=course)

    assert not again.lines.filter(sentence__contains=edited).exists()
    page, _other = lessons(again)
    page.save_revision()
    third = take(builders.cartridge(), update_of=course)
    assert [line.name for line in third.lines.filter(sentence__contains=edited)] == [page.title]


def test_again_as_a_new_course_shares_nothing_but_files(take: Bring) -> None:
    one, two = take(builders.cartridge()), take(builders.cartridge())

    assert one.course_page_id != two.course_page_id
    assert Quiz.objects.count() == 2
    assert Question.objects.count() == 14
    assert Video.objects.count() == 1
    assert get_image_model().objects.count() == 1
    assert ImportedPage.objects.filter(key="").count() == 2
