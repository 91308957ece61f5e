"""Writing beside a lesson in real Chromium: kept without a signal, sent once, found again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from courses.learning import access
from courses.notebook import writing
from courses.notebook.models import Note
from courses.reminders import choosing, links
from courses.reminders.choosing import Choice
from courses.reminders.models import EVERY_DAY, Reminder
from enrollment.api import Student
from lms.base import clock
from tests import factories, people
from tests.courses import teaching
from tests.courses.learning.door import WAYS, Door
from tests.courses.teaching import Taught

pytestmark = [
    pytest.mark.journeys,
    pytest.mark.one_database,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def taught(transactional_db: None) -> Taught:
    return teaching.make_taught()


@pytest.fixture
def yi(taught: Taught, units: people.Units) -> Student:
    student = factories.make_student(units)
    access.open_access(student, at=people.AT)
    return student


@pytest.fixture
def door(live_server: Any) -> Iterator[Door]:
    opened = Door(live_server.url)
    yield opened
    opened.kill()


@pytest.fixture
def page(browser: Browser, door: Door, yi: Student) -> Iterator[Page]:
    client = Client()
    client.force_login(yi.user)
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="zh-CN", base_url=door.address
    )
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": door.address}]
    )
    opened = context.new_page()
    yield opened
    context.close()


@pytest.mark.parametrize("way", WAYS)
def test_a_note_without_a_signal_waits_goes_once_and_leads_back_to_its_second(
    way: str, page: Page, door: Door, yi: Student, taught: Taught
) -> None:
    unit = taught.unit("video")
    writing.take_note(yi, unit, at_s=20, text="先进先出", uuid=uuid4(), at=clock.now())
    lesson = reverse("courses:lesson", args=[taught.lesson.uuid])
    page.goto(f"{lesson}#at-{unit.uuid}-20")
    expect(page.locator("[data-plays-label]")).to_have_text("从 0:20 看")

    page.click("[data-remarks] summary")
    expect(page.locator("[data-list]")).to_contain_text("先进先出")
    door.cut(page.context, way)
    page.fill("#remark", "库位编号由左到右")
    page.click("button[value=note]")
    expect(page.locator("[data-said]")).to_contain_text("不会丢")
    assert Note.objects.count() == 1

    door.mend(page.context, way)
    expect(page.locator("[data-list]")).to_contain_text("库位编号由左到右")
    page.reload()
    page.click("[data-remarks] summary")
    expect(page.locator("[data-list]")).to_contain_text("库位编号由左到右")
    assert Note.objects.count() == 2


def test_opening_the_link_of_a_message_turns_reminders_off(
    browser: Browser, live_server: Any, yi: Student
) -> None:
    now = clock.now()
    choice = Choice(Reminder.By.SMS, now.time(), EVERY_DAY)
    reminder = choosing.choose(yi, choice, by=yi.user, at=now)
    stranger = browser.new_context(base_url=live_server.url, locale="zh-CN").new_page()
    stranger.goto(reverse("courses:reminder_switch", args=[links.token_of(reminder)]))
    expect(stranger.locator("h1")).to_have_text("提醒已经关了")
    reminder.refresh_from_db()
    assert not reminder.is_on
    stranger.context.close()
