"""A reviewer at work in real Chromium: with a thumb on a phone, and with ten fingers at a desk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from enrollment.applications.flow import State
from enrollment.applications.models import Application
from enrollment.registry.models import Cohort
from tests import people
from tests.enrollment.applications import cast

pytestmark = [pytest.mark.journeys, pytest.mark.django_db(transaction=True)]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def four(cohort: Cohort, units: people.Units) -> list[Application]:
    """Four with real photos, the first waiting longest; the last is the first one's double."""
    return [
        cast.submitted(
            cast.rider(serial, name=name), cohort, units.siming, serial=serial,
            id_number=cast.id_number(serial),
        )
        for serial, name in enumerate(("郑远航", "古丽娜尔·买买提", "䶮小燕", "郑远航"), start=1)
    ]  # fmt: skip


@pytest.fixture
def opens(browser: Browser, live_server: Any, office: cast.Office) -> Iterator[Any]:
    """Opens a page of 赵干事's browser: ``opens(window, path)``."""
    contexts = []

    def open_page(window: dict[str, int], path: str, **more: Any) -> Page:
        client = Client()
        client.force_login(office.district)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context = browser.new_context(
            viewport=window, locale="zh-CN", base_url=live_server.url, **more
        )
        contexts.append(context)
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
        )
        page = context.new_page()
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def picture(page: Page, name: str) -> None:
    """Kept where ``REVIEW_PICTURES`` names a folder, to be looked at."""
    if folder := os.environ.get("REVIEW_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def press(page: Page, key: str) -> None:
    """A key, once the page listens (its script shows the switch)."""
    expect(page.get_by_role("button", name="关掉快捷键")).to_be_visible()
    page.keyboard.press(key)


def states(applications: list[Application]) -> list[str]:
    wanted = [each.pk for each in applications]
    found = dict(Application.objects.filter(pk__in=wanted).values_list("pk", "state"))
    return [found[pk] for pk in wanted]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_with_a_thumb_on_a_phone(opens: Any, four: list[Application], scheme: str) -> None:
    page = opens(PHONE, "/desk/review/", has_touch=True, is_mobile=True, color_scheme=scheme)
    assert not page.evaluate(TOO_WIDE)
    picture(page, f"queue-phone-{scheme}")
    page.get_by_role("button", name="领取下一份").tap()
    expect(page.get_by_role("heading", level=1)).to_contain_text("郑远航")
    expect(page.locator(".photo-grid__image").first).to_be_visible()
    expect(page.get_by_text("可能重复")).to_be_visible()
    assert not page.evaluate(TOO_WIDE)
    picture(page, f"case-phone-{scheme}")
    page.get_by_text("退回补正").first.tap()
    page.locator("#return-reason").select_option("diploma")
    page.get_by_role("button", name="退回", exact=True).tap()
    expect(page.get_by_role("heading", level=1)).to_contain_text("古丽娜尔·买买提")
    page.get_by_role("button", name="通过", exact=True).tap()
    expect(page.get_by_role("heading", level=1)).to_contain_text("䶮小燕")
    assert states(four[:3]) == [State.RETURNED, State.DISTRICT, State.SUBMITTED]


def test_with_the_keyboard_alone(opens: Any, four: list[Application]) -> None:
    page = opens(DESK, "/desk/review/")
    picture(page, "queue-desk")
    press(page, "j")
    expect(page.get_by_role("link", name="郑远航").first).to_be_focused()
    press(page, "j")
    press(page, "j")
    press(page, "k")
    expect(page.get_by_role("link", name="古丽娜尔")).to_be_focused()
    press(page, "Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("古丽娜尔·买买提")
    press(page, "c")
    expect(page.get_by_text("你领取了这份申请")).to_be_visible()
    picture(page, "case-desk")
    press(page, "1")
    expect(page.get_by_role("heading", level=1)).to_contain_text("郑远航")
    press(page, "2")
    expect(page.locator("#return-reason")).to_be_focused()
    press(page, "ArrowDown")
    press(page, "Tab")
    page.keyboard.type("四个角都要拍进去 1 2 3")
    press(page, "Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("䶮小燕")
    press(page, "3")
    expect(page.locator("#reject-reason")).to_be_focused()
    press(page, "Tab")
    press(page, "Escape")
    page.locator("h1").click()
    press(page, "q")
    expect(page).to_have_url(page.url.split("/desk/")[0] + "/desk/review/")
    assert states(four[:3]) == [State.RETURNED, State.DISTRICT, State.SUBMITTED]
    press(page, "n")
    expect(page.get_by_role("heading", level=1)).to_contain_text("䶮小燕")
    assert four[0].decisions.get().words == "四个角都要拍进去 1 2 3"


def test_keys_can_be_switched_off(opens: Any, four: list[Application]) -> None:
    page = opens(DESK, f"/desk/review/{four[0].uuid}/")
    page.get_by_role("button", name="关掉快捷键").click()
    page.locator("h1").click()
    press(page, "1")
    page.reload()
    press(page, "1")
    expect(page.get_by_role("heading", level=1)).to_contain_text("郑远航")
    assert states(four[:1]) == [State.SUBMITTED]
    page.get_by_role("button", name="关掉快捷键").click()
    page.locator("h1").click()
    press(page, "1")
    expect(page.get_by_role("heading", level=1)).to_contain_text("古丽娜尔·买买提")
    assert states(four[:1]) == [State.DISTRICT]


def test_two_officers_side_by_side_do_not_read_the_same(
    opens: Any, four: list[Application], office: cast.Office, live_server: Any
) -> None:
    from lms.accounts.models import Role

    sun = people.make_staff(
        Role.DISTRICT_OFFICER, "孙干事", username="office-sun", unit=office.units.siming
    )
    colleague = Client()
    colleague.force_login(sun)
    colleague.post("/desk/review/next/")
    page = opens(DESK, "/desk/review/")
    expect(page.get_by_text("孙干事在审")).to_be_visible()
    page.get_by_role("button", name="领取下一份").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("古丽娜尔·买买提")
    page.goto(f"/desk/review/{four[0].uuid}/")
    picture(page, "case-of-a-colleague")
    expect(page.get_by_role("button", name="通过", exact=True)).to_have_count(0)
    page.get_by_role("button", name="接手").click()
    page.get_by_role("button", name="通过", exact=True).click()
    assert states(four[:1]) == [State.DISTRICT]
