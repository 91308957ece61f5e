"""Fixtures for everybody: the cast, the units, an own key folder per test session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.core.cache import caches

from lms.accounts.models import Role, User
from tests import people

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Playwright's sync API runs an event loop in the test's thread.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


_ASK_A_DATABASE = frozenset({"db", "transactional_db", "live_server", "django_db_setup"})
_OWN_SERVERS = ("worker", "services")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-only",
        action="store_true",
        help="leave out the tests that ask no database: they say the same in every lane",
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest walk first, so that it does not begin when the others end; and, where a lane is about
    databases and brokers, only what meets one.
    """
    items.sort(key=lambda item: not item.nodeid.startswith("tests/journeys"))
    if not config.getoption("--database-only"):
        return
    kept = [item for item in items if _meets_a_server(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


def _meets_a_server(item: pytest.Item) -> bool:
    if any(item.get_closest_marker(name) for name in ("django_db", *_OWN_SERVERS)):
        return True
    return not _ASK_A_DATABASE.isdisjoint(getattr(item, "fixturenames", ()))


@pytest.fixture(autouse=True)
def _no_counts_from_other_tests() -> None:
    """Rate limits live in the cache, and what is the same for everybody beside them."""
    for one in caches.all(initialized_only=False):
        one.clear()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for the tests marked ``journeys``; one for a file."""
    from tests.journeys.hands import chromium

    with chromium() as running:
        yield running


@pytest.fixture
def units(db: None) -> people.Units:
    return people.make_units()


@pytest.fixture
def chen(units: people.Units) -> User:
    """陈老师, a tutor."""
    return people.make_staff(Role.TUTOR, "陈老师", username="chen", unit=units.city)


@pytest.fixture
def wang(units: people.Units) -> User:
    """王干事, officer of the first district."""
    return people.make_staff(Role.DISTRICT_OFFICER, "王干事", username="wang", unit=units.siming)


@pytest.fixture
def jimei_officer(units: people.Units) -> User:
    """苏干事, officer of the other district."""
    return people.make_staff(Role.DISTRICT_OFFICER, "苏干事", username="su", unit=units.jimei)


@pytest.fixture
def liu(units: people.Units) -> User:
    """刘干事, city officer."""
    return people.make_staff(Role.CITY_OFFICER, "刘干事", username="liu", unit=units.city)


@pytest.fixture
def zhou(units: people.Units) -> User:
    """周老师, registrar."""
    return people.make_staff(Role.REGISTRAR, "周老师", username="zhou", unit=units.city)


@pytest.fixture
def he(units: people.Units) -> User:
    """小何, course editor."""
    return people.make_staff(Role.COURSE_EDITOR, "小何", username="he", unit=units.city)


@pytest.fixture
def wu(units: people.Units) -> User:
    """老吴, operator."""
    return people.make_staff(Role.OPERATOR, "老吴", username="wu", unit=units.city)


@pytest.fixture
def zheng(units: people.Units) -> User:
    """老郑, auditor."""
    return people.make_staff(Role.AUDITOR, "老郑", username="zheng", unit=units.city)


@pytest.fixture
def outsider(db: None) -> User:
    """外人: has a phone and nothing else."""
    return people.make_person("外人", "+8613900009999")
