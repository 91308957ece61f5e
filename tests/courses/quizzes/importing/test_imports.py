"""A file on its way into a bank: looked at first, then all of it or nothing."""

from __future__ import annotations

import base64
import io
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from wagtail.images import get_image_model

from courses.quizzes import bank as banks
from courses.quizzes.importing import imports, sheet, writing
from courses.quizzes.importing.models import ImportLine, ImportPicture, QuestionImport
from courses.quizzes.models import Question, QuestionBank, QuestionVersion
from lms.accounts.models import User
from lms.base import audit, sheets
from lms.base.jobs import api as jobs
from tests.people import AT

ROWS = [
    {"题型": "判断题", "题目": "自营由平台负责。", "答案": "对", "标签": "法规"},
    {"题型": "单选题", "题目": "先做什么？", "选项A": "核对", "选项B": "上架", "答案": "A"},
    {"题型": "单选题", "题目": "写错的", "选项A": "甲", "答案": "A"},
]


@pytest.fixture
def bank(db: None) -> QuestionBank:
    return QuestionBank.objects.create(title="物流")


def take(content: bytes, bank: QuestionBank, by: User, format_: str = "xlsx") -> QuestionImport:
    batch = imports.take(
        io.BytesIO(content), bank=bank, format=format_, name="题目", size_bytes=len(content),
        by=by, at=AT,
    )  # fmt: skip
    jobs.run_due()
    batch.refresh_from_db()
    return batch


def accept(batch: QuestionImport, by: User, **more: Any) -> QuestionImport:
    imports.accept(batch, by=by, at=AT, **more)
    jobs.run_due()
    batch.refresh_from_db()
    return batch


def verdicts(batch: QuestionImport) -> list[tuple[int, str]]:
    return list(ImportLine.objects.filter(batch=batch).values_list("line_no", "verdict"))


def test_the_first_look_writes_no_question_and_says_everything(
    bank: QuestionBank, he: User
) -> None:
    batch = take(sheet.write(ROWS), bank, he)

    assert (batch.state, batch.file.name) == ("ready", "")
    assert batch.counts == {"mapped": 2, "refused": 1}
    assert verdicts(batch) == [(2, "mapped"), (3, "mapped"), (4, "refused")]
    assert not Question.objects.exists()


def test_the_second_word_writes_what_was_right_to_be_reviewed(bank: QuestionBank, he: User) -> None:
    batch = accept(take(sheet.write(ROWS), bank, he), he)

    assert batch.state == "done"
    first, second = Question.objects.order_by("pk")
    assert (first.review, first.bank) == ("waiting", bank)
    assert [tag.name for tag in first.tags.all()] == ["法规"]
    assert second.versions.get().body["options"][0]["text"] == "核对"
    assert audit.trail(bank).filter(action="bank.written").exists()


def test_what_is_here_and_what_stood_above_is_a_duplicate(bank: QuestionBank, he: User) -> None:
    accept(take(sheet.write(ROWS[:1]), bank, he), he)
    again = {**ROWS[0], "题目": " 自营，由平台负责！"}
    batch = take(sheet.write([again, ROWS[1], {**ROWS[1], "解析": "别的"}]), bank, he)

    assert verdicts(batch) == [(2, "duplicate"), (3, "mapped"), (4, "duplicate")]
    assert batch.lines.get(line_no=2).twin == Question.objects.get()
    assert "第 3 行" in batch.lines.get(line_no=4).sentence

    accept(batch, he)
    assert Question.objects.count() == 2


def test_options_in_another_order_are_the_same_question_another_key_is_not(
    bank: QuestionBank, he: User
) -> None:
    accept(take(sheet.write(ROWS[1:2]), bank, he), he)
    turned = {**ROWS[1], "选项A": "上架", "选项B": "核对", "答案": "B"}
    other = {**ROWS[1], "选项B": "拍照"}

    assert [v for _n, v in verdicts(take(sheet.write([turned, other]), bank, he))] == [
        "duplicate",
        "mapped",
    ]


