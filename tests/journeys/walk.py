"""From screen to screen, noting what is wrong with each."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Sequence

import pytest
from playwright.sync_api import Browser

from tests.journeys import cross, school
from tests.journeys.cross import Screen

log = logging.getLogger(__name__)


def through(
    screens: Sequence[Screen], browser: Browser, address: str, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """What is wrong, each with its screen, light, width and text."""
    made = school.open_school(monkeypatch)
    found: list[str] = []
    by_person = sorted(screens, key=lambda screen: screen.who)
    for _who, own in itertools.groupby(by_person, key=lambda screen: screen.who):
        own = list(own)
        with cross.phone_of(browser, address, made.person(own[0])) as page:
            for screen in own:
                began = time.monotonic()
                said = list(cross.complaints(page, made.path_of(screen), screen.first))
                found += [f"{screen}: {words}" for words in said]
                log.info("%4.1f s %s: %s", time.monotonic() - began, screen, said[:3])
    return found
