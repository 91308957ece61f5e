"""A district's officer meets no member of another district: in no page, file, search, error or job."""

from __future__ import annotations

import io

import pytest
from django.test import Client
from openpyxl import load_workbook

from enrollment.completion import calls, exporting, month_reports
from enrollment.completion.desk_models import Export
from enrollment.registry.models import Student
from lms.accounts import people as accounts
from lms.accounts.models import Grant, User
from lms.base.audit import AuditEntry
from lms.base.errors import NotAllowed
from lms.base.jobs import api as jobs
from tests import people
from tests.desk import class_of
from tests.desk.class_of import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("half_way")]
FOREIGN = ("𬬭", "𬭛", "集美")
PAGES = (
    "", "behind/", "behind/?show=due", "behind/?show=called", "behind/?page=2", "behind/?page=x",
    "behind/?page=99999", "figures/?by=enterprise", "figures/?by=occupation",
    "figures/?by=programme", "figures/?by=station", "figures/?by=month", "cohorts/", "rules/",
    "reports/", "past/?day=2026-12-01", "export/", "wall/",
)  # fmt: skip


@pytest.fixture
def students(units: people.Units) -> list[Student]:
    made = class_of.build(units)
    calls.log(made[3], "will_study", note="集美的备注", by=_liu(units), at=NOW)
    return made


def _liu(units: people.Units) -> User:
    return people.make_staff("city_officer", "刘干事", username="liu-scope", unit=units.city)  # type: ignore[arg-type]


def foreign_in(content: bytes) -> list[str]:
    return [name for name in FOREIGN if name in content.decode(errors="replace")]


def sheet_text(content: bytes) -> str:
    sheet = load_workbook(io.BytesIO(content)).active
    return "\n".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)


def take(client: Client, **wish: str) -> bytes:
    answer = client.post("/desk/union/export/", {"format": "xlsx", "purpose": "contact", **wish})
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


@pytest.mark.parametrize("page", PAGES)
def test_no_page_of_a_district_holds_a_foreign_name(
    client: Client, students: list[Student], wang: User, page: str
) -> None:
    client.force_login(wang)
    answer = client.get(f"/desk/union/{page}")
    assert answer.status_code == 200
    assert foreign_in(answer.content) == []


@pytest.mark.parametrize("query", ["?district=359911", "?district=359900", "?district=nowhere"])
def test_another_district_is_not_found_and_the_error_names_nobody(
    client: Client, students: list[Student], wang: User, query: str
) -> None:
    client.force_login(wang)
    for page in ("", "behind/", "figures/", "export/", "wall/"):
        answer = client.get(f"/desk/union/{page}{query}")
        assert answer.status_code == 404
        assert foreign_in(answer.content) == []


def test_a_foreign_member_has_no_sheet_no_number_and_no_log(
    client: Client, students: list[Student], wang: User
) -> None:
    client.force_login(wang)
    sheet = f"/desk/union/call/{students[3].uuid}/"
    asked = (client.get(sheet), client.post(sheet, {"outcome": "no_answer"}), client.post(f"{sheet}phone/"))  # fmt: skip
    for answer in asked:
        assert answer.status_code == 404
        assert foreign_in(answer.content) == []
    assert students[3].calls.count() == 1
    assert not AuditEntry.objects.filter(action="private.revealed").exists()


@pytest.mark.parametrize("what", ["roll", "units", "calls"])
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_no_table_of_a_district_holds_a_foreign_row(
    client: Client, students: list[Student], wang: User, what: str, kind: str
) -> None:
    client.force_login(wang)
    content = take(client, what=what, format=kind)
    text = sheet_text(content) if kind == "xlsx" else content.decode("utf-8-sig")
    assert "𬱖然乙" in text
    assert [name for name in FOREIGN if name in text] == []


def test_the_city_sees_all_and_an_enterprise_counts_in_its_district(
    client: Client, students: list[Student], liu: User
) -> None:
    client.force_login(liu)
    text = sheet_text(take(client, what="roll"))
    assert text.count("2026") >= 5
    html = client.get("/desk/union/").content.decode()
    assert "思明" in html
    assert "集美" in html


def test_a_report_of_another_district_or_of_the_city_is_not_found(
    client: Client, students: list[Student], units: people.Units, wang: User
) -> None:
    cohort = students[0].cohort
    month = month_reports.month_before(NOW)
    client.force_login(wang)
    for unit, status in ((units.siming, 200), (units.jimei, 404), (units.city, 404)):
        report, _new = month_reports.freeze(cohort, unit, month, at=NOW)
        month_reports.print_report(report)
        assert client.get(f"/desk/union/reports/{report.uuid}/").status_code == status


def test_an_export_of_a_colleague_is_not_found(
    client: Client, students: list[Student], wang: User, jimei_officer: User
) -> None:
    wish = exporting.Wish("roll", "xlsx", "report", students[0].cohort)
    table = exporting.begin(wish, by=jimei_officer, at=NOW)
    client.force_login(wang)
    assert client.get(f"/desk/union/export/{table.uuid}/").status_code == 404
    assert client.post(f"/desk/union/export/{table.uuid}/file/").status_code == 404


def test_a_job_reads_no_further_than_its_person_may_when_it_runs(
    students: list[Student], liu: User, units: people.Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "STREAMED", 2)
    wish = exporting.Wish("roll", "csv", "report", students[0].cohort)
    table = exporting.begin(wish, by=liu, at=NOW)
    held = Grant.objects.get(user=liu)
    accounts.revoke(held, by=None, at=NOW)
    job = jobs.Job.objects.get(key=exporting.job_key(table))
    jobs.attend(job.pk)
    table.refresh_from_db()
    assert table.finished_at is None
    with pytest.raises(NotAllowed):
        exporting.take(table, by=liu, at=NOW)


def test_the_registration_table_with_its_numbers_is_the_registrars_alone(
    client: Client, students: list[Student], wang: User
) -> None:
    client.force_login(wang)
    wish = {"what": "registration", "format": "csv", "purpose": "college"}
    assert client.post("/desk/union/export/", wish).status_code == 403
    assert client.get("/desk/union/export/?what=registration").status_code == 403
    assert not Export.objects.exists()
