"""What the tests of the registry share with those of applications."""

from __future__ import annotations

import pytest
from django.urls import NoReverseMatch, reverse

from lms.desk import navigation
from tests.enrollment.applications.conftest import cohort, office

__all__ = ["cohort", "office"]


@pytest.fixture(autouse=True)
def _menu_of_open_doors(monkeypatch: pytest.MonkeyPatch) -> None:
    """The menu names rooms that may not have opened their screens yet."""

    def is_open(item: navigation.Item) -> bool:
        try:
            return bool(reverse(item.view))
        except NoReverseMatch:
            return False

    monkeypatch.setattr(navigation, "MENU", tuple(filter(is_open, navigation.MENU)))
