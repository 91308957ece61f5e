"""Every screen of a student, and what a tutor answers, in every way it may be looked at."""

from __future__ import annotations

from collections.abc import Callable
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


def with_everything_shown(page: Page) -> None:
    """The player as it stands while something plays, and its word when nothing does."""
    page.evaluate("""() => {
      for (const name of ["[data-seek-bar]", "[data-message]", ".player__sound"])
        document.querySelector(name).hidden = false;
      document.querySelector("[data-message]").textContent = "现在没有网络，连上网再点播放。";
    }""")


def with_records_left(page: Page) -> None:
    """The chip of what was not sent, and what the server did not take."""
    page.evaluate("""() => {
      const chip = document.querySelector("[data-unsent]");
      for (const box of [chip, ...chip.querySelectorAll("[hidden]")]) box.hidden = false;
      chip.querySelector("[data-refused-list]").innerHTML = "<li>9月1日 10:00 · 这一讲不在你的课程里</li>";
    }""")


def looking_for(words: str) -> Callable[[Page], None]:
    """The search after it was asked."""

    def look(page: Page) -> None:
        page.fill("main [name=q]", words)
        page.press("main [name=q]", "Enter")
        page.wait_for_url("**/learn/search/?q=*")

    return look


def with_the_answers(page: Page) -> None:
    """An open quiz after it was handed in: one answer given, one not."""
    page.locator("main [type=radio]").first.check()
    page.locator("main .button--primary").click()
    page.wait_for_selector(".progress-ring")


SCREENS = (
    Screen("student", "learn/", first=with_records_left),
    Screen("new", "learn/"),
    Screen("student", "learn/courses/"),
    Screen("student", "learn/courses/<uuid:uuid>/"),
    Screen("student", "learn/courses/<uuid:uuid>/why/"),
    Screen("student", "learn/lessons/<uuid:uuid>/", "with a film", with_everything_shown),
    Screen("student", "learn/lessons/<uuid:uuid>/", "being made"),
    Screen("student", "learn/lessons/<uuid:uuid>/", "without"),
    Screen("student", "learn/lessons/<uuid:uuid>/notes/", "with a film"),
    Screen("student", "learn/units/<uuid:uuid>/quiz/paper/", "mixed quiz"),
    Screen("student", "learn/attempts/<uuid:uuid>/", "every kind"),
    Screen("student", "learn/attempts/<uuid:uuid>/", "handed in"),
    Screen("student", "learn/attempts/<uuid:uuid>/", "passed"),
    Screen("student", "learn/attempts/<uuid:uuid>/", "exam"),
    Screen("student", "learn/attempts/<uuid:uuid>/", "work"),
    Screen("student", "learn/attempts/<uuid:uuid>/", "with the tutor"),
    Screen("student", "learn/open/"),
    Screen("outsider", "learn/open/"),
    Screen("student", "learn/open/courses/<uuid:uuid>/"),
    Screen("outsider", "learn/open/courses/<uuid:uuid>/"),
    Screen("outsider", "learn/lessons/<uuid:uuid>/", "open to all"),
    Screen("outsider", "learn/open/units/<uuid:uuid>/quiz/"),
    Screen("student", "learn/open/units/<uuid:uuid>/quiz/", first=with_the_answers),
    Screen("student", "learn/search/", first=looking_for("物流")),
    Screen("student", "learn/search/", first=looking_for("SUPPLYCHAINMANAGEMENT2026")),
    Screen("outsider", "learn/search/", first=looking_for("没有的词")),
    Screen("outsider", "learn/search/"),
    Screen("student", "learn/downloads/"),
    Screen("student", "learn/me/"),
    Screen("new", "learn/me/"),
    Screen("student", "learn/settings/"),
    Screen("student", "learn/notes/"),
    Screen("student", "learn/questions/"),
    Screen("student", "learn/meetings/"),
    Screen("new", "learn/meetings/"),
    Screen("student", "learn/meetings/<uuid:uuid>/"),
    Screen("student", "learn/meetings/<uuid:uuid>/", "to come"),
    Screen("student", "learn/meetings/<uuid:uuid>/make-up/", "missed"),
    Screen("student", "learn/meetings/<uuid:uuid>/make-up/", "asked for"),
    Screen("student", "learn/meetings/scan/"),
    Screen("student", "m/<str:token>/"),
    Screen("student", "learn/shifts/"),
    Screen("student", "learn/stations/"),
    Screen("student", "learn/stations/<uuid:uuid>/"),
    Screen("anonymous", "learn/offline/"),
    Screen("anonymous", "r/<str:token>/"),
    Screen("tutor", "desk/tutor/questions/"),
    Screen("tutor", "desk/tutor/marking/"),
    Screen("tutor", "desk/tutor/marking/<uuid:uuid>/"),
)


def test_no_screen_of_study_breaks_a_rule_in_any_light_width_or_text(
    browser: Browser, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = walk.through(SCREENS, browser, live_server.url, monkeypatch)
    assert not found, "\n".join(found)
