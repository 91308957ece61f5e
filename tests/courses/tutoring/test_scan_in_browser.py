"""A scan in the basement, in real Chromium whose camera sees the tutor's code.

A file of its own: this browser has another camera than the one that the other tests share.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from courses.tutoring import attendance, codes
from courses.tutoring.models import Attendance, Meeting
from lms.base import clock
from tests.courses.tutoring.test_in_browser import AXE, RULES, now_meeting
from tests.enrollment.kits import camera

__all__ = ["now_meeting"]
pytestmark = [pytest.mark.journeys, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def phone(
    live_server: Any, now_meeting: Meeting, yi: Any, tmp_path: Path, monkeypatch: Any
) -> Iterator[Page]:
    """阿怡's phone, whose camera sees the code that the tutor shows now."""
    # On a busy machine a minute passes before the browser is up.
    monkeypatch.setattr(codes, "GRACE_S", 900)
    token = attendance.code_of(now_meeting, at=clock.now())
    shown = camera.film([f"{live_server.url}/m/{token}/"], tmp_path / "code.mjpeg")
    client = Client()
    client.force_login(yi.user)
    name = settings.SESSION_COOKIE_NAME
    with camera.looking_at(shown) as browser:
        context = browser.new_context(
            viewport={"width": 390, "height": 844},
            locale="zh-CN",
            base_url=live_server.url,
            bypass_csp=True,
        )
        context.add_cookies(
            [{"name": name, "value": client.cookies[name].value, "url": live_server.url}]
        )
        page = context.new_page()
        yield page
        context.close()


def test_a_scan_in_the_basement_waits_on_the_phone_and_is_one_presence(
    phone: Page, now_meeting: Meeting, yi: Any
) -> None:
    phone.goto("/learn/meetings/scan/")
    phone.wait_for_load_state("networkidle")
    phone.add_script_tag(path=str(AXE))
    found = phone.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    assert [violation["id"] for violation in found["violations"]] == []
    phone.context.set_offline(True)
    phone.get_by_role("button", name="打开相机").click()
    expect(phone.get_by_text("扫到了，存在手机里")).to_be_visible()
    expect(phone.locator("[data-count]")).to_have_text("1")
    if folder := os.environ.get("TEST_PICTURES"):
        phone.screenshot(path=str(Path(folder) / "scan-kept.png"), full_page=True)
    assert not Attendance.objects.exists()
    phone.context.set_offline(False)
    expect(phone.get_by_text("已记下")).to_be_visible()
    expect(phone.locator("[data-waiting]")).to_be_hidden()
    noted = Attendance.objects.get()
    assert (noted.student, noted.how) == (yi, Attendance.How.LATER)
