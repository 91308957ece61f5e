"""An editor brings a file, looks at it, takes it in, reviews it, releases it and takes it out again."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from courses.quizzes import attempts
from courses.quizzes import bank as banks
from courses.quizzes.importing import gift, moodle_xml, sheet
from courses.quizzes.importing.models import QuestionImport
from courses.quizzes.models import Question, QuestionBank
from enrollment.api import Student
from lms.accounts.models import User
from lms.base.jobs import api as jobs
from tests.courses.quizzes.test_backoffice import posted
from tests.courses.teaching import Taught
from tests.people import AT

AREA = "wagtailsnippets_courses_questionbank"
QUESTIONS = "wagtailsnippets_courses_question"


@pytest.fixture
def office(he: User, client: Client) -> Client:
    client.force_login(he)
    return client


@pytest.fixture
def shelf(db: None) -> QuestionBank:
    return QuestionBank.objects.create(title="物流")


def bring(office: Client, shelf: QuestionBank, content: bytes, name: str) -> QuestionImport:
    file = SimpleUploadedFile(name, content)
    response = office.post(reverse(f"{AREA}:bank", args=[shelf.pk]), {"file": file})
    assert response.status_code == 302, response.content.decode()[-3000:]
    jobs.run_due()
    return QuestionImport.objects.latest("pk")


def take(office: Client, batch: QuestionImport) -> None:
    office.post(reverse(f"{AREA}:import", args=[batch.uuid]))
    jobs.run_due()


def test_from_the_template_to_a_release_and_out_again(office: Client, shelf: QuestionBank) -> None:
    page = office.get(reverse(f"{AREA}:bank", args=[shelf.pk])).content.decode()
    assert "下载 Excel 模板" in page
    template = office.get(reverse(f"{AREA}:template")).content
    batch = bring(office, shelf, template, "我的题.xlsx")

    report = office.get(reverse(f"{AREA}:import", args=[batch.uuid])).content.decode()
    assert "导入 10 题到“物流”" in report
    line = batch.lines.get(item__kind="matching")
    preview = office.get(reverse(f"{AREA}:line", args=[batch.uuid, line.pk])).content.decode()
    assert "把环节和工作连起来" in preview
    assert "学员看到的样子" in preview
    take(office, batch)

    reviews = reverse(f"{AREA}:reviews", args=[shelf.pk])
    assert "审核 10 题" in office.get(reverse(f"{AREA}:bank", args=[shelf.pk])).content.decode()
    assert "仓库收货时最先做什么" in office.get(reviews).content.decode()
    keys = list(Question.objects.values_list("pk", flat=True))
    office.post(reviews, {"question": keys, "decision": "ready"})
    assert set(Question.objects.values_list("review", flat=True)) == {"ready"}
    office.post(reverse(f"{AREA}:release", args=[shelf.pk]), {"note": "第一版"})
    assert shelf.releases.get().size == 10

    out = office.get(reverse(f"{AREA}:export", args=[shelf.pk, "moodle_xml"])).content
    before = [line.item for line in sheet.read(template).lines]
    again = [line.item for line in moodle_xml.read(out).lines]
    assert [(i.kind, i.stem, i.body) for i in again if i] == [
        (i.kind, i.stem, i.body) for i in before if i
    ]
    text = office.get(reverse(f"{AREA}:export", args=[shelf.pk, "gift"])).content.decode()
    assert "案例" in text.split("\n\n")[0] or "GIFT" in text.split("\n\n")[0]
    assert {line.verdict for line in gift.read(text).lines} == {"mapped"}


def test_mistakes_are_shown_with_their_rows_and_an_import_can_be_dropped(
    office: Client, shelf: QuestionBank
) -> None:
    rows = [
        {"题型": "判断题", "题目": "对吗？", "答案": "也许"},
        {"题型": "判断题", "题目": "好", "答案": "对"},
    ]
    batch = bring(office, shelf, sheet.write(rows), "a.xlsx")
    address = reverse(f"{AREA}:import", args=[batch.uuid])
    page = office.get(f"{address}?verdict=refused").content.decode()
    assert "判断题的答案请写 对 或 错" in page
    office.post(address, {"drop": "1"})
    assert not Question.objects.exists()


def test_a_wrong_file_is_refused_at_the_form(office: Client, shelf: QuestionBank) -> None:
    address = reverse(f"{AREA}:bank", args=[shelf.pk])
    for name, says in (("a.docx", "请选 .xlsx"), ("a.xlsx", "打不开")):
        response = office.post(address, {"file": SimpleUploadedFile(name, b"nothing")})
        assert says in response.content.decode()


def test_the_list_finds_chinese_words_and_filters(office: Client, shelf: QuestionBank) -> None:
    batch = bring(office, shelf, sheet.template(), "a.xlsx")
    take(office, batch)
    address = reverse(f"{QUESTIONS}:list")
    found = office.get(f"{address}?q=仓库 收货").content.decode()
    assert "仓库收货时最先做什么" in found
    assert "物流成本" not in found
    by_tag = office.get(f"{address}?tag=仓储&bank={shelf.pk}").content.decode()
    assert "仓库收货时最先做什么" in by_tag
    assert "自营" not in by_tag


def test_an_edit_keeps_what_the_form_does_not_show_and_waits_again(
    office: Client, shelf: QuestionBank
) -> None:
    text = "多少？{ ~%75%甲 =乙 ~丙 }"
    take(office, bring(office, shelf, text.encode(), "a.gift"))
    question = Question.objects.get()
    options = question.versions.get().body["options"]
    rows = [
        {
            "id": o["key"],
            "text": o["text"],
            "feedback": "",
            **({"correct": "on"} if o["correct"] else {}),
        }
        for o in options
    ]
    fields = {"stem": "到底多少？", "options": rows, "explanation": "", "points": "1"}
    data = {
        key.replace("questions-", "content-"): value
        for key, value in posted(
            "", {"type": "single", "id": str(question.uuid), "fields": fields}
        ).items()
    }
    data |= {"bank": shelf.pk, "difficulty": "2", "tags": "仓储", "title": ""}
    response = office.post(reverse(f"{QUESTIONS}:edit", args=[question.pk]), data)

    assert response.status_code == 302, response.content.decode()[-2000:]
    question.refresh_from_db()
    newest = question.versions.order_by("-number")[0]
    assert (newest.number, newest.stem) == (2, "到底多少？")
    assert [o.get("share") for o in newest.body["options"]] == [0.75, 1, 0]
    assert (question.review, question.difficulty) == ("waiting", 2)


def test_the_preview_shows_what_the_form_says_now(office: Client, shelf: QuestionBank) -> None:
    wording = banks.Wording("写好的\n\n第二段", {"answers": ["甲"]})
    question = banks.write_question("p", kind="fill", wording=wording, at=AT)
    question.bank = shelf
    question.save()
    fields = {"stem": r"改了 \(x^2\)", "answers": [{"": "甲"}], "explanation": "", "points": "1"}
    data = {
        key.replace("questions-", "content-"): value
        for key, value in posted(
            "", {"type": "fill", "id": str(question.uuid), "fields": fields}
        ).items()
    }
    data |= {"bank": shelf.pk, "difficulty": "1", "tags": "", "title": ""}
    address = reverse(f"{QUESTIONS}:preview_on_edit", args=[question.pk])
    assert office.post(address, data).json()["is_valid"]
    assert "<msup>" in office.get(address).content.decode()
    assert question.versions.count() == 1


def test_the_file_of_an_upload_is_read_once(office: Client, shelf: QuestionBank) -> None:
    batch = bring(office, shelf, "甲{T}".encode(), "a.txt")
    assert (batch.format, batch.file.name) == ("gift", "")


def test_an_editor_sees_who_changes_and_says_so(
    office: Client, taught: Taught, yi: Student
) -> None:
    attempt = attempts.open_attempt(yi, taught.quiz, at=AT)
    first, second = [pk for pk, _points in attempt.version_ids]
    attempts.submit(attempt, {first: "b", second: "a"}, by=yi.user, at=AT)
    version = attempts.asked(attempt)[0].version
    options = [{**o, "correct": o["key"] == "b"} for o in version.body["options"]]
    banks.word(version.question, banks.Wording(version.stem, {"options": options}), at=AT)
    address = reverse(f"{QUESTIONS}:regrade", args=[version.question_id])

    page = office.get(address).content.decode()
    assert yi.user.get_full_name() in page
    office.post(address)
    jobs.run_due()

    attempt.refresh_from_db()
    assert attempt.score == 2
    assert "0 份的分数会变" in office.get(address).content.decode()


def test_a_question_that_is_there_already_is_kept_and_said_so(
    office: Client, shelf: QuestionBank
) -> None:
    wording = banks.Wording("先进先出是什么？", {"answers": ["FIFO"]}, "")
    first = banks.write_question("twin-1", kind="fill", wording=wording, at=AT)
    assert banks.twin_of(first) is None

    again = banks.Wording("先进先出，是什么", {"answers": ["ＦＩＦＯ"]}, "另一个讲解")
    second = banks.write_question("twin-2", kind="fill", wording=again, at=AT)

    assert banks.twin_of(second) == first
    first.review = Question.Review.RETIRED
    first.save()
    assert banks.twin_of(second) is None
