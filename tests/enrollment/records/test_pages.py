"""The registrar's pages of the roll, marks and graduation."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from courses.learning import standing
from enrollment.completion.models import Standing
from enrollment.letters import issuing, verification
from enrollment.letters.models import Batch, Letter
from enrollment.letters.reasons import Reason
from enrollment.records import auditing, marks
from enrollment.records.curriculum import plan_of
from enrollment.records.models import CourseRecord, RollAct, RollPaper
from enrollment.registry import statuses
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import OrgUnit, Role, User
from lms.base.audit import AuditEntry
from tests import people
from tests.courses import teaching
from tests.enrollment.letters.cast import CEREMONY, print_all
from tests.enrollment.records import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_today")]
GRADUATION = "/desk/graduation/2026/"


def page_of(student: Student) -> str:
    return f"/desk/roll/{student.uuid}/"


def words(response: Any) -> str:
    return str(response.content.decode())


def test_the_roll_lists_the_class_and_finds_people(
    desk: Client, yi: Student, units: people.Units
) -> None:
    cast.on_the_roll(units, "阿强", "+8613700000003")
    html = words(desk.get("/desk/roll/"))
    assert "阿怡" in html
    assert "阿强" in html
    found = words(desk.get("/desk/roll/?cohort=2026&q=阿强"))
    assert "2026-LOG-002" in found
    assert "2026-LOG-001" not in found
    assert "没有找到学员" in words(desk.get("/desk/roll/?status=withdrawn"))
    assert desk.get("/desk/roll/?cohort=elsewhere").status_code == 404
    assert desk.post("/desk/roll/").status_code == 405


def test_leave_is_done_on_the_page_with_a_paper(desk: Client, yi: Student) -> None:
    paper = SimpleUploadedFile("请假单.pdf", b"%PDF-1.7 x", "application/pdf")
    done = desk.post(page_of(yi) + "leave/", {"reason": "生孩子", "papers": [paper]}, follow=True)
    assert "已办理：休学" in words(done)
    assert "请假单.pdf" in words(done)
    url = f"/desk/roll/papers/{RollPaper.objects.get().uuid}/"
    answer = desk.get(url)
    assert answer.content == b"%PDF-1.7 x"
    assert answer["Content-Disposition"].startswith("attachment")
    assert desk.post(url).status_code == 405


@pytest.mark.parametrize(
    "name",
    ['x"; filename="y.html.pdf', "行\r\nSet-Cookie: a=b.pdf", "../../etc/假条.pdf", "a\x01b.pdf"],
)
def test_an_odd_name_of_a_paper_stays_inside_its_header(
    desk: Client, yi: Student, name: str
) -> None:
    paper = SimpleUploadedFile("x.pdf", b"%PDF-1.7 x", "application/pdf")
    desk.post(page_of(yi) + "leave/", {"reason": "生孩子", "papers": [paper]})
    RollPaper.objects.update(name=name)
    answer = desk.get(f"/desk/roll/papers/{RollPaper.objects.get().uuid}/")
    said = answer["Content-Disposition"]
    assert said.startswith("attachment; filename")
    assert not re.search(r"[\x00-\x1f]", said)
    assert said.replace('\\"', "").count('"') <= 2, "one name, and nothing after it"
    assert not answer.cookies


def test_what_is_wrong_comes_back_with_the_words(desk: Client, yi: Student) -> None:
    bad = SimpleUploadedFile("x.exe", b"MZ", "application/pdf")
    answer = desk.post(page_of(yi) + "name/", {"name": "林怡", "reason": "", "papers": [bad]})
    assert answer.status_code == 400
    assert "不能收" in words(answer)
    unseen = desk.post(page_of(yi) + "name/", {"name": "\ue000", "reason": "x"})
    assert "别的电脑显示不出" in words(unseen)
    unit = desk.post(page_of(yi) + "union/", {"unit": "nope", "reason": "x"})
    assert "没有这个工会代码" in words(unit)
    programme = desk.post(page_of(yi) + "programme/", {"programme": "LOG", "reason": "x"})
    assert programme.status_code == 400
    course = desk.post(page_of(yi) + "recognition/", {"course": "nope", "reason": "x"})
    assert course.status_code == 400
    assert desk.post(page_of(yi) + "abolish/").status_code == 404
    assert desk.get(page_of(yi) + "leave/").status_code == 405
    assert "还没有任何成绩" in words(desk.post(page_of(yi) + "transcript/", follow=True))
    assert not RollAct.objects.exists()


def test_every_act_works_from_the_page(desk: Client, yi: Student, units: people.Units) -> None:
    (course,) = plan_of(yi.programme_id)
    pdf = lambda: SimpleUploadedFile("证.pdf", b"%PDF-1", "application/pdf")  # noqa: E731
    for act, typed in (
        ("name", {"name": "林怡", "papers": [pdf()]}),
        ("union", {"unit": units.jimei.code}),
        ("recognition", {"course": str(course.uuid)}),
        ("programme", {"programme": "NM"}),
        ("leave", {}),
        ("return", {}),
        ("withdrawal", {}),
    ):
        done = desk.post(page_of(yi) + f"{act}/", {"reason": "本人申请", **typed}, follow=True)
        assert "已办理" in words(done), act
    student = Student.objects.get()
    assert (student.name, student.status) == ("林怡", "withdrawn")
    assert (student.programme.code, student.org_unit) == ("NM", units.jimei)
    assert RollAct.objects.count() == 7


@pytest.mark.parametrize("became", ["withdrawn", "graduated"])
def test_a_page_from_before_does_nothing_to_who_left(
    desk: Client, yi: Student, units: people.Units, zhou: User, became: str
) -> None:
    """Whatever its forms still offered; a name can be wrong for ever."""
    (course,) = plan_of(yi.programme_id)
    statuses.change(yi, became, reason="x", by=zhou, at=cast.AT)
    for act, typed in (
        ("leave", {}),
        ("return", {}),
        ("withdrawal", {}),
        ("recognition", {"course": str(course.uuid)}),
        ("programme", {"programme": "NM"}),
        ("union", {"unit": units.jimei.code}),
    ):
        done = desk.post(page_of(yi) + f"{act}/", {"reason": "本人申请", **typed}, follow=True)
        assert "请刷新页面看最新状态" in words(done), act
    assert not RollAct.objects.exists()
    paper = SimpleUploadedFile("证.pdf", b"%PDF-1", "application/pdf")
    typed = {"name": "林怡", "reason": "x", "papers": [paper]}
    assert "已办理" in words(desk.post(page_of(yi) + "name/", typed, follow=True))


def test_marks_are_written_on_a_sheet(desk: Client, yi: Student) -> None:
    (course,) = plan_of(yi.programme_id)
    assert "0 / 1" in words(desk.get("/desk/marks/2026/"))
    url = f"/desk/marks/2026/{course.uuid}/"
    assert "阿怡" in words(desk.get(url))
    typed = {f"mark-{yi.uuid}": "88", "source": "exam", "note": ""}
    assert "已保存 1 个成绩" in words(desk.post(url, typed, follow=True))
    assert "没有新的成绩" in words(desk.post(url, typed, follow=True))
    for bad in ("101", "-1", "优"):
        answer = desk.post(url, typed | {f"mark-{yi.uuid}": bad})
        assert answer.status_code == 400
        assert "什么都没有保存" in words(answer)
    assert [row.mark for row in CourseRecord.objects.all()] == [88]
    assert desk.get(f"/desk/marks/2026/{yi.uuid}/").status_code == 404
    assert desk.post("/desk/marks/2026/").status_code == 405


def test_the_audit_says_what_is_missing_and_graduates_only_who_is_complete(
    desk: Client, yi: Student, zhou: User, units: people.Units
) -> None:
    cast.on_the_roll(units, "阿强", "+8613700000003")
    cast.complete(yi, zhou)
    html = words(desk.get(GRADUATION))
    assert "可以毕业" in html
    assert "《物流学概论》还差 3 个学习单元；《物流学概论》还没有成绩；学费还欠 2,000 元" in html
    done = desk.post(GRADUATION + "graduate/", {"reason": "校务会纪要"}, follow=True)
    assert "1 人已毕业" in words(done)
    assert dict(Student.objects.values_list("name", "status")) == {
        "阿怡": "graduated",
        "阿强": "enrolled",
    }
    act = RollAct.objects.get(kind="graduation")
    assert act.facts["courses"][0]["mark"] == 86
    again = desk.post(GRADUATION + "graduate/", {"reason": "校务会纪要"}, follow=True)
    assert "0 人已毕业" in words(again)
    assert desk.get(GRADUATION + "graduate/").status_code == 405
    assert desk.post(GRADUATION + "abolish/").status_code == 404


def test_who_learnt_everything_still_owes_the_meetings_that_the_class_asks_for(
    desk: Client, yi: Student, zhou: User
) -> None:
    Cohort.objects.update(completion_rule="v2")
    cast.complete(yi, zhou)
    standing.report(yi, at=cast.AT)
    assert Standing.objects.get().state == "finished"
    assert "还差 2 次线下课" in words(desk.get(GRADUATION))
    done = desk.post(GRADUATION + "graduate/", {"reason": "校务会纪要"}, follow=True)
    assert "0 人已毕业" in words(done)
    Standing.objects.update(meetings_attended=2)
    done = desk.post(GRADUATION + "graduate/", {"reason": "校务会纪要"}, follow=True)
    assert "1 人已毕业" in words(done)


def test_one_whom_a_colleague_was_quicker_with_holds_nobody_up(
    desk: Client,
    yi: Student,
    zhou: User,
    units: people.Units,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A double click: both requests find the same people complete."""
    for serial, name in enumerate(("阿强", "阿玉")):
        cast.complete(cast.on_the_roll(units, name, f"+861370000010{serial}"), zhou)
    cast.complete(yi, zhou)
    found = auditing.audit_all

    def then_others_act(students: Any, *, at: datetime) -> list[auditing.Line]:
        monkeypatch.setattr(auditing, "audit_all", found)
        lines = found(students, at=at)
        graduated, failed, _left = (line.student for line in lines)
        auditing.graduate(Student.objects.get(pk=graduated.pk), reason="纪要", by=zhou, at=cast.AT)
        marks.write(
            plan_of(failed.programme_id)[0], {failed: 10}, source="exam", by=zhou, at=cast.AT
        )
        return lines

    monkeypatch.setattr(auditing, "audit_all", then_others_act)
    done = desk.post(GRADUATION + "graduate/", {"reason": "校务会纪要"}, follow=True)
    assert "1 人已毕业" in words(done)
    assert RollAct.objects.filter(kind="graduation").count() == 2


