"""Every screen that needs no account, or an applicant's, in every way it may be looked at."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys import walk
from tests.journeys.cross import Screen

pytestmark = [
    pytest.mark.journeys,
    pytest.mark.one_database,
    pytest.mark.django_db(transaction=True),
]


def with_a_mistake(page: Page) -> None:
    page.locator("main form button[type=submit], main form button:not([type])").first.click()
    page.wait_for_load_state()


def with_a_code_asked_for(page: Page) -> None:
    """The page that waits for the six figures."""
    page.fill("[name=phone]", "13700000002")
    page.locator("main .button--primary").first.click()
    page.wait_for_url("**/sign-in/code/**")


TREE = r"^((?:[\w\-]+/)*)$"
SCREENS = (
    Screen("anonymous", TREE),
    Screen("anonymous", TREE, "programme"),
    Screen("anonymous", TREE, "course"),
    Screen("anonymous", TREE, "lesson"),
    Screen("anonymous", TREE, "story"),
    Screen("anonymous", TREE, "nothing"),
    Screen("outsider", "learn/"),  # the door says no
    Screen("anonymous", "sign-in/"),
    Screen("anonymous", "sign-in/code/", first=with_a_code_asked_for),
    Screen("anonymous", "sign-in/staff/"),
    Screen("student", "sign-in/out/"),
    Screen("anonymous", "sign-in/inactive/"),
    Screen("anonymous", "sign-in/closed/"),
    Screen("anonymous", "p/<slug:code>/"),
    Screen("anonymous", "apply/"),
    Screen("anonymous", "apply/consent/"),
    Screen("anonymous", "apply/consent/<str:version>/"),
    Screen("outsider", "apply/begin/"),
    Screen("writes", "apply/<slug:topic>/", "identity", with_a_mistake),
    Screen("writes", "apply/<slug:topic>/", "work"),
    Screen("writes", "apply/<slug:topic>/", "union"),
    Screen("writes", "apply/<slug:topic>/", "education"),
    Screen("writes", "apply/<slug:topic>/", "choices"),
    Screen("writes", "apply/<slug:topic>/", "photos"),
    Screen("writes", "apply/check/"),
    Screen("outsider", "status/"),
    Screen("writes", "status/"),
    Screen("applicant", "status/"),
    Screen("offered", "status/"),
    Screen("applicant", "status/my-data/"),
    Screen("applicant", "status/my-data/delete/"),
    Screen("anonymous", "ranking/<slug:slug>/", "published"),
    Screen("anonymous", "figures/"),
    Screen("anonymous", "verify/"),
    Screen("anonymous", "verify/<str:code>/"),
    Screen("anonymous", "verify/<str:code>/", "unknown"),
    Screen("anonymous", "verify/keys/"),
    Screen("student", "letters/mine/"),
    Screen("outsider", "letters/mine/"),
)


def test_no_open_screen_breaks_a_rule_in_any_light_width_or_text(
    browser: Browser, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = walk.through(SCREENS, browser, live_server.url, monkeypatch)
    assert not found, "\n".join(found)
