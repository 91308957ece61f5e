"""The tutor's code on one screen, the students' phones before it: real Chromium at phone size."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import zxingcpp
from django.conf import settings
from django.test import Client
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from courses.tutoring import attendance, booking, planning
from courses.tutoring.models import Attendance, Meeting
from lms.accounts.models import User
from lms.base import clock
from tests.courses.tutoring.conftest import plan

pytestmark = [pytest.mark.journeys, pytest.mark.django_db(transaction=True)]
AXE = settings.BASE_DIR / "tests" / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def screen_of(browser: Browser, live_server: Any) -> Iterator[Callable[[User], Page]]:
    """A phone of its own for each person, signed in, with scripts checked by axe past the policy."""
    contexts = []

    def open_phone(user: User) -> Page:
        client = Client()
        client.force_login(user)
        context = browser.new_context(
            viewport={"width": 390, "height": 844},
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

    yield open_phone
    for context in contexts:
        context.close()


@pytest.fixture
def now_meeting(cohort: Any, station: Any, chen: User) -> Meeting:
    """Begins in ten minutes by the real clock; published last week."""
    starts_at = clock.now() + timedelta(minutes=10)
    week = timedelta(days=7)
    wanted = plan(station, starts_at=starts_at, ends_at=starts_at + timedelta(hours=2))
    meeting = planning.plan_meeting(cohort, wanted, tutor=chen, by=chen, at=starts_at - week)
    planning.publish(meeting, by=chen, at=starts_at - week)
    return meeting


def read_code(page: Page) -> str:
    """What a phone's camera would read from the tutor's screen."""
    picture = page.locator(".qr-frame__code").screenshot()
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    return str(found.text)


def assert_no_barriers(page: Page) -> None:
    # At the end of the page nothing lies half under the bar of tabs, which axe takes for a small target.
    page.evaluate("() => scrollTo(0, document.body.scrollHeight)")
    page.add_script_tag(path=str(AXE))
    found = page.evaluate(
        "(rules) => axe.run(document, {runOnly: rules})"
        ".then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))",
        RULES,
    )
    assert found == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_scan_tap_and_the_name_appears_on_the_wall(screen_of, now_meeting, chen, yi) -> None:
    booking.book(now_meeting, yi, by=yi.user, at=clock.now())
    tutor, student = screen_of(chen), screen_of(yi.user)
    tutor.goto("/desk/tutor/")
    tutor.get_by_role("button", name="打开签到码").click()
    expect(tutor.locator("[data-present]")).to_have_text("0")
    assert_no_barriers(tutor)

    student.goto(urlsplit(read_code(tutor)).path)
    assert_no_barriers(student)
    student.get_by_role("button", name="我到了，签到").click()
    expect(student.locator("h1")).to_have_text("签到成功")
    assert_no_barriers(student)

    expect(tutor.locator("[data-names] li")).to_have_text(["阿怡"])
    expect(tutor.locator("[data-present]")).to_have_text("1")
    assert Attendance.objects.get().student == yi


def test_the_code_on_the_screen_turns_by_itself(screen_of, now_meeting, chen) -> None:
    planning.start(now_meeting, by=chen, at=clock.now())
    tutor = screen_of(chen)
    tutor.goto(f"/desk/tutor/meetings/{now_meeting.uuid}/code/")
    first = read_code(tutor)
    drawing = tutor.locator(".qr-frame__code").inner_html()
    tutor.wait_for_function(
        "(before) => document.querySelector('.qr-frame__code').innerHTML !== before",
        arg=drawing,
    )
    second = read_code(tutor)
    assert first != second
    for address in (first, second):
        token = urlsplit(address).path.split("/")[2]
        attendance.check_code(token, now_meeting, scanned_at=clock.now())


def test_the_screen_leaves_by_itself_when_the_class_is_over(screen_of, now_meeting, chen) -> None:
    planning.start(now_meeting, by=chen, at=clock.now())
    tutor = screen_of(chen)
    tutor.goto(f"/desk/tutor/meetings/{now_meeting.uuid}/code/")
    planning.finish(now_meeting, by=chen, at=now_meeting.ends_at)
    tutor.wait_for_url(f"**/meetings/{now_meeting.uuid}/")


def test_the_tutor_plans_and_publishes_and_a_student_books(
    screen_of, cohort, station, chen, yi
) -> None:
    tutor, student = screen_of(chen), screen_of(yi.user)
    day = clock.local_date(clock.now()) + timedelta(days=3)
    tutor.goto("/desk/tutor/plan/")
    tutor.get_by_label("主题").fill("期末复习")
    tutor.get_by_label("驿站", exact=True).select_option(label="思明 · 滨海驿站（3 座）")
    tutor.get_by_label("日期").fill(day.isoformat())
    tutor.get_by_label("开始时间").fill("14:30")
    assert_no_barriers(tutor)
    tutor.get_by_role("button", name="存为计划").click()
    assert_no_barriers(tutor)
    tutor.get_by_role("button", name="发布，开始报名").click()
    expect(tutor.get_by_text("发布了，学员现在可以报名。")).to_be_visible()

    student.goto("/learn/meetings/")
    assert_no_barriers(student)
    student.get_by_role("button", name="报名").click()
    expect(student.get_by_text("已为你留好座位")).to_be_visible()
    assert_no_barriers(student)
    student.goto("/learn/stations/")
    assert_no_barriers(student)
    student.goto("/learn/meetings/")
    student.get_by_role("link", name="怎么去、取消报名").click()
    student.get_by_role("button", name="取消报名").click()
    expect(student.get_by_text("座位让给了同学")).to_be_visible()
    assert_no_barriers(student)
    tutor.goto("/desk/tutor/")
    assert_no_barriers(tutor)