def test_graduates_get_certificates_in_a_batch_and_a_list(
    desk: Client, yi: Student, zhou: User
) -> None:
    cast.complete(yi, zhou)
    desk.post(GRADUATION + "graduate/", {"reason": "=纪要"})
    assert "没有可以签发" not in words(desk.post(GRADUATION + "certificates/", follow=True))
    print_all()
    letter = Letter.objects.get(kind="completion")
    assert letter.number.startswith("海工结〔2026〕")
    assert verification.by_code(letter.code).state == "valid"
    assert "结业证明" in words(desk.get(f"/verify/{letter.code}/"))
    batch = Batch.objects.get()
    assert (batch.kind, batch.count) == ("completion", 1)
    html = words(desk.get(GRADUATION))
    assert "共 1 份" in html
    taken = desk.post(f"/desk/letters/batches/{batch.uuid}/zip/")
    assert taken.status_code == 200
    book = load_workbook(io.BytesIO(desk.get(GRADUATION + "list.xlsx").content))
    (row,) = list(book.active.iter_rows(min_row=2))
    assert [cell.value for cell in row][:3] == ["2026-LOG-001", "阿怡", "现代物流管理"]
    assert (row[6].value, row[6].data_type) == ("=纪要", "s")
    assert row[7].value == letter.number
    assert AuditEntry.objects.filter(action="graduation.exported").count() == 1


