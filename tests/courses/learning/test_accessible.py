"""Every student screen × day and night × four widths × plain and doubled text: nothing against WCAG 2.2 AA.

A screen is opened once; size, theme and text are then changed under it. The theme changes colours
and nothing else, so everything but contrast is asked by day, and contrast where the text is smallest.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page

from courses.learning import access
from courses.notebook import writing
from courses.quizzes import attempts
from courses.reminders import choosing, links
from courses.reminders.choosing import Choice
from courses.reminders.models import EVERY_DAY, Reminder
from courses.tutoring import booking, planning, stations
from courses.tutoring.planning import Plan
from enrollment.api import Student
from lms.accounts.models import User
from lms.base import clock
from tests import factories, people
from tests.courses import teaching
from tests.courses.teaching import Taught

pytestmark = [
    pytest.mark.journeys,
    pytest.mark.one_database,
    pytest.mark.django_db(transaction=True),
]
AXE = settings.BASE_DIR / "tests" / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDTHS = (320, 390, 768, 1280)
HEIGHT = 900
# Style sheets are not fetched again for each run.
LOOK = """
(only) => axe.run(document, {resultTypes: ["violations"], preload: false, ...only})
"""
COLOURS = {"runOnly": ["color-contrast"]}
ALL_ELSE = {"runOnly": RULES, "rules": {"color-contrast": {"enabled": False}}}
# What scrolls under the tab bar is not too small to hit, and what turns from day to night is not
# too pale on its way.
STILL = """
html { scroll-behavior: auto !important }
.tab-bar, .action-bar { position: static !important }
*, *::before, *::after { transition: none !important; animation: none !important }
"""


@pytest.fixture
def taught(transactional_db: None) -> Taught:
    return teaching.make_taught()


@pytest.fixture
def yi(taught: Taught, units: people.Units) -> Student:
    student = factories.make_student(units)
    access.open_access(student, at=people.AT)
    return student


@pytest.fixture
def screens(yi: Student, taught: Taught, units: people.Units, chen: User) -> list[str]:
    """The addresses of every screen, each with something on it."""
    now = clock.now()
    video = taught.unit("video")
    writing.take_note(yi, video, at_s=12, text="先进先出", uuid=uuid4(), at=now)
    asked = writing.ask(yi, video, at_s=20, text="为什么要先进先出？", uuid=uuid4(), at=now)
    writing.ask(yi, video, at_s=40, text="层和位哪个在前？", uuid=uuid4(), at=now)
    writing.reply(asked, by=chen, text="先到的先过期。", uuid=uuid4(), at=now)
    reminder = choosing.choose(
        yi, Choice(Reminder.By.CALENDAR, time(14, 50), EVERY_DAY), by=yi.user, at=now
    )
    station = stations.keep_station(
        "SM-01", name="滨海驿站", district=units.siming, address="滨海路 12 号",
        latitude=24.48, longitude=118.09, capacity=3, opening_hours="08:00–22:00", by=None, at=now,
    )  # fmt: skip
    starts = now + timedelta(days=1)
    plan = Plan("仓储答疑", station, starts, starts + timedelta(hours=2))
    meeting = planning.plan_meeting(yi.cohort, plan, tutor=chen, by=chen, at=now)
    planning.publish(meeting, by=chen, at=now)
    booking.book(meeting, yi, by=yi.user, at=now)
    attempt = attempts.open_attempt(yi, taught.quiz, at=now)
    course, lesson = [taught.course.uuid], [taught.lesson.uuid]
    return [
        "/learn/",
        "/learn/courses/",
        reverse("courses:course", args=course),
        reverse("courses:why", args=course),
        reverse("courses:lesson", args=lesson),
        reverse("courses:lesson_remarks", args=lesson),
        reverse("courses:notes"),
        reverse("courses:questions"),
        reverse("courses:attempt", args=[attempt.uuid]),
        "/learn/meetings/",
        reverse("courses:meeting", args=[meeting.uuid]),
        "/learn/stations/",
        "/learn/me/",
        "/learn/settings/",
        "/learn/offline/",
        reverse("courses:reminder_switch", args=[links.token_of(reminder)]),
    ]


@pytest.fixture
def page(browser: Browser, live_server: Any, yi: Student) -> Iterator[Page]:
    client = Client()
    client.force_login(yi.user)
    context = browser.new_context(
        viewport={"width": 390, "height": HEIGHT},
        locale="zh-CN",
        base_url=live_server.url,
        bypass_csp=True,
        reduced_motion="reduce",
        service_workers="block",
    )
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    yield context.new_page()
    context.close()


def complaints(page: Page, only: dict[str, Any]) -> list[str]:
    """What axe finds in the page as it stands now."""
    found = page.evaluate(LOOK, only)
    return [
        f"{rule['id']}: {node['html'][:120]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def test_no_screen_breaks_a_rule_by_day_or_night_small_or_large(
    page: Page, screens: list[str]
) -> None:
    found = []
    for address in screens:
        page.emulate_media(color_scheme="light")
        page.goto(address, wait_until="load")
        page.add_script_tag(path=AXE)
        page.add_style_tag(content=STILL)
        # Everything that folds is part of the screen.
        page.evaluate("() => document.querySelectorAll('details').forEach(d => { d.open = true; })")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            for text in ("200%", "100%"):
                page.evaluate("size => { document.documentElement.style.fontSize = size; }", text)
                said = complaints(page, ALL_ELSE)
                over = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
                said += [f"{over} px too wide"] if over > 0 else []
                found += [f"{address} {width} {text}: {words}" for words in said]
            # Doubled text may be paler than plain text, never the other way round.
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                said = complaints(page, COLOURS)
                found += [f"{address} {width} {scheme}: {words}" for words in said]
    assert not found, "\n".join(found)
