"""A deadlock costs a moment; everything else that goes wrong is said at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import OperationalError

from enrollment.registry.models import Cohort
from lms.base import retrying


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)


class Ended(Exception):
    """What the driver raises below Django's error."""

    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


def failing(times: int, sqlstate: str, seen: list[str]) -> Callable[[Cohort], str]:
    """A service that changes its row and then fails, so many times."""

    def service(row: Cohort) -> str:
        seen.append(row.name)
        row.name = "changed"
        if len(seen) <= times:
            raise OperationalError from Ended(sqlstate)
        return "done"

    return retrying.if_deadlocked(service)


def test_a_deadlocked_act_is_done_again_from_what_its_caller_read() -> None:
    seen: list[str] = []
    row = Cohort(name="as read")
    assert failing(2, "40P01", seen)(row) == "done"
    assert seen == ["as read"] * 3
    assert row.name == "changed"


def test_it_gives_up_after_six_tries() -> None:
    seen: list[str] = []
    with pytest.raises(OperationalError):
        failing(99, "40P01", seen)(Cohort(name="as read"))
    assert len(seen) == 6


def test_other_faults_are_not_tried_again() -> None:
    seen: list[str] = []
    with pytest.raises(OperationalError):
        failing(99, "53100", seen)(Cohort(name="as read"))  # disk full
    assert len(seen) == 1


@pytest.mark.django_db
def test_inside_another_transaction_only_its_owner_may_repeat() -> None:
    seen: list[str] = []
    with pytest.raises(OperationalError):
        failing(99, "40P01", seen)(Cohort(name="as read"))
    assert len(seen) == 1
