"""Tables to take along: a purpose first, an audit row each, large ones by a job, gone after a week."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from courses.catalogue.models import Course, Lesson, Unit
from courses.learning.models import UnitProgress
from enrollment.completion import exporting, registration, releasing
from enrollment.completion.desk_models import Export
from enrollment.registry.models import Student
from lms.accounts import approvals
from lms.accounts.approvals import Approval
from lms.accounts.models import User
from lms.base.audit import AuditEntry
from lms.base.jobs import api as jobs
from lms.base.storage import private_files
from tests import factories, people
from tests.desk.class_of import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("half_way")]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def wish(**more: str) -> dict[str, str]:
    return {"what": "roll", "format": "xlsx", "purpose": "report", **more}


def rows(answer: Any) -> list[tuple[Any, ...]]:
    content = b"".join(answer.streaming_content)
    return list(load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))


def confirmed(client: Client, colleague: User, given: dict[str, str]) -> list[tuple[Any, ...]]:
    """A table that a colleague has to say yes to, as it comes in the end."""
    assert client.post("/desk/union/export/", given).status_code == 302
    table = Export.objects.latest("pk")
    approvals.grant(Approval.objects.get(subject_id=table.uuid), by=colleague, at=NOW)
    jobs.attend(jobs.Job.objects.get(key=exporting.job_key(table)).pk)
    return rows(client.post(f"/desk/union/export/{table.uuid}/file/"))


def test_the_roll_comes_at_once_with_figures_and_words(
    at_work: Client, students: list[Student], liu: User
) -> None:
    answer = at_work.post("/desk/union/export/", wish())
    assert answer["Content-Type"] == XLSX
    assert ".xlsx" in answer["Content-Disposition"]
    found = rows(answer)
    assert len(found) == 6
    by_no = {row[0]: row for row in found[1:]}
    silent = by_no[students[1].student_no]
    assert silent[1:4] == ("𬱖然乙", "现代物流管理", "飞送配送工会")
    assert silent[6] == "落后"
    assert "已 16 天没有学习" in silent[14]
    noted = AuditEntry.objects.get(action="completion.exported")
    assert noted.actor == liu
    assert noted.data["purpose"] == "report"
    assert noted.data["rows"] == 5


@pytest.mark.parametrize("given", [{"purpose": ""}, {"purpose": "curiosity"}, {"what": "calls"}])
def test_without_a_fitting_purpose_nothing_leaves(at_work: Client, given: dict[str, str]) -> None:
    answer = at_work.post("/desk/union/export/", wish(**given))
    assert answer.status_code == 400
    assert not answer.streaming
    assert not Export.objects.exists()


def test_units_stand_in_columns_and_shares_in_percent(
    at_work: Client, students: list[Student]
) -> None:
    course = Course.objects.create(programme=students[0].programme, title="物流学概论", order=1)
    lesson = Lesson.objects.create(course=course, title="第一讲", order=1)
    made = [
        Unit.objects.create(lesson=lesson, block_id=f"b{n}", kind="text", title=f"节{n}", order=n)
        for n in range(3)
    ]
    for unit, share in zip(made, (1.0, 0.456), strict=False):
        UnitProgress.objects.create(
            student=students[0], unit=unit, share=share, first_at=NOW, last_at=NOW
        )
    found = rows(at_work.post("/desk/union/export/", wish(what="units")))
    assert found[0][5:] == tuple(f"物流学概论 · 第一讲 · 节{n}" for n in range(3))
    by_no = {row[0]: row for row in found[1:]}
    assert by_no[students[0].student_no][5:] == (100, 45, None)
    assert by_no[students[1].student_no][5:] == (None, None, None)


def test_units_of_every_programme_of_the_class_stand_there_once(
    at_work: Client, students: list[Student], units: people.Units
) -> None:
    """However many students a programme has, and none of a programme that nobody of the class is in."""
    factories.make_student(units, "阿强", "+8613700000099", programme="NM")
    for code in ("LOG", "NM", "EC"):
        programme = factories.make_programme(code)
        course = Course.objects.create(programme=programme, title=code, order=1)
        lesson = Lesson.objects.create(course=course, title="第一讲", order=1)
        Unit.objects.create(lesson=lesson, block_id="b", kind="text", title="节", order=1)
    found = rows(at_work.post("/desk/union/export/", wish(what="units")))
    assert [heading.split(" ")[0] for heading in found[0][5:]] == ["LOG", "NM"]


def test_the_call_list_has_the_numbers_of_those_behind_and_only_theirs(
    at_work: Client, students: list[Student]
) -> None:
    found = rows(at_work.post("/desk/union/export/", wish(what="calls", purpose="contact")))
    numbers = [row[2] for row in found[1:]]
    assert numbers == ["13700000001", "13700000002", "13700000003"]
    assert AuditEntry.objects.get(action="completion.exported").data["rows"] == 3


def test_a_short_call_list_of_a_large_class_waits_for_nobody(
    at_work: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three of five are behind: who is not on the list does not make it a long one."""
    monkeypatch.setattr(releasing, "CALLS_ALONE", 3)
    answer = at_work.post("/desk/union/export/", wish(what="calls", purpose="contact"))
    assert len(rows(answer)) == 4
    assert not Approval.objects.exists()