def test_duplicates_come_in_when_the_editor_wants_them(bank: QuestionBank, he: User) -> None:
    accept(take(sheet.write(ROWS[:1]), bank, he), he)
    accept(take(sheet.write(ROWS[:1]), bank, he), he, with_duplicates=True)

    assert Question.objects.count() == 2


def test_nothing_is_half_imported_when_the_writing_breaks(
    bank: QuestionBank, he: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = take(sheet.write(ROWS), bank, he)
    monkeypatch.setattr(writing, "_tag", lambda *_a: 1 / 0)
    imports.accept(batch, by=he, at=AT)
    jobs.run_due()

    assert not Question.objects.exists()
    assert not QuestionVersion.objects.exists()
    batch.refresh_from_db()
    assert batch.state == "writing"

    monkeypatch.undo()
    imports.write(batch, at=AT)
    imports.write(batch, at=AT)  # the job of a worker that was thought dead
    assert Question.objects.count() == 2


def test_accepting_or_dropping_twice_is_refused(bank: QuestionBank, he: User) -> None:
    batch = accept(take(sheet.write(ROWS), bank, he), he)
    with pytest.raises(imports.NotReady):
        imports.accept(batch, by=he, at=AT)
    with pytest.raises(imports.NotReady):
        imports.drop(batch, by=he, at=AT)


def test_a_file_without_one_right_question_cannot_be_accepted(bank: QuestionBank, he: User) -> None:
    batch = take(sheet.write(ROWS[2:]), bank, he)
    with pytest.raises(imports.NothingToTake):
        imports.accept(batch, by=he, at=AT)


def test_a_file_that_cannot_be_read_says_why(bank: QuestionBank, he: User) -> None:
    batch = take(b"<!DOCTYPE quiz SYSTEM 'http://x/y'><quiz/>", bank, he, "moodle_xml")
    assert batch.state == "unreadable"
    assert "DOCTYPE" in batch.problem
    assert take("// 只有注释".encode(), bank, he, "gift").state == "unreadable"
    with pytest.raises(sheets.NotAWorkbook):
        take(b"no workbook", bank, he)


def test_pictures_become_images_once_and_only_with_the_import(bank: QuestionBank, he: User) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(buffer, "PNG")
    data = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
    content = "".join(
        f'<question type="truefalse"><name><text/></name><questiontext format="html"><text>'
        f"<![CDATA[第{n}题<img src='{data}'>]]></text></questiontext>"
        '<answer fraction="100"><text>true</text></answer></question>'
        for n in (1, 2)
    )
    batch = take(f"<quiz>{content}</quiz>".encode(), bank, he, "moodle_xml")
    assert ImportPicture.objects.count() == 1
    assert not get_image_model().objects.exists()

    accept(batch, he)

    image = get_image_model().objects.get()
    stems = QuestionVersion.objects.values_list("stem", flat=True)
    assert all(f"(image:{image.pk})" in stem for stem in stems)
    assert not ImportPicture.objects.exists()


def test_what_nobody_decides_is_dropped_after_a_week(bank: QuestionBank, he: User) -> None:
    batch = take(sheet.write(ROWS), bank, he)
    imports.tidy(at=AT + timedelta(days=8))
    batch.refresh_from_db()
    assert batch.state == "dropped"
    assert imports.tidy(at=AT + timedelta(days=40)) == 3


def test_a_question_written_by_hand_is_found_as_a_twin(bank: QuestionBank, he: User) -> None:
    body = {"options": [{"key": "a", "text": "核对", "correct": True, "feedback": ""},
                        {"key": "b", "text": "上架", "correct": False, "feedback": ""}]}  # fmt: skip
    banks.write_question("k", kind="single", wording=banks.Wording("先做什么？", body), at=AT)

    assert verdicts(take(sheet.write(ROWS[1:2]), bank, he)) == [(2, "duplicate")]
