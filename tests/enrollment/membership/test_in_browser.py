"""The register, a roster and a wish to join in real Chromium: phone and desk, day and night."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from enrollment.membership.models import JoinRequest, Member
from enrollment.registry.models import Cohort
from lms.accounts.models import User
from lms.base.jobs import api as jobs
from tests import people
from tests.enrollment.applications import cast as applicants
from tests.enrollment.membership import cast
from tests.enrollment.membership.workbooks import take, workbook

pytestmark = [pytest.mark.journeys, pytest.mark.django_db(transaction=True)]
AXE = settings.BASE_DIR / "tests" / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = {"phone": (390, 844), "desk": (1280, 800), "small": (320, 568)}
Open = Callable[..., Page]


@pytest.fixture
def screen_of(browser: Browser, live_server: Any) -> Iterator[Open]:
    """A screen for each person, signed in, with scripts checked by axe past the policy."""
    contexts = []

    def open_screen(user: User, size: str = "phone", theme: str = "light") -> Page:
        client = Client()
        client.force_login(user)
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,
            locale="zh-CN",
            base_url=live_server.url,
            bypass_csp=True,
        )
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
        )
        contexts.append(context)
        return context.new_page()

    yield open_screen
    for context in contexts:
        context.close()


def assert_no_barriers(page: Page) -> None:
    page.evaluate("() => scrollTo(0, document.body.scrollHeight)")
    page.add_script_tag(path=str(AXE))
    found = page.evaluate(
        "(rules) => axe.run(document, {runOnly: rules})"
        ".then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))",
        RULES,
    )
    assert found == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def lines() -> list[tuple[str, ...]]:
    number = applicants.id_number
    return [
        ("林师傅", number(1), "13700000001", "2019-05-01", "飞送"),
        ("买买提·艾力", number(2), "13700000002", "2020", "飞送"),
        ("欧阳䶮", number(3), "13700000003", "去年", "无名工会"),
        ("", "123"),
        ("林师傅", number(1)),
        ("陈志明", number(9), "13700000009", "2018-03", ""),
        ("黄丽娟", number(10), "", "2021-07-01", ""),
    ]


@pytest.fixture
def wish(lin: User, cohort: Cohort, units: people.Units) -> JoinRequest:
    cast.member(units.siming, serial=9, name="陈志民", since=None)
    cast.member(units.riders, serial=10, name="黄丽娟")
    return cast.request_of(cast.joining(lin, cohort, units.siming, enterprise=units.riders))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_every_screen_is_without_barriers(
    screen_of: Open, wish: JoinRequest, wang: User, lin: User, units: people.Units,
    size: str, theme: str,
) -> None:  # fmt: skip
    roster = take(workbook(*lines()), units.siming, wang)
    officer, applicant = screen_of(wang, size, theme), screen_of(lin, size, theme)
    screens = {
        "register": (officer, "/desk/members/"),
        "roster": (officer, f"/desk/members/rosters/{roster.uuid}/"),
        "queue": (officer, "/desk/members/joins/"),
        "join": (officer, f"/desk/members/joins/{wish.uuid}/"),
        "case": (officer, f"/desk/review/{wish.application.uuid}/"),
        "receipt": (applicant, "/status/"),
    }
    for name, (page, url) in screens.items():
        page.goto(url)
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{size}-{theme}.png", full_page=True)
        assert_no_barriers(page)


def test_an_officer_takes_a_roster_in_and_answers_a_wish(
    screen_of: Open, wish: JoinRequest, wang: User, tmp_path: Path
) -> None:
    file = tmp_path / "思明名册.xlsx"
    file.write_bytes(workbook(*lines()))
    page = screen_of(wang)
    page.goto("/desk/members/")
    page.get_by_label("名册文件").set_input_files(file)
    page.get_by_role("button", name="上传并核对").click()
    expect(page.locator("h1")).to_contain_text("思明名册.xlsx")
    jobs.run_due()
    # The page looks again by itself.
    page.get_by_role("button", name="导入 4 人").click()
    expect(page.locator("#roster")).to_contain_text("正在导入")
    jobs.run_due()
    expect(page.locator("#roster")).to_contain_text("已导入 4 人")
    assert Member.objects.count() == 4

    page.goto("/desk/members/joins/")
    page.get_by_role("link", name="林师傅").click()
    page.get_by_role("button", name="同意入会").click()
    expect(page.locator("body")).to_contain_text("林师傅已编入飞送配送工会")


def test_the_form_shows_joining_only_to_those_who_are_no_member(
    screen_of: Open, lin: User, cohort: Cohort, units: people.Units
) -> None:
    applicants.filled(lin, cohort, units.siming, is_member=None)
    page = screen_of(lin)
    page.goto("/apply/union/")
    joining, since = page.get_by_label("自愿申请加入工会"), page.get_by_label("哪一年入会")
    expect(joining).to_be_hidden()
    page.get_by_text("还不是", exact=True).click()
    expect(joining).to_be_visible()
    expect(since).to_be_hidden()
    expect(joining).not_to_be_checked()
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / "form-phone-light.png", full_page=True)
    assert_no_barriers(page)
    page.get_by_text("是", exact=True).click()
    expect(joining).to_be_hidden()
    expect(since).to_be_visible()
