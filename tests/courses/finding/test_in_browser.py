"""The search on a small phone in Chromium: typed, found, and led to the second of the film."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from courses.catalogue.pages import CoursePage
from courses.learning import access
from courses.permissions import give_editors_their_rights
from lms.accounts.models import Role, User
from tests import factories, people
from tests.courses import teaching
from tests.courses.teaching import Taught

pytestmark = [pytest.mark.journeys, pytest.mark.django_db(transaction=True)]
AXE = settings.BASE_DIR / "tests" / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SHOTS = os.environ.get("SCREENSHOTS", "")
CAPTIONS = "WEBVTT\n\n02:05.000 --> 02:09.000\n这一步叫波次，先把单子并成一批\n"


@pytest.fixture
def taught(transactional_db: None) -> Taught:
    film = teaching.make_video("拣货实拍", duration_s=300)
    film.captions_vtt = CAPTIONS
    film.save()
    found = teaching.make_taught(film)
    teaching.make_lesson(
        found.course_page,
        "什么是波次拣货",
        [teaching.text("波次就是把许多单子并成一批来拣，少走许多路。")],
    )
    return found


@pytest.fixture
def open_as(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    contexts = []

    def open_page(user: User, width: int, height: int = 780, **more: Any) -> Page:
        client = Client()
        client.force_login(user)
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale="zh-CN", base_url=live_server.url,
            **more,
        )  # fmt: skip
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
        )
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


def look(page: Page, name: str) -> None:
    """Nothing sticks out, and axe finds nothing."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        "(rules) => axe.run(document, {runOnly: {type: 'tag', values: rules}})"
        ".then((r) => r.violations.map((v) => v.id + ': ' + v.nodes[0].html))",
        RULES,
    )
    assert found == []


def test_a_word_that_is_said_in_a_film_leads_to_its_second(
    open_as: Callable[..., Page], taught: Taught
) -> None:
    student = factories.make_student(people.make_units())
    access.open_access(student, at=people.AT)
    page = open_as(student.user, 360, color_scheme="dark")
    page.goto(reverse("courses:courses"))
    page.get_by_role("searchbox").fill("波次")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="找到 2 讲")).to_be_visible()
    look(page, "search-360-dark")
    page.get_by_role("link", name="2:05").click()

    page.wait_for_url(f"**/#at-{taught.unit('video').uuid}-125")
    expect(page.locator("[data-player]")).to_be_visible()


def test_a_member_without_a_class_finds_the_way_in_the_academy(
    open_as: Callable[..., Page], taught: Taught
) -> None:
    page_ = CoursePage.objects.get(pk=taught.course_page.pk)
    page_.is_open = True
    teaching.publish(page_)
    page = open_as(people.make_person("外人", "+8613900009999"), 360)
    page.goto(reverse("courses:academy"))
    look(page, "academy-360")
    page.get_by_role("link", name="物流学概论").click()
    look(page, "academy-course-360")
    page.get_by_role("link", name="什么是波次拣货").click()
    page.get_by_role("button", name="我读完了").click()
    expect(page.get_by_text("课文读完了，已经记下。")).to_be_visible()
    look(page, "academy-lesson-360")


def test_an_editor_reads_what_is_to_be_done(open_as: Callable[..., Page], taught: Taught) -> None:
    give_editors_their_rights(sender=None)
    editor = people.make_staff(
        Role.COURSE_EDITOR, "小何", username="he", unit=people.make_units().city
    )
    taught.film.state, taught.film.reason = "failed", "文件损坏"
    taught.film.save()
    page = open_as(editor, 1280)
    page.goto(reverse("content_health"))

    expect(page.locator("main")).to_contain_text("没有转码成功")
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / "health-1280.png"))
