"""Painting a week with finger and keys, and a term from question to publishing, in Chromium."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from courses.tutoring import shifts, weeks
from courses.tutoring.models import Meeting
from courses.tutoring.term_models import TermPlan
from lms.accounts.models import User
from lms.base import clock
from lms.base.jobs import api as jobs
from tests.courses.tutoring.test_in_browser import AXE, RULES, screen_of

__all__ = ["screen_of"]
pytestmark = [pytest.mark.journeys, pytest.mark.django_db(transaction=True)]


def accessible(page: Page) -> None:
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == []


def show(page: Page, name: str) -> None:
    """A picture for a person to look at, when asked for."""
    if folder := os.environ.get("TEST_PICTURES"):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.screenshot(path=str(Path(folder) / f"{name}-{scheme}.png"), full_page=True)
        page.emulate_media(color_scheme="light")


def test_a_week_is_painted_with_a_finger_and_with_keys(
    yi: Any, station: Any, screen_of: Callable[[User], Page]
) -> None:
    page = screen_of(yi.user)
    page.goto("/learn/shifts/")
    # The bars at the bottom cover what is merely in view.
    middle = page.get_by_label("周一 12 点", exact=True)
    middle.evaluate("box => box.scrollIntoView({block: 'center'})")
    first = page.get_by_label("周一 10 点", exact=True).bounding_box()
    last = page.get_by_label("周一 13 点", exact=True).bounding_box()
    assert first
    assert last
    page.mouse.move(first["x"] + 9, first["y"] + 9)
    page.mouse.down()
    page.mouse.move(last["x"] + 9, last["y"] + 9, steps=12)
    page.mouse.up()
    expect(page.get_by_label("周一 12 点", exact=True)).to_be_checked()
    page.get_by_label("周三 18 点", exact=True).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    accessible(page)
    show(page, "shifts")
    page.get_by_role("button", name="存下班表").click()
    expect(page.get_by_text("记下了")).to_be_visible()
    assert weeks.painted(shifts.cells_of(yi, None)) == [10, 11, 12, 13, 66, 67]


def test_a_tutor_asks_looks_moves_and_publishes(
    yi: Any, lin: Any, station: Any, chen: User, screen_of: Callable[[User], Page]
) -> None:
    shifts.keep_week(lin, weeks.of_hours([(8, 18)]), monday=None, by=lin.user, at=clock.now())
    page = screen_of(chen)
    page.goto("/desk/tutor/terms/")
    page.get_by_label("要上的主题").fill("仓储与配送\n运输合同")
    monday = weeks.monday_of(clock.local_date(clock.now())) + timedelta(days=7)
    page.get_by_label("从哪天").fill(monday.isoformat())
    page.get_by_label("到哪天").fill((monday + timedelta(days=13)).isoformat())
    for day in "一二三四五六日":
        for hour in (14, 15, 16):
            page.get_by_label(f"周{day} {hour} 点", exact=True).check(force=True)
    accessible(page)
    show(page, "term-new")
    page.get_by_role("button", name="开始排").click()
    expect(page.get_by_role("heading", name="正在排课")).to_be_visible()
    accessible(page)
    show(page, "term-waiting")
    solve()
    page.goto(page.url)
    expect(page.get_by_text("已经证明").or_(page.get_by_text("最多差"))).to_be_visible()
    accessible(page)
    show(page, "term")
    page.set_viewport_size({"width": 1280, "height": 800})
    show(page, "term-wide")
    card = page.locator("[data-class]").first
    target = page.locator("[data-day]").nth(5)
    card.drag_to(target)
    expect(page.get_by_role("heading", name="正在排课")).to_be_visible()
    solve()
    assert len(TermPlan.objects.get().asked["pins"]) == 1
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(page.url)
    page.locator("[data-class] a").first.click()
    accessible(page)
    show(page, "term-class")
    page.go_back()
    page.get_by_role("button", name="发布给学员报名").click()
    expect(page.get_by_text("学员现在可以报名")).to_be_visible()
    assert Meeting.objects.filter(state=Meeting.State.PUBLISHED).count() >= 2


def solve() -> None:
    while jobs.run_due():
        pass
