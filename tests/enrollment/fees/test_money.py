"""Money: balances are sums of rows; the union's share is paid in parts to who keeps up."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from enrollment.completion.ledger import report_learning
from enrollment.completion.models import Standing
from enrollment.completion.rules import LearningFacts
from enrollment.fees import funding, ledger, payments
from enrollment.fees.models import FeeEntry, FundEntry, YearFund
from enrollment.registry import statuses
from enrollment.registry.models import Student
from lms.accounts.models import User
from lms.base import workbook
from tests import factories, people

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_today")]
AT = people.AT + timedelta(days=60)  # 2026-10-31
PLAN = [
    funding.Part(date(2026, 9, 15), 100_000, 0),
    funding.Part(date(2026, 10, 15), 200_000, 30),
    funding.Part(date(2027, 9, 1), 100_000, 60),
]


@pytest.fixture
def _today(time_machine: object) -> None:
    time_machine.move_to(AT, tick=False)  # type: ignore[attr-defined]


@pytest.fixture
def yi(units: people.Units) -> Student:
    return factories.make_student(units)


def stands(student: Student, share: float, state: str = "on_track") -> None:
    Standing.objects.update_or_create(
        student=student,
        defaults={
            "cohort": student.cohort, "org_unit": student.org_unit, "state": state,
            "share": share, "updated_at": AT,
        },
    )  # fmt: skip


def words(response: Any) -> str:
    return str(response.content.decode())


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("1200", 120_000), ("1,200.50", 120_050), (1200.1, 120_010), ("0.01", 1), ("0", None),
        ("-5", None), ("1e9", None), ("NaN", None), ("Infinity", None), ("一百", None), ("", None),
        ("0.001", None),
    ],
)  # fmt: skip
def test_yuan_are_read_as_fen(typed: object, fen: int | None) -> None:
    assert payments.fen_of(typed) == fen


def test_the_balance_is_the_sum_of_rows_that_are_never_changed(yi: Student, zhou: User) -> None:
    assert ledger.balance_fen(yi) == 200_000
    ledger.record_payment(yi, 50_000, note="", reference="B1", by=zhou, at=AT)
    with pytest.raises(ledger.PaidAlready):
        ledger.record_payment(yi, 50_000, note="", reference="B1", by=zhou, at=AT)
    ledger.correct(yi, -10_000, note="多收", by=zhou, at=AT)
    assert ledger.balance_fen(yi) == 140_000
    assert ledger.balances(Student.objects.all()) == {yi.pk: 140_000}
    for change in (
        lambda: FeeEntry.objects.update(amount_fen=0),
        lambda: FeeEntry.objects.all().delete(),
        lambda: FundEntry.objects.all().delete(),
    ):
        with pytest.raises(TypeError):
            change()
    with pytest.raises(ledger.NoteMissing):
        ledger.correct(yi, 1, note=" ", by=zhou, at=AT)


@pytest.mark.parametrize(
    ("status", "state", "percent", "least", "why"),
    [
        ("enrolled", "on_track", 30, 30, ""),
        ("enrolled", "behind", 30, 30, ""),
        ("enrolled", "on_track", 29, 30, "percent"),
        ("enrolled", "behind", 0, 0, "behind"),
        ("enrolled", "waiting", 0, 0, ""),
        ("on_leave", "away", 90, 30, "on_leave"),
        ("withdrawn", "on_track", 90, 30, "withdrawn"),
        ("graduated", "finished", 100, 60, ""),
    ],
)
def test_who_is_paid_for(status: str, state: str, percent: int, least: int, why: str) -> None:
    assert funding.judge(status, state, percent, least) == why


def test_parts_are_paid_when_due_and_earned_and_once(
    yi: Student, units: people.Units, liu: User
) -> None:
    slow = factories.make_student(units, "阿强", "+8613700000003")
    gone = factories.make_student(units, "阿走", "+8613700000004")
    statuses.change(gone, "withdrawn", reason="x", by=None, at=AT)
    stands(yi, 0.35)
    stands(slow, 0.10, "behind")
    funding.plan(yi.cohort, PLAN, by=liu, at=AT)
    assert funding.release(at=AT) == 2
    assert funding.release(at=AT) == 0
    assert [(e.student, e.instalment.no) for e in FundEntry.objects.all()] == [(yi, 1), (yi, 2)]
    stands(slow, 0.31)
    assert funding.release(at=AT) == 2
    view = funding.year_view([yi.cohort], _all(), city=units.city, year=2026, today=AT.date())
    assert (view.paid, view.expected, view.at_risk, view.fund) == (600_000, 0, 0, None)
    funding.set_year(units.city, 2026, 1_000_000, by=liu, at=AT)
    later = funding.year_view([yi.cohort], _all(), city=units.city, year=2027, today=AT.date())
    assert (later.paid, later.expected, later.fund) == (0, 200_000, None)
    now = funding.year_view([yi.cohort], _all(), city=units.city, year=2026, today=AT.date())
    assert (now.fund, now.left) == (1_000_000, 400_000)
    assert now.by_district == [(units.siming, 600_000, 0)]
    ((_cohort, promised, paid, coming),) = now.by_cohort
    assert (promised, paid, coming) == (1_200_000, 600_000, 0)


@pytest.mark.parametrize(
    ("due_on", "this_year", "of_year"),
    [
        (date(2025, 9, 1), 2026, 2026),  # overdue: it has waited since last year
        (date(2026, 9, 1), 2026, 2026),
        (date(2027, 9, 1), 2026, 2027),
        (date(2026, 9, 1), 2028, 2028),
    ],
)
def test_an_unpaid_part_is_money_of_one_year(due_on: date, this_year: int, of_year: int) -> None:
    today = date(this_year, 10, 31)
    found = [
        year for year in range(2024, 2030) if funding.falls_into(due_on, year=year, today=today)
    ]
    assert found == [of_year]


def test_what_is_held_back_weighs_on_one_year_only(
    yi: Student, units: people.Units, liu: User
) -> None:
    """The same yuan in three years would make the fund look short three times."""
    stands(yi, 0.10, "behind")
    funding.plan(yi.cohort, PLAN, by=liu, at=AT)
    views = {
        year: funding.year_view([yi.cohort], _all(), city=units.city, year=year, today=AT.date())
        for year in (2025, 2026, 2027, 2028)
    }
    coming = {year: view.expected + view.at_risk for year, view in views.items()}
    assert coming == {2025: 0, 2026: 300_000, 2027: 100_000, 2028: 0}


def _all() -> Any:
    from lms.accounts.models import OrgUnit

    return OrgUnit.objects.all()


def test_a_graduate_gets_the_last_part_whatever_lessons_were_not_needed(
    yi: Student, liu: User
) -> None:
    funding.plan(yi.cohort, PLAN, by=liu, at=AT)
    later = AT + timedelta(days=330)
    half = LearningFacts(
        units_done=20, units_required=40, courses_done=2, courses_required=4,
        meetings_attended=0, seconds_left=600, last_study_at=AT,
    )  # fmt: skip
    report_learning(yi, half, at=AT)
    assert funding.release(at=later) == 2
    statuses.change(yi, "graduated", reason="校务会纪要", by=None, at=later)
    assert funding.release(at=later) == 1
    assert FundEntry.objects.latest("pk").percent == 100


def test_a_plan_adds_up_and_is_frozen_once_somebody_was_paid(yi: Student, liu: User) -> None:
    with pytest.raises(funding.PlanDoesNotAddUp):
        funding.plan(yi.cohort, PLAN[:2], by=liu, at=AT)
    funding.plan(yi.cohort, PLAN, by=liu, at=AT)
    funding.plan(yi.cohort, PLAN, by=liu, at=AT)
    assert yi.cohort.instalments.count() == 3
    funding.release(at=AT)
    with pytest.raises(funding.PlanFrozen):
        funding.plan(yi.cohort, PLAN, by=liu, at=AT)


def test_the_registrar_records_payments_on_pages(client: Client, yi: Student, zhou: User) -> None:
    client.force_login(zhou)
    page = f"/desk/fees/{yi.uuid}/"
    assert "2,000" in words(client.get("/desk/fees/"))
    paid = {"amount": "1,200.50", "reference": "B7", "note": ""}
    assert "已记账" in words(client.post(page + "pay/", paid, follow=True))
    assert "已经记过" in words(client.post(page + "pay/", paid, follow=True))
    assert "799.50" in words(client.get(page))
    for bad in ("", "abc", "-5", "0"):
        assert client.post(page + "pay/", paid | {"amount": bad}).status_code == 400
    fix = {"amount": "-799.50", "note": "减免"}
    assert "已记账" in words(client.post(page + "correct/", fix, follow=True))
    assert client.post(page + "correct/", {"amount": "5", "note": ""}).status_code == 400
    assert ledger.balance_fen(yi) == 0
    assert client.post(page + "steal/", paid).status_code == 404
    assert client.get(page + "pay/").status_code == 405
    assert "阿怡" not in words(client.get("/desk/fees/?owing=1"))


def book(*rows: tuple[Any, ...], headings: tuple[str, ...] = ()) -> SimpleUploadedFile:
    columns = [(each, 10) for each in headings or tuple(map(str, payments.COLUMNS))]
    return SimpleUploadedFile("pay.xlsx", workbook.workbook("缴费", columns, rows))


def test_a_workbook_of_payments_is_taken_whole_or_not_at_all(
    client: Client, yi: Student, zhou: User
) -> None:
    client.force_login(zhou)
    url = "/desk/fees/2026/import/"
    bad = book(
        ("2026-LOG-001", 100, "B1", ""),
        ("2026-LOG-999", 1, "B2", ""),
        ("2026-LOG-001", "x", "B1", ""),
    )
    answer = client.post(url, {"file": bad})
    assert answer.status_code == 400
    html = words(answer)
    assert "第 3 行：班里没有学号 2026-LOG-999" in html
    assert "第 4 行：金额“x”不对，流水号 B1 已经记过" in html
    assert FeeEntry.objects.filter(kind="payment").count() == 0
    good = ("2026-LOG-001", 1200.1, 20261031001, "第一笔"), ("2026-log-001", "99.90", "B2", "")
    assert "已记 2 笔" in words(client.post(url, {"file": book(*good)}, follow=True))
    assert ledger.balance_fen(yi) == 200_000 - 120_010 - 9_990
    assert "已经记过" in words(client.post(url, {"file": book(*good)}))
    headless = client.post(url, {"file": book(("a",), headings=("姓名",))})
    assert "没有找到这些栏" in words(headless)
    assert client.post(url, {"file": SimpleUploadedFile("a.xlsx", b"junk")}).status_code == 400
    assert client.post(url, {}).status_code == 400
    assert client.get(url).status_code == 405


def test_the_workbook_for_finance_keeps_text_as_text(
    client: Client, yi: Student, zhou: User
) -> None:
    ledger.record_payment(yi, 100, note="=1+1", reference="00012", by=zhou, at=AT)
    client.force_login(zhou)
    answer = client.get("/desk/fees/2026/finance.xlsx")
    loaded = load_workbook(io.BytesIO(answer.content))
    student = [cell.value for cell in loaded.worksheets[0][2]]
    assert student[0] == "2026-LOG-001"
    assert student[-2:] == [1999, 0]
    line = loaded.worksheets[1][4]
    assert (line[5].value, line[6].value, line[6].data_type) == ("00012", "=1+1", "s")


def test_the_union_sees_its_own_reach_and_only_the_city_plans(
    client: Client, yi: Student, units: people.Units, wang: User, jimei_officer: User, liu: User
) -> None:
    stands(yi, 0.1, "behind")
    client.force_login(liu)
    form = {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "0"}
    parts = {
        "form-0-due_on": "2026-09-15", "form-0-amount": "1000", "form-0-least_percent": "30",
        "form-1-due_on": "2027-09-15", "form-1-amount": "3000", "form-1-least_percent": "60",
    }  # fmt: skip
    plan = client.post("/desk/money/2026/", form | parts, follow=True)
    assert "已保存 2 期" in words(plan)
    short = client.post("/desk/money/2026/", form | parts | {"form-1-amount": "1"}, follow=True)
    assert "要等于每人的工会资助 4,000 元" in words(short)
    wrong = client.post("/desk/money/2026/", form | parts | {"form-0-amount": "x"})
    assert wrong.status_code == 400
    fund = client.post("/desk/money/fund/", {"year": "2026", "amount": "50000"}, follow=True)
    assert "49,000" in words(fund)
    assert YearFund.objects.get().amount_fen == 5_000_000
    assert client.post("/desk/money/fund/", {"year": "x", "amount": "-1"}).status_code == 400
    assert "只学了 10%，要 30%" in words(client.get("/desk/money/"))
    client.force_login(wang)
    assert "阿怡" in words(client.get("/desk/money/"))
    assert client.get("/desk/money/2026/").status_code == 403
    assert client.post("/desk/money/fund/").status_code == 403
    client.force_login(jimei_officer)
    assert "阿怡" not in words(client.get("/desk/money/?year=2026"))
    loaded = load_workbook(io.BytesIO(client.get("/desk/money/finance.xlsx").content))
    assert loaded.worksheets[0].max_row == 1


@pytest.mark.parametrize("who", ["outsider", "chen", "he", "wu", "zheng"])
def test_other_roles_are_kept_out(
    client: Client, yi: Student, who: str, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))
    for url in ("/desk/fees/", f"/desk/fees/{yi.uuid}/", "/desk/money/", "/desk/money/2026/"):
        assert client.get(url).status_code == 403