def test_a_transcript_is_issued_and_a_newer_one_takes_its_place(
    desk: Client, yi: Student, zhou: User
) -> None:
    cast.marked(yi, 70, zhou)
    assert "正在制作" in words(desk.post(page_of(yi) + "transcript/", follow=True))
    print_all()
    first = Letter.objects.get(kind="transcript")
    assert first.facts["courses"][0][:3] == ["物流学概论", "3", "70"]
    assert verification.by_code(first.code).state == "valid"
    cast.marked(yi, 90, zhou)
    desk.post(page_of(yi) + "transcript/")
    print_all()
    first.refresh_from_db()
    found = verification.by_code(first.code)
    assert found.state == "revoked"
    assert str(found.reason) == "已有新的一份"
    newer = Letter.objects.get(kind="transcript", revoked_at=None)
    assert newer.facts["courses"][0][2] == "90"
    with newer.pdf.open("rb") as file:
        assert verification.by_file(file.read()).number == newer.number


def ask_for_transcript(desk: Client, student: Student, zhou: User) -> None:
    cast.marked(student, 70, zhou)
    desk.post(page_of(student) + "transcript/")


def test_the_registrars_page_calls_a_transcript_a_transcript(
    desk: Client, yi: Student, zhou: User
) -> None:
    ask_for_transcript(desk, yi, zhou)
    old = f"/desk/letters/{Letter.objects.get().uuid}/"
    assert "作废这份成绩单" in words(desk.get(old))
    done = desk.post(old + "reissue/", {"note": "补考"}, follow=True)
    assert "新的成绩单正在制作" in words(done)
    assert "已由新的成绩单代替" in words(desk.get(old))


