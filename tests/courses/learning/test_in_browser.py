"""A lesson in real Chromium at phone size: watching counts, with and without a signal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from courses.learning import access
from courses.learning.models import UnitProgress, WatchSegment
from courses.quizzes.models import Answer
from enrollment.api import Student
from lms.base import clock
from media.api import add_video
from tests import factories, people
from tests.courses import teaching
from tests.courses.learning.door import WAYS, Door
from tests.courses.teaching import Taught
from tests.media import clips
from tests.media.conftest import shelf, work_off  # noqa: F401 - a fixture

pytestmark = [pytest.mark.journeys, pytest.mark.django_db(transaction=True)]
SECONDS = 12


@pytest.fixture
def taught(shelf: Path, tmp_path: Path, transactional_db: None) -> Taught:  # noqa: F811
    """The course, with a real recording that went through the pipeline."""
    source = clips.lecture(tmp_path / "lecture.mp4", seconds=SECONDS)
    film = work_off(add_video(source, title="物流是什么", by=None, at=clock.now()))
    return teaching.make_taught(film)


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
def phone(browser: Browser, door: Door, yi: Student) -> Iterator[Callable[[], Page]]:
    """Opens one more phone on which 阿怡 is signed in."""
    contexts = []

    def open_phone() -> Page:
        client = Client()
        client.force_login(yi.user)
        context = browser.new_context(
            viewport={"width": 390, "height": 844}, locale="zh-CN", base_url=door.address
        )
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": door.address}]
        )
        contexts.append(context)
        return context.new_page()

    yield open_phone
    for context in contexts:
        context.close()


def play_until(page: Page, seconds: float) -> None:
    page.wait_for_function(
        "(s) => document.querySelector('[data-picture]').currentTime >= s", arg=seconds
    )


def pause(page: Page) -> None:
    page.evaluate("() => document.querySelector('[data-picture]').pause()")


@pytest.mark.parametrize("way", WAYS)
def test_watching_counts_waits_for_a_signal_and_goes_on_elsewhere(
    way: str, phone: Callable[[], Page], door: Door, taught: Taught, yi: Student
) -> None:
    first = phone()
    loaded: list[str] = []
    first.on("requestfinished", lambda request: loaded.append(request.url))
    address = reverse("courses:lesson", args=[taught.lesson.uuid])
    first.goto(address)
    # Nothing of the video or its player before the tap.
    assert len(loaded) <= 8
    assert not [url for url in loaded if "hls" in url or ".m4s" in url or ".mp4" in url]

    first.click("[data-plays]")
    play_until(first, 3)
    pause(first)
    ring = first.locator("[data-counts] .progress-ring")
    expect(ring).not_to_have_attribute("aria-label", "已看 0%")
    before = WatchSegment.objects.count()
    first.wait_for_function(
        "() => { const { buffered } = document.querySelector('[data-picture]'); return buffered.end(0) > 7; }"
    )

    door.cut(first.context, way)
    first.evaluate("() => document.querySelector('[data-picture]').play()")
    play_until(first, 6)
    pause(first)
    expect(first.locator("[data-unsent]")).to_be_visible(timeout=30_000)
    expect(first.locator("[data-unsent-count]")).to_have_text("1")
    assert WatchSegment.objects.count() == before

    door.mend(first.context, way)
    # Nobody tells the page that a dead server is back: it asks again after five seconds or fifteen.
    expect(first.locator("[data-unsent]")).to_be_hidden(timeout=30_000)
    held = UnitProgress.objects.get(student=yi, unit=taught.unit("video"))
    # What the list said before it was empty belongs to the message when it fails.
    kept = list(WatchSegment.objects.order_by("id").values())
    assert held.share >= 5.5 / SECONDS, kept
    assert len(held.spans) == 1

    second = phone()
    second.goto(address)
    expect(second.locator("[data-plays]")).to_contain_text("接着看")
    second.check("[data-quality][value=saver]", force=True)
    second.click("[data-plays]")
    second.wait_for_function("() => document.querySelector('[data-picture]').currentTime > 5")
    second.wait_for_function("() => document.querySelector('[data-picture]').ended")
    expect(second.locator("[data-done]")).to_be_visible()
    held.refresh_from_db()
    assert held.done_at is not None


def test_answers_are_kept_as_they_are_tapped(
    phone: Callable[[], Page], taught: Taught, yi: Student
) -> None:
    page = phone()
    page.goto(reverse("courses:lesson", args=[taught.lesson.uuid]))
    page.click("text=开始小测")
    with page.expect_response("**/answers/"):
        page.locator(".question__option").first.click()

    assert Answer.objects.get().given == "a"
    page.reload()
    expect(page.locator(".question__option input").first).to_be_checked()
