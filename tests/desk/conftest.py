"""The union's desk on a day half way through the class's first year."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from enrollment.registry.models import Student
from lms.accounts.models import User
from tests import people
from tests.desk import class_of


@pytest.fixture
def half_way() -> Iterator[None]:
    """The clock stands at ``class_of.NOW``."""
    with time_machine.travel(class_of.NOW, tick=False):
        yield


@pytest.fixture
def students(half_way: None, units: people.Units) -> list[Student]:
    """The class, in the order of ``class_of.PACES``."""
    return class_of.build(units)


@pytest.fixture
def at_work(client: Client, liu: User, students: list[Student]) -> Client:
    """The city's officer at the desk, the class before them."""
    client.force_login(liu)
    return client