def test_a_transcript_is_within_reach_whatever_became_of_the_letter_of_admission(
    desk: Client, yi: Student, zhou: User
) -> None:
    """The message that it is ready leads to the page of the letter of admission."""
    ask_for_transcript(desk, yi, zhou)
    print_all()
    pdf = f"/letters/{Letter.objects.get().uuid}/letter.pdf"
    desk.force_login(yi.user)
    never_issued = words(desk.get("/letters/mine/"))
    assert "还没有签发" in never_issued
    assert pdf in never_issued
    yi.cohort.ceremony_at, yi.cohort.ceremony_place = CEREMONY, "礼堂"
    yi.cohort.save()
    letter = issuing.issue(yi, by=None, at=cast.AT)
    printing = words(desk.get("/letters/mine/"))
    assert "正在制作" in printing
    assert pdf in printing
    issuing.revoke(letter, Reason.ROLL, by=None, at=cast.AT)
    revoked = words(desk.get("/letters/mine/"))
    assert "已经作废" in revoked
    assert pdf in revoked


def test_a_letter_of_admission_is_not_mixed_up_with_other_documents(
    desk: Client, yi: Student, zhou: User
) -> None:
    ask_for_transcript(desk, yi, zhou)
    print_all()
    html = words(desk.get("/desk/letters/?cohort=2026"))
    assert "海工绩" not in html
    assert "未签发" in html


@pytest.mark.parametrize("who", ["outsider", "wang", "liu", "chen", "he", "wu", "zheng"])
def test_other_roles_are_kept_out(
    client: Client, yi: Student, who: str, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))
    for url in ("/desk/roll/", page_of(yi), "/desk/marks/2026/", GRADUATION):
        assert client.get(url).status_code == 403
    assert client.post(page_of(yi) + "leave/", {"reason": "x"}).status_code == 403


def test_another_citys_registrar_finds_nothing(client: Client, yi: Student) -> None:
    elsewhere = OrgUnit.objects.create(kind="city", name="山州市总工会", short_name="山", code="1")
    other = people.make_staff(Role.REGISTRAR, "别处", username="other", unit=elsewhere)
    client.force_login(other)
    for url in (page_of(yi), "/desk/marks/2026/", GRADUATION, GRADUATION + "list.xlsx"):
        assert client.get(url).status_code == 404
    assert client.post(page_of(yi) + "leave/", {"reason": "x"}).status_code == 404
    assert "还没有班级" in words(client.get("/desk/roll/"))


@pytest.mark.parametrize("count", [2, 8])
def test_the_audit_costs_the_same_for_few_and_for_many(
    desk: Client,
    taught: teaching.Taught,
    units: people.Units,
    count: int,
    django_assert_max_num_queries: Any,
) -> None:
    for serial in range(count):
        cast.on_the_roll(units, f"学员{serial}", f"+86137000003{serial:02d}")
    desk.get(GRADUATION)
    with django_assert_max_num_queries(18):
        desk.get(GRADUATION)
