"""Every address × every role × own and foreign objects × every method, as declared.

``matrix.csv`` is the declaration. After adding an address run
``LMS_ENV=test .venv/bin/python -m tests.permissions.propose`` and read what it adds before
committing it: the table says what ought to be, not what happens to be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.permissions import asking, shape, world
from tests.permissions.asking import Case, Somebody
from tests.permissions.shape import World
from tests.permissions.walking import addresses

CASES = asking.cases(addresses())
# The text messages of a demo stand on a page for everybody; production has no such address.
SHOWS_ALL = frozenset({"outbox/"})


@pytest.fixture(scope="module")
def there(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """The world, built once: every question is rolled back, and so is the whole at the end."""
    with django_db_blocker.unblock(), world.standing_still(), transaction.atomic():
        yield world.build()
        transaction.set_rollback(True)


def test_every_address_is_declared_for_every_object_and_method() -> None:
    table = asking.read_table()
    assert [case.key for case in CASES if case.key not in table] == []


def test_the_table_declares_nothing_that_is_gone() -> None:
    known = {case.key for case in CASES}
    assert [key for key in asking.read_table() if key not in known] == []


def test_no_answer_is_declared_that_nobody_should_get() -> None:
    table = asking.read_table()
    said = {row[role] for row in table.values() for role in shape.ROLES}
    assert said <= asking.WORDS


@pytest.mark.django_db
def test_the_world_has_an_object_for_every_address_of_ours() -> None:
    """First, and by the ordinary means: it also has pytest-django make the database."""
    with world.standing_still():
        there = world.build()
    assert all(asking.path_of(case, there) for case in CASES)


# Marked, so that pytest-django puts it before the tests that write for good and begin a new database:
# the world stands in a transaction of its own.
@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.one_database
@pytest.mark.parametrize("role", shape.ROLES)
def test_every_address_answers_as_declared(role: str, there: World) -> None:
    table = asking.read_table()
    person = Somebody(there.people[role])
    wrong: list[tuple[str, ...]] = []
    for case in CASES:
        row = table.get(case.key)
        if row is None:
            continue  # another test says so
        wrong += _faults(case, row[role], role, person, there)
    assert not wrong, "\n".join(" ".join(fault) for fault in wrong)


def _faults(
    case: Case, wanted: str, role: str, person: Somebody, there: World
) -> Iterator[tuple[str, ...]]:
    path = asking.path_of(case, there)
    for method in asking.methods(case, wanted):
        answer = person.ask(method, path)
        fits = answer.status < 500 if wanted == "any" else answer.word == wanted
        if not fits:
            yield method, path, f"wanted {wanted}", f"got {answer.word}"
        if answer.lacks:
            yield method, path, "lacks", *answer.lacks
        if case.address.route in SHOWS_ALL:
            continue
        for mark in there.marks:
            if mark.leaks(answer.text, role, case.address.route):
                yield method, path, "shows", mark.text
