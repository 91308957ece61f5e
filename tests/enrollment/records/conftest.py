from __future__ import annotations

import pytest
from django.test import Client

from enrollment.registry.models import Student
from lms.accounts.models import User
from tests import people
from tests.courses import teaching
from tests.enrollment.records import cast


@pytest.fixture
def taught(db: None) -> teaching.Taught:
    return teaching.make_taught()


@pytest.fixture
def yi(units: people.Units, taught: teaching.Taught) -> Student:
    return cast.on_the_roll(units)


@pytest.fixture
def desk(client: Client, zhou: User) -> Client:
    client.force_login(zhou)
    return client


@pytest.fixture
def _today(time_machine: object) -> None:
    time_machine.move_to(cast.AT, tick=False)  # type: ignore[attr-defined]
