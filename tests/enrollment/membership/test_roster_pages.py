"""The officer's member register on screen."""

from __future__ import annotations

import io
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from enrollment.membership import entries, rosters
from enrollment.membership.models import Member, Roster
from lms.accounts.models import User
from lms.base.jobs import api as jobs
from lms.base.jobs.models import Job, JobState
from tests import people
from tests.enrollment.applications import cast as applicants
from tests.enrollment.membership import cast
from tests.enrollment.membership.workbooks import apply, take, workbook

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_today")]
MEMBERS, TAKE = "/desk/members/", "/desk/members/rosters/"
LIN = ("林师傅", applicants.id_number(1), "13700000001", "2019-05-01", "飞送")
WRONG = ("", "123")


@pytest.fixture
def _today(time_machine: object) -> None:
    time_machine.move_to(people.AT, tick=True)  # type: ignore[attr-defined]


def upload(client: Client, content: bytes, unit: object, name: str = "名册.xlsx") -> object:
    file = SimpleUploadedFile(name, content)
    return client.post(TAKE, {"unit": unit, "file": file})


def page(roster: Roster, act: str = "") -> str:
    return f"{TAKE}{roster.uuid}/" + (f"{act}/" if act else "")


def test_from_the_upload_to_the_register(client: Client, units: people.Units, wang: User) -> None:
    client.force_login(wang)
    assert "会员册还是空的" in client.get(MEMBERS).content.decode()
    sent = upload(client, workbook(LIN, WRONG), units.siming.pk)
    roster = Roster.objects.get()
    assert sent.headers["Location"] == page(roster)  # type: ignore[attr-defined]
    waiting = client.get(page(roster)).content.decode()
    assert 'hx-trigger="every 2s"' in waiting
    jobs.run_due()
    looked = client.get(page(roster)).content.decode()
    assert "hx-trigger" not in looked
    assert "导入 1 人" in looked
    assert "没有姓名" in looked
    assert "3502**********" in looked
    assert applicants.id_number(1) not in looked
    assert not Member.objects.exists()
    assert client.post(page(roster, "apply")).headers["Location"] == page(roster)
    jobs.run_due()
    assert "已导入 1 人" in client.get(page(roster)).content.decode()
    overview = client.get(MEMBERS).content.decode()
    assert "会员 1 人" in overview
    assert "飞送配送工会" in overview


def test_htmx_gets_the_middle_alone(client: Client, units: people.Units, wang: User) -> None:
    roster = take(workbook(LIN), units.siming, wang)
    client.force_login(wang)
    html = client.get(page(roster), headers={"HX-Request": "true"}).content.decode()
    assert html.lstrip().startswith('<div class="stack" id="roster"')


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "a.xlsx", "这个文件是空的"),
        (b"%PDF-1.7 nonsense", "a.pdf", "打不开"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "a.xls", "旧格式"),
    ],
)
def test_a_bad_file_is_told_and_the_choice_stays(
    client: Client, units: people.Units, liu: User, content: bytes, name: str, sentence: str
) -> None:
    client.force_login(liu)
    response = upload(client, content, units.jimei.pk, name)
    html = response.content.decode()  # type: ignore[attr-defined]
    assert response.status_code == 400  # type: ignore[attr-defined]
    assert sentence in html
    assert f'value="{units.jimei.pk}" selected' in html
    assert not Roster.objects.exists()


def test_no_file_is_told(client: Client, units: people.Units, wang: User) -> None:
    client.force_login(wang)
    response = client.post(TAKE, {"unit": units.siming.pk})
    assert response.status_code == 400
    assert "请选一个文件" in response.content.decode()


def test_nobody_takes_in_for_another_district(
    client: Client, units: people.Units, wang: User
) -> None:
    client.force_login(wang)
    for unit in (units.jimei.pk, units.city.pk, units.riders.pk, "nonsense"):
        response = upload(client, workbook(LIN), unit)
        assert response.status_code == 400  # type: ignore[attr-defined]
    assert not Roster.objects.exists()


def test_another_districts_roster_does_not_exist_for_me(
    client: Client, units: people.Units, wang: User, jimei_officer: User
) -> None:
    roster = take(workbook(LIN), units.siming, wang)
    client.force_login(jimei_officer)
    assert client.get(page(roster)).status_code == 404
    assert client.post(page(roster, "apply")).status_code == 404
    assert client.post(page(roster, "drop")).status_code == 404
    assert roster.file_name not in client.get(MEMBERS).content.decode()
    assert client.get(f"{TAKE}{uuid4()}/").status_code == 404
    roster.refresh_from_db()
    assert roster.state == Roster.State.READY