def test_a_large_table_is_made_by_a_job_with_a_bar_and_taken_once_more_noted(
    at_work: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "STREAMED", 3)
    answer = at_work.post("/desk/union/export/", wish(format="csv"))
    table = Export.objects.get()
    page = f"/desk/union/export/{table.uuid}/"
    assert answer["Location"] == page
    assert "hx-get" in at_work.get(page).content.decode()
    assert at_work.post(f"{page}file/").status_code == 302  # not there yet
    jobs.attend(jobs.Job.objects.get(key=exporting.job_key(table)).pk)
    assert "下载" in at_work.get(page).content.decode()
    taken = at_work.post(f"{page}file/")
    content = b"".join(taken.streaming_content)  # type: ignore[attr-defined]
    assert content.decode("utf-8-sig").count("\n") == 6
    assert AuditEntry.objects.filter(action="completion.export_taken").count() == 1


def test_files_go_after_a_week_and_the_row_stays(
    at_work: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "STREAMED", 3)
    at_work.post("/desk/union/export/", wish())
    table = Export.objects.get()
    jobs.attend(jobs.Job.objects.get(key=exporting.job_key(table)).pk)
    assert exporting.drop_old(at=NOW + timedelta(days=6)) == 0
    assert private_files().exists(table.path)
    assert exporting.drop_old(at=NOW + timedelta(days=8)) == 1
    assert not private_files().exists(table.path)
    assert at_work.post(f"/desk/union/export/{table.uuid}/file/").status_code == 410


# ---------------------------------------------------------------- the college's table


def test_the_registration_table_has_the_eighteen_columns_and_codes(
    client: Client, students: list[Student], zhou: User, liu: User
) -> None:
    student = students[0]
    student.id_number = "350203199001010018"
    student.save()
    client.force_login(zhou)
    found = confirmed(client, liu, wish(what="registration", purpose="college"))
    assert found[0] == (
        "YXMC", "YXDM", "KSH", "XH", "XM", "XB", "CSRQ", "SFZH", "MZ", "ZYMC", "FY", "XSH", "BH",
        "CC", "XXXS", "XZ", "RXRQ", "BZ",
    )  # fmt: skip
    row = next(row for row in found[1:] if row[3] == student.student_no)
    assert row == (
        "海州开放大学", None, None, student.student_no, "怡䶮甲", "1", "19900101",
        "350203199001010018", None, "现代物流管理", None, None, "2026", "高起专", "业余", "2.5",
        "20260901", "在读",
    )  # fmt: skip


def test_a_college_has_columns_of_its_own(
    client: Client, students: list[Student], zhou: User, liu: User
) -> None:
    client.force_login(zhou)
    page = "/desk/registration/2026/"
    assert client.get(page).status_code == 200
    lines = [("学生姓名", "name", ""), ("院校代码", "", "51234"), ("区划", "division", "")]
    data = {"form-TOTAL_FORMS": "4", "form-INITIAL_FORMS": "0"}
    for number, line in enumerate([*lines, ("", "", "")]):
        names = ("heading", "source", "fixed")
        data |= {f"form-{number}-{name}": v for name, v in zip(names, line, strict=True)}
    assert client.post(page, data).status_code == 302
    found = confirmed(client, liu, wish(what="registration", purpose="college"))
    assert found[0] == ("学生姓名", "院校代码", "区划")
    assert ("怡䶮甲", "51234", "359903") in found
    assert ("集美𬬭丁", "51234", "359911") in found
    assert AuditEntry.objects.filter(action="registration.layout_changed").count() == 1


def test_a_layout_names_only_what_the_roll_has(zhou: User) -> None:
    with pytest.raises(registration.NoSuchColumn):
        registration.keep_layout(
            "x", [{"heading": "密码", "source": "password", "fixed": ""}], by=zhou, at=NOW
        )
