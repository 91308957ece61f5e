"""What stands in the backups of real Moodles, from 2.x to 5.x, and where it goes."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from PIL import Image

from courses.archives.desk import Desk
from courses.archives.found import Lesson, Quiz
from tests.courses.archives import backups, builders
from tests.courses.archives.test_hostile import look, within


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return look(builders.tarred(backups.files()), tmp_path)


def lesson(desk: Desk, title: str) -> Lesson:
    (found,) = [one for one in desk.course.lessons if one.title == title]
    return found


def words(lesson: Lesson) -> str:
    return "".join(block.value for block in lesson.blocks if block.kind == "text")


def quiz(desk: Desk, title: str) -> Quiz:
    (found,) = [one for one in desk.course.quizzes.values() if one.title == title]
    return found


def stems(desk: Desk, title: str) -> list[str]:
    return [desk.course.questions[key].stem for key, _points in quiz(desk, title).entries]


def said(desk: Desk, name: str) -> str:
    return "".join(line.sentence for line in desk.report.lines if line.name == name)


def test_a_subsection_is_a_lesson_right_behind_its_own(desk: Desk) -> None:
    assert [one.title for one in desk.course.lessons] == ["第 1 单元", "进阶", "实操"]
    first = words(lesson(desk, "第 1 单元"))
    (target,) = re.findall(r'href="page:(module/46)"', first)
    assert desk.course.homes[target] == lesson(desk, "进阶").key


def test_words_beside_the_content_come_along(desk: Desk) -> None:
    first = words(lesson(desk, "第 1 单元"))

    order = ["先读这段", "细则见", "手册的话", "前一章", "后一章"]
    assert [first.index(one) for one in order] == sorted(first.index(one) for one in order)
    assert 'href="page:module/42"' in first  # a link to a chapter leads to its book
    assert "新闻和公告" not in first
    assert "讨论区这里没有" in said(desk, "公告")
    assert "隐藏" in said(desk, "手册")
    assert "隐藏" in said(desk, "后一章")
    assert "题库" in said(desk, "共用题库")


def test_pictures_of_one_name_stay_apart(desk: Desk) -> None:
    (key, _points), *_rest = quiz(desk, "单元测验").entries
    item = desk.course.questions[key]
    shown = [
        re.findall(r"image:(\w+)", text)[0] for text in (item.stem, item.body["options"][0]["text"])
    ]

    colours = [
        Image.open(io.BytesIO(desk.course.pictures[name].content)).convert("RGB").getpixel((0, 0))
        for name in shown
    ]
    assert colours == [(255, 0, 0), (0, 128, 0)]


def test_a_slot_asks_the_version_it_names_and_else_the_newest_that_is_ready(desk: Desk) -> None:
    assert "第一版？" in stems(desk, "单元测验")
    assert stems(desk, "新题测验") == ["第二版？", "藏起来的？"]
    assert "草稿？" not in [item.stem for item in desk.course.questions.values()]
    assert "隐藏" in said(desk, "题 24")


def test_what_a_quiz_lost_is_counted(desk: Desk) -> None:
    # A text between the questions, and an entry that is in no bank of this backup.
    assert "有 2 道题" in said(desk, "单元测验")
    draw = quiz(desk, "单元测验").draws[0]
    assert (draw.tag, draw.count) == ("仓储题", 1)


def test_dragged_words_keep_their_groups(desk: Desk) -> None:
    (case,) = [item for item in desk.course.questions.values() if item.kind == "case"]

    offered = [
        [option["text"] for option in part["body"]["options"]] for part in case.body["parts"]
    ]
    assert offered == [["验收", "退货"], ["上架", "出库"]]


def test_a_lesson_activity_is_read_in_its_readers_order(desk: Desk) -> None:
    second = lesson(desk, "实操")
    text = words(second)

    order = ["先看这页", "再看这页", "结尾"]
    assert [text.index(one) for one in order] == sorted(text.index(one) for one in order)
    assert "分支到此为止" not in text
    assert "跳转和分支没有带进来" in said(desk, "互动课")
    asked = [desk.course.questions[key] for key, _points in quiz(desk, "互动课").entries]
    assert [item.kind for item in asked] == ["single", "numeric", "matching"]
    assert [option["correct"] for option in asked[0].body["options"]] == [True, False]
    assert asked[0].body["options"][0]["feedback"] == "对了"
    assert (asked[1].body["answer"], asked[1].body["tolerance"]) == (15.0, 5.0)
    assert [(p["text"], p["match"]) for p in asked[2].body["pairs"]] == [
        ("入库", "验收"),
        ("出库", "复核"),
    ]
    assert asked[2].body["says"] == {"right": "都对", "wrong": "不对"}
    assert [block.kind for block in second.blocks].count("image") == 2  # the lesson's, the site's


def test_without_points_a_lessons_right_answer_is_the_one_that_leads_on(tmp_path: Path) -> None:
    pages = (
        backups.lesson_page(1, 0, 2, 3, "选", "<p>问？</p>", backups.lesson_answer(1, 0, "错"), backups.lesson_answer(2, 2, "对")),
        backups.lesson_page(2, 1, 0, 20, "完", "<p>完</p>"),
    )  # fmt: skip
    inner = backups.all_of(backups.el("custom", 0), backups.el("pages", *pages))

    desk = look(builders.zipped(backups.files(lesson_47=inner)), tmp_path)

    ((key, _points),) = quiz(desk, "互动课").entries
    assert [o["correct"] for o in desk.course.questions[key].body["options"]] == [False, True]


def test_an_assignment_brings_its_sheet_and_both_its_texts(desk: Desk) -> None:
    second = lesson(desk, "实操")

    (task,) = stems(desk, "拍照")
    assert "拍一张分拣区。" in task
    assert "开始前先戴手套。" in task
    assert "表.pdf" in [b.value["title"] for b in second.blocks if b.kind == "attachment"]


def test_a_file_that_is_a_web_site_is_read(desk: Desk) -> None:
    assert "网站的话" in words(lesson(desk, "实操"))
    assert "more.html" in said(desk, "小网站")


def test_what_students_did_neither_comes_in_nor_stands_in_the_way(tmp_path: Path) -> None:
    inner = backups.quiz(backups.slot(1, 101), tried=4000)  # 330,000 elements
    content = builders.tarred(backups.files(quiz_43=inner))

    with within():
        desk = look(content, tmp_path)

    assert len(quiz(desk, "单元测验").entries) == 1


def test_the_slots_of_a_2_x_quiz_stand_in_the_order_of_its_layout(tmp_path: Path) -> None:
    def slot(number: int) -> str:
        return backups.el(
            "question_instance", backups.el("question", number), backups.el("grade", "1.0000000"), id=number
        )  # fmt: skip

    inner = backups.all_of(
        backups.el("questions", "22,11,0,21,0"), backups.el("attempts_number", 0),
        backups.el("question_instances", slot(11), slot(21), slot(22)),
    )  # fmt: skip
    rows = [
        backups.choice(number, stem, "是", "否", number * 10)
        for number, stem in ((11, "中？"), (21, "后？"), (22, "先？"))
    ]
    old = backups.document(
        backups.el("question_categories", backups.el(
            "question_category", backups.el("name", "旧题"), backups.el("questions", *rows), id=5
        ))
    )  # fmt: skip
    files = backups.files(quiz_43=inner) | {"questions.xml": old}

    desk = look(builders.zipped(files), tmp_path)

    assert stems(desk, "单元测验") == ["先？", "中？", "后？"]
