"""Student pages without a signal, in real Chromium: kept for one person, until the sign-out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect

from courses.learning import access
from enrollment.api import Student
from tests import factories, people
from tests.courses import teaching
from tests.courses.learning.door import WAYS, Door
from tests.courses.teaching import Taught

pytestmark = [pytest.mark.journeys, pytest.mark.django_db(transaction=True)]
KEPT = "() => caches.open('study-pages-1').then((s) => s.keys()).then((k) => k.map((r) => r.url))"


@pytest.fixture
def taught(transactional_db: None) -> Taught:
    return teaching.make_taught()


def student(units: people.Units, name: str, phone: str) -> Student:
    made = factories.make_student(units, name, phone)
    access.open_access(made, at=people.AT)
    return made


@pytest.fixture
def yi(taught: Taught, units: people.Units) -> Student:
    return student(units, "阿怡", "+8613700000002")


@pytest.fixture
def door(live_server: Any) -> Iterator[Door]:
    opened = Door(live_server.url)
    yield opened
    opened.kill()


@pytest.fixture
def context(browser: Browser, door: Door) -> Iterator[BrowserContext]:
    opened = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="zh-CN", base_url=door.address
    )
    yield opened
    opened.close()


def sign_in(context: BrowserContext, who: Student, door: Door) -> None:
    client = Client()
    client.force_login(who.user)
    name = settings.SESSION_COOKIE_NAME
    value = client.cookies[name].value
    context.add_cookies([{"name": name, "value": value, "url": door.address}])


def open_and_keep(context: BrowserContext, door: Door, who: Student) -> Page:
    sign_in(context, who, door)
    page = context.new_page()
    page.goto(reverse("courses:today"))
    expect(page.locator("[data-keeps][data-kept]")).to_have_count(1, timeout=30_000)
    return page


@pytest.mark.parametrize("way", WAYS)
def test_what_was_opened_opens_without_a_signal_and_says_since_when(
    way: str, context: BrowserContext, door: Door, yi: Student, taught: Taught
) -> None:
    page = open_and_keep(context, door, yi)
    lesson = reverse("courses:lesson", args=[taught.lesson.uuid])
    page.goto(lesson)
    expect(page.locator("[data-kept-notice]")).to_be_hidden()

    door.cut(context, way)
    page.goto(reverse("courses:today"))
    expect(page.locator("[data-kept-notice]")).to_be_visible()
    expect(page.locator("[data-kept-notice] time")).not_to_be_empty()
    # The style came along: the page is not the bare skeleton.
    assert page.evaluate("() => document.styleSheets.length") == 1
    page.goto(lesson)
    expect(page.get_by_role("heading", level=1)).to_contain_text("物流是什么")

    page.goto(reverse("courses:me"))
    expect(page.get_by_role("heading", level=1)).to_have_text("现在没有网络")


def test_signing_out_leaves_no_page_behind(
    context: BrowserContext, door: Door, yi: Student
) -> None:
    page = open_and_keep(context, door, yi)
    page.goto(reverse("courses:me"))
    assert page.evaluate(KEPT)
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url(door.address + "/?left=1")
    assert page.evaluate(KEPT) == []

    door.kill()
    page.goto(reverse("courses:today"))
    expect(page.get_by_role("heading", level=1)).to_have_text("现在没有网络")


def test_somebody_else_on_the_same_phone_sees_nothing_of_hers(
    context: BrowserContext, door: Door, yi: Student, units: people.Units
) -> None:
    page = open_and_keep(context, door, yi)
    page.goto(reverse("courses:me"))
    context.clear_cookies()
    sign_in(context, student(units, "小丁", "+8613700000003"), door)
    page.goto(reverse("courses:today"))
    page.wait_for_function(
        "() => caches.open('study-pages-1').then((s) => s.keys()).then((k) => k.length === 2)"
    )

    door.kill()
    page.goto(reverse("courses:me"))
    expect(page.get_by_role("heading", level=1)).to_have_text("现在没有网络")


def test_a_session_that_ended_by_itself_is_wiped_at_the_sign_in_page(
    context: BrowserContext, door: Door, yi: Student
) -> None:
    page = open_and_keep(context, door, yi)
    context.clear_cookies()
    page.goto(reverse("courses:today"))
    page.wait_for_url("**/sign-in/**")
    page.wait_for_function("() => caches.has('study-pages-1').then((held) => !held)")


def test_pages_for_everybody_are_not_the_workers_business(
    context: BrowserContext, door: Door, yi: Student
) -> None:
    page = open_and_keep(context, door, yi)
    page.goto("/")
    assert page.evaluate("() => navigator.serviceWorker.controller") is None
    assert door.address + "/" not in page.evaluate(KEPT)


def test_only_pages_with_a_name_on_them_may_be_kept(client: Client, yi: Student) -> None:
    client.force_login(yi.user)
    assert client.get(reverse("courses:today"))["X-Kept-For"] == str(yi.user.pk)
    assert "X-Kept-For" not in client.get(reverse("courses:no_signal"))
    assert "X-Kept-For" not in client.get("/")
