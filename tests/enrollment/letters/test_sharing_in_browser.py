"""The student's phone hands the letter's picture on: through its own sharing sheet, or as a download."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page

from enrollment.letters.models import Letter

pytestmark = [pytest.mark.journeys, pytest.mark.django_db(transaction=True)]

SHEET = """
window.shared = [];
navigator.canShare = (what) => what.files?.length === 1;
navigator.share = async (what) => { window.shared.push(what.files[0]); };
"""
LOOK = """async () => {
  const file = window.shared[0];
  const begins = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  return {name: file.name, type: file.type, size: file.size, begins: [...begins]};
}"""


@pytest.fixture
def phone(browser: Browser, live_server: Any, client: Any, letter: Letter) -> Iterator[Page]:
    """阿怡's phone, signed in."""
    client.force_login(letter.student.user)
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
    context.add_cookies([cookie])
    yield context.new_page()
    context.close()


def test_the_picture_goes_through_the_phones_own_sheet(
    phone: Page, live_server: Any, letter: Letter
) -> None:
    phone.add_init_script(SHEET)
    phone.goto(f"{live_server.url}/letters/mine/")
    phone.click("[data-shares]")
    phone.wait_for_function("() => window.shared.length")
    shared = phone.evaluate(LOOK)
    assert shared["name"] == f"{letter.facts['student_no']} 阿怡 录取通知书.png"
    assert (shared["type"], shared["begins"]) == ("image/png", [0x89, 0x50, 0x4E, 0x47])
    assert shared["size"] <= 250_000


def test_without_a_sheet_there_is_the_picture_to_save_and_no_dead_button(
    phone: Page, live_server: Any
) -> None:
    phone.add_init_script("delete Navigator.prototype.canShare")
    phone.goto(f"{live_server.url}/letters/mine/")
    phone.wait_for_load_state("networkidle")
    assert not phone.is_visible("[data-shares]")
    with phone.expect_download() as saved:
        phone.click("[data-shares] >> xpath=preceding-sibling::a")
    assert saved.value.suggested_filename.endswith("录取通知书.png")
