"""The union's desk in real Chromium: phone and desk, day and night; from sign-in to a logged call and a table."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from courses.learning import days
from courses.learning.models import StudyDay
from enrollment.completion import backtesting, calls, month_reports, rebuilding
from enrollment.completion.desk_models import Export, MonthReport
from enrollment.completion.models import Call
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import User
from tests import people
from tests.desk import class_of
from tests.desk.class_of import NOW, Pace

pytestmark = [pytest.mark.journeys, pytest.mark.django_db(transaction=True)]
AXE = settings.BASE_DIR / "tests" / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = {"phone": (390, 844), "desk": (1280, 800)}
Open = Callable[..., Page]
MORE = tuple(
    Pace(f"学员{n}", ("riders", "jimei", "siming")[n % 3], n * 7 % 49, n * 5 % 30, n % 4)
    for n in range(21)
)


@pytest.fixture(autouse=True)
def _then() -> Iterator[None]:
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def students(units: people.Units) -> list[Student]:
    """Two classes: one that is over and was tried, one half way, with calls, days and reports."""
    elder = class_of.build(units, slug="2025", paces=MORE[:12], phones=5)
    Cohort.objects.filter(slug="2025").update(
        opens_on=date(2025, 6, 1),
        closes_on=date(2025, 7, 31),
        starts_on=date(2025, 9, 1),
        ends_on=date(2026, 11, 30),
        name="2025 级学历能力提升专班",
    )
    backtesting.test_all(at=NOW)
    made = class_of.build(units, paces=(*class_of.PACES, *MORE))
    studied = [
        StudyDay(student=student, day=(NOW - timedelta(days=back)).date(), seconds=900 + back * 40)
        for student in (*elder, *made)
        for back in range(7 + student.pk % 5, 84, 2 + student.pk % 4)
    ]
    # The day of the last study is there already.
    StudyDay.objects.bulk_create(studied, ignore_conflicts=True)
    days.count()
    assert rebuilding.reconcile(at=NOW - timedelta(hours=7)).differences == 0
    officer = people.make_staff("city_officer", "蔡干事", username="cai", unit=units.city)  # type: ignore[arg-type]
    calls.log(made[2], "no_answer", note="", by=officer, at=NOW - timedelta(days=3))
    for unit in (units.city, units.siming):
        report, _new = month_reports.freeze(
            made[0].cohort, unit, month_reports.month_before(NOW), at=NOW
        )
        month_reports.print_report(report)
    return made


@pytest.fixture
def screen_of(browser: Browser, live_server: Any) -> Iterator[Open]:
    """A screen for each person, signed in (or for nobody yet), with scripts checked by axe past the policy."""
    contexts = []

    def open_screen(user: User | None, size: str = "phone", theme: str = "light") -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,
            locale="zh-CN",
            base_url=live_server.url,
            bypass_csp=True,
        )
        if user is not None:
            client = Client()
            client.force_login(user)
            name = settings.SESSION_COOKIE_NAME
            cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
            context.add_cookies([cookie])  # type: ignore[list-item]
        contexts.append(context)
        return context.new_page()

    yield open_screen
    for context in contexts:
        context.close()


def faults_of(page: Page) -> list[Any]:
    page.add_script_tag(path=str(AXE))
    found: list[Any] = page.evaluate(
        "(rules) => axe.run(document, {runOnly: rules})"
        ".then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))",
        RULES,
    )
    if not page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"):
        found.append("scrolls sideways")
    return found


@pytest.mark.parametrize(("size", "theme"), [("phone", "light"), ("desk", "dark"), ("phone", "dark"), ("desk", "light")])  # fmt: skip
def test_every_screen_is_without_barriers(
    screen_of: Open, students: list[Student], liu: User, zhou: User, size: str, theme: str
) -> None:
    officer, registrar = screen_of(liu, size, theme), screen_of(zhou, size, theme)
    screens = {
        "home": (officer, "/desk/union/"),
        "behind": (officer, "/desk/union/behind/"),
        "call": (officer, f"/desk/union/call/{students[1].uuid}/"),
        "figures": (officer, "/desk/union/figures/"),
        "months": (officer, "/desk/union/figures/?by=month"),
        "cohorts": (officer, "/desk/union/cohorts/"),
        "rules": (officer, "/desk/union/rules/"),
        "reports": (officer, "/desk/union/reports/"),
        "past": (officer, f"/desk/union/past/?day={NOW - timedelta(days=10):%Y-%m-%d}"),
        "again": (officer, f"/desk/union/reports/{MonthReport.objects.latest('pk').uuid}/again/"),
        "export": (officer, "/desk/union/export/"),
        "wall": (officer, "/desk/union/wall/"),
        "layout": (registrar, "/desk/registration/2026/"),
    }
    faults: dict[str, Any] = {}
    for name, (page, url) in screens.items():
        page.goto(url)
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{size}-{theme}.png", full_page=True)
        if found := faults_of(page):
            faults[name] = found
    assert faults == {}


def test_an_officer_finds_who_is_behind_calls_logs_and_takes_the_table_along(
    screen_of: Open, students: list[Student], wang: User
) -> None:
    """Who is behind stands on the first page after the sign-in: no tap; the sheet is one."""
    page = screen_of(None)
    page.goto("/sign-in/staff/")
    page.fill("[name=login]", wang.username)
    page.fill("[name=password]", "test-pass-123")
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("**/desk/union/**")
    row = page.locator(".call-row").filter(has_text="册𫖯丙")
    expect(row).to_contain_text("还差")
    expect(row).to_contain_text("3 天前：没接通")
    row.get_by_role("link").click()  # the first tap
    expect(page.get_by_text("为什么联系")).to_be_visible()
    page.get_by_role("button", name="显示号码").click()
    expect(page.get_by_role("link", name="拨打")).to_have_attribute("href", "tel:+8613700000002")
    page.get_by_label("答应继续学").check()
    page.get_by_label("备注").fill("周三晚上")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("body")).to_contain_text("今天：答应继续学")
    assert Call.objects.filter(outcome="will_study", by=wang).count() == 1

    page.get_by_role("link", name="导出").first.click()
    with page.expect_download() as coming:
        page.get_by_role("button", name="联系和帮扶学员").click()
    content = Path(coming.value.path()).read_bytes()
    names = [
        row[1] for row in load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
    ]
    assert "册𫖯丙" in names
    assert "集美𬬭丁" not in names
    assert Export.objects.get().purpose == "contact"
