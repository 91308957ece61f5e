"""The gallery in a real browser: readable by everybody, by day and night, on a small phone with doubled text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.journeys, pytest.mark.django_db(transaction=True)]

AXE = Path(__file__).parents[1] / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE, DESK, SMALL = (390, 844), (1280, 800), (320, 568)


def open_gallery(
    browser: Browser,
    address: str,
    *,
    size: tuple[int, int] = PHONE,
    theme: str = "light",
    **options: Any,
) -> Page:
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, locale="zh-CN", **options
    )
    page = context.new_page()
    page.goto(f"{address}/gallery/")
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK, SMALL], ids=["phone", "desk", "small"])
def test_axe_finds_nothing(
    browser: Browser, live_server: Any, size: tuple[int, int], theme: str
) -> None:
    page = open_gallery(browser, live_server.url, size=size, theme=theme, bypass_csp=True)
    page.add_script_tag(path=AXE)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    said = [
        f"{rule['id']}: {node['html'][:120]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
    assert not said


@pytest.mark.parametrize("size", [PHONE, SMALL], ids=["phone", "small"])
def test_doubled_text_needs_no_sideways_scroll(
    browser: Browser, live_server: Any, size: tuple[int, int]
) -> None:
    page = open_gallery(browser, live_server.url, size=size, bypass_csp=True)
    page.add_style_tag(content="html { font-size: 200% !important }")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= size[0]


def test_the_page_breaks_no_content_security_rule(browser: Browser, live_server: Any) -> None:
    context = browser.new_context()
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{live_server.url}/gallery/", wait_until="networkidle")
    assert not complaints


def test_night_is_chosen_once_and_painted_by_the_server_from_then_on(
    browser: Browser, live_server: Any
) -> None:
    page = open_gallery(browser, live_server.url)
    paper = page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor")
    page.locator(".public__top summary").click()
    page.locator('.public__top label:has-text("夜间")').click()
    night = page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor")
    assert night != paper
    answer = page.reload()
    assert answer
    assert 'data-theme="dark"' in answer.text()
    assert page.locator('.public__top input[value="dark"]').is_checked()


def test_a_dialog_opens_takes_the_focus_and_closes(browser: Browser, live_server: Any) -> None:
    page = open_gallery(browser, live_server.url)
    page.locator("[data-opens]").click()
    dialog = page.locator("dialog[open]")
    assert dialog.is_visible()
    assert dialog.evaluate("box => box.contains(document.activeElement)")
    page.keyboard.press("Escape")
    assert not page.locator("dialog[open]").count()