def test_the_register_shows_ones_own_district_only(
    client: Client, units: people.Units, wang: User, jimei_officer: User, liu: User
) -> None:
    cast.member(units.riders)
    seen = {}
    for user in (wang, jimei_officer, liu):
        client.force_login(user)
        seen[user.username] = "飞送配送工会" in client.get(MEMBERS).content.decode()
    assert seen == {"wang": True, "su": False, "liu": True}


@pytest.mark.parametrize("who", ["outsider", "chen", "he", "wu", "zheng", "zhou"])
def test_other_roles_see_nothing(
    client: Client, units: people.Units, wang: User, who: str, request: pytest.FixtureRequest
) -> None:
    roster = take(workbook(LIN), units.siming, wang)
    client.force_login(request.getfixturevalue(who))
    for url in (MEMBERS, page(roster), "/desk/members/template.xlsx"):
        assert client.get(url).status_code == 403, url
    for url in (TAKE, page(roster, "apply"), page(roster, "drop")):
        assert client.post(url).status_code == 403, url


def test_acts_are_posts_and_pages_are_not(client: Client, units: people.Units, wang: User) -> None:
    roster = take(workbook(LIN), units.siming, wang)
    client.force_login(wang)
    for url in (TAKE, page(roster, "apply"), page(roster, "drop")):
        assert client.get(url).status_code == 405, url
    for url in (MEMBERS, page(roster), "/desk/members/template.xlsx"):
        assert client.post(url).status_code == 405, url


def test_a_second_click_is_told(client: Client, units: people.Units, wang: User) -> None:
    roster = apply(take(workbook(LIN), units.siming, wang), wang)
    client.force_login(wang)
    html = client.post(page(roster, "apply"), follow=True).content.decode()
    assert "现在不能这样办理" in html
    assert "现在不能这样办理" in client.post(page(roster, "drop"), follow=True).content.decode()


def test_dropping_leaves_the_register_alone(
    client: Client, units: people.Units, wang: User
) -> None:
    roster = take(workbook(LIN), units.siming, wang)
    client.force_login(wang)
    assert "已放弃" in client.post(page(roster, "drop"), follow=True).content.decode()
    assert not Member.objects.exists()


def test_a_job_that_failed_is_said(client: Client, units: people.Units, wang: User) -> None:
    roster = take(workbook(LIN), units.siming, wang)
    rosters.apply(roster, by=wang, at=people.AT)
    Job.objects.filter(kind=rosters.APPLY).update(state=JobState.FAILED)
    client.force_login(wang)
    html = client.get(page(roster)).content.decode()
    assert "处理中断了" in html
    assert "hx-trigger" not in html


def test_lines_can_be_seen_by_verdict(client: Client, units: people.Units, wang: User) -> None:
    roster = take(workbook(LIN, WRONG), units.siming, wang)
    client.force_login(wang)
    html = client.get(page(roster) + "?verdict=refused").content.decode()
    assert "没有姓名" in html
    assert "林师傅" not in html
    assert client.get(page(roster) + "?verdict=nonsense&page=x").status_code == 200


def test_the_template_is_what_the_import_reads(
    client: Client, units: people.Units, wang: User
) -> None:
    client.force_login(wang)
    response = client.get("/desk/members/template.xlsx")
    book = load_workbook(io.BytesIO(response.content))
    sheet = book.worksheets[0]
    heading = [cell.value for cell in sheet[1]]
    assert set(entries.columns(heading)) == set(entries.HEADINGS)
    assert sheet.column_dimensions["B"].number_format == "@"
    names = {row[0].value for row in book.worksheets[1].iter_rows(min_row=2)}
    assert names == {"思明区总工会", "飞送配送工会"}
    sheet.append([*LIN])
    buffer = io.BytesIO()
    book.save(buffer)
    assert take(buffer.getvalue(), units.siming, wang).counts == {"new": 1}


@pytest.mark.parametrize("count", [3, 40])
def test_the_pages_cost_the_same_for_few_and_for_many(
    client: Client,
    units: people.Units,
    wang: User,
    count: int,
    django_assert_max_num_queries: object,
) -> None:
    lines = [(f"骑手{serial}", applicants.id_number(serial)) for serial in range(count)]
    roster = take(workbook(*lines), units.siming, wang)
    client.force_login(wang)
    client.get(MEMBERS)
    with django_assert_max_num_queries(13):  # type: ignore[operator]
        client.get(MEMBERS)
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        client.get(page(roster))
