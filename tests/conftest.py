"""Fixtures for everybody: the cast, the units, an own key folder per test session."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.test import TransactionTestCase
from pytest_django.plugin import DjangoDbBlocker

from lms.accounts.models import Role, User
from tests import people, prepared_database

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# How fast a machine is at the moment says nothing about what is tested.
hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("house")

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


# Markers that lanes ask for alone: most files have none of them.
_LANES = ("journeys", "services", "s3", "tools", "worker")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Importing all files costs ten seconds of each process: where only such markers are asked for
    (``-m "services or worker"``), files without their names are not looked at.
    """
    wanted = str(config.option.markexpr).split(" or ")
    if collection_path.suffix != ".py" or not set(wanted) <= set(_LANES):
        return None
    text = _text(collection_path)
    return None if any(f"mark.{name}" in text for name in wanted) else True


def pytest_itemcollected(item: pytest.Item) -> None:
    """A marker that came from elsewhere would be overlooked where files are chosen by their text."""
    for name in _LANES:
        if item.get_closest_marker(name) and f"mark.{name}" not in _text(item.path):
            raise pytest.UsageError(f"{item.nodeid}: write mark.{name} into its own file")


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


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


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: who looks for what nobody holds any more need not
    walk through all of Django and Wagtail again, and need not look after every 700 objects.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def _meets_a_server(item: pytest.Item) -> bool:
    if any(item.get_closest_marker(name) for name in ("django_db", *_OWN_SERVERS)):
        return True
    return not _ASK_A_DATABASE.isdisjoint(getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """As pytest-django's, but migrated once for all processes, and copied again where tests write for
    good (``tests/prepared_database.py``).
    """
    templates = request.config.cache.mkdir("databases")
    with django_db_blocker.unblock():
        before = prepared_database.set_up(templates)
    with pytest.MonkeyPatch.context() as django:
        django.setattr(
            TransactionTestCase,
            "_fixture_teardown",
            lambda _case: prepared_database.start_over(templates),
        )
        yield
    with django_db_blocker.unblock():
        connection.creation.destroy_test_db(before, verbosity=0)


@pytest.fixture(scope="session", autouse=True)
def _rare_fonts(request: pytest.FixtureRequest) -> None:
    """The 60 MB of rare fonts are unpacked once for all processes of all runs; their folder is named after
    what is in it.
    """
    Path(settings.VAR_DIR).mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):  # of a caller's own folder
        Path(settings.VAR_DIR, "fonts").symlink_to(request.config.cache.mkdir("fonts"))


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
