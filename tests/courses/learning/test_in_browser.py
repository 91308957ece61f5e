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
from tests.courses.teaching import Taught
from tests.media import clips
from tests.media.conftest import shelf, work_off  # noqa: F401 - a fixture

pytestmark = [pytest.mark.journeys, pytest.mark.django_db(transaction=True)]
AXE = settings.BASE_DIR / "tests" / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
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
def phone(browser: Browser, live_server: Any, yi: Student) -> Iterator[Callable[[], Page]]:
    """Opens one more phone on which 阿怡 is signed in."""
    contexts = []

    def open_phone() -> Page:
        client = Client()
        client.force_login(yi.user)
        context = browser.new_context(
            viewport={"width": 390, "height": 844}, locale="zh-CN", base_url=live_server.url
        )
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        return page

    yield open_phone
    for context in contexts:
        context.close()


def play_until(page: Page, seconds: float) -> None:
    page.wait_for_function(
        "(s) => document.querySelector('[data-picture]').currentTime >= s", arg=seconds
    )


def pause(page: Page) -> None:
    page.evaluate("() => document.querySelector('[data-picture]').pause()")


def test_watching_counts_waits_for_a_signal_and_goes_on_elsewhere(
    phone: Callable[[], Page], taught: Taught, yi: Student
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

    first.context.set_offline(True)
    first.evaluate("() => document.querySelector('[data-picture]').play()")
    play_until(first, 6)
    pause(first)
    expect(first.locator("[data-unsent]")).to_be_visible()
    expect(first.locator("[data-unsent-count]")).to_have_text("1")
    assert WatchSegment.objects.count() == before

    first.context.set_offline(False)
    expect(first.locator("[data-unsent]")).to_be_hidden()
    held = UnitProgress.objects.get(student=yi, unit=taught.unit("video"))
    assert held.share >= 5.5 / SECONDS
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_screens_of_study_are_accessible(
    scheme: str, browser: Browser, live_server: Any, taught: Taught, yi: Student
) -> None:
    client = Client()
    client.force_login(yi.user)
    # As tall as the longest page: axe takes what scrolls under the tab bar for too small to hit.
    context = browser.new_context(
        viewport={"width": 390, "height": 3000},
        locale="zh-CN",
        base_url=live_server.url,
        color_scheme=scheme,
        bypass_csp=True,
    )
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    page = context.new_page()
    course = taught.course
    for address in (
        "/",
        course.url_path,
        "/learn/",
        "/learn/courses/",
        reverse("courses:course", args=[course.uuid]),
        reverse("courses:why", args=[course.uuid]),
        reverse("courses:lesson", args=[taught.lesson.uuid]),
        "/learn/me/",
        "/learn/downloads/",
        reverse("courses:quiz_paper", args=[taught.unit("quiz").uuid]),
    ):
        page.goto(address)
        page.add_script_tag(path=AXE)
        found = page.evaluate("(rules) => axe.run(document, {runOnly: rules})", RULES)
        assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == [], address
        wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, address
    context.close()
