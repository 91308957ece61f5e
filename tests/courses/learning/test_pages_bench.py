"""The measurement of pages measures: it sees one statement too many, and a bar that does not hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from bench import _school, pages
from courses.learning import queries
from courses.learning.models import UnitProgress, WatchSegment
from enrollment.completion import rebuilding
from enrollment.completion.models import LearningEntry, Milestone
from lms.base import clock


@pytest.fixture
def school(db: None) -> _school.School:
    return _school.build(clock.now(), lessons=4)


@pytest.mark.slow
def test_every_page_is_counted_and_every_post_is_credited(school: _school.School) -> None:
    counted = pages.count_sql(pages.Phone(school))

    assert set(counted) == {*school.pages, *pages.POSTS}
    assert all(counted[name] for name in ("empty", "today", "progress_batch"))
    # Once to warm up and once to count, for a post of one and a post of ten.
    assert WatchSegment.objects.filter(device="phone", refused_reason="").count() == 2 * (1 + 10)


@pytest.mark.slow
def test_a_statement_too_many_is_seen(
    school: _school.School, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = pages.Phone(school)
    before = len(pages.count_sql(phone)["today"])
    asked = queries.own_courses

    def slower(student: Any) -> Any:
        UnitProgress.objects.exists()
        return asked(student)

    monkeypatch.setattr(queries, "own_courses", slower)
    assert len(pages.count_sql(phone)["today"]) == before + 1


@pytest.mark.slow
@pytest.mark.skipif(connection.vendor != "postgresql", reason="the crowd is made by PostgreSQL")
def test_the_crowd_weighs_as_much_as_the_measured(school: _school.School) -> None:
    models = (UnitProgress, WatchSegment, LearningEntry, Milestone)
    own = [model.objects.filter(student__name="学员1").count() for model in models]
    _school.grow(10)
    assert [model.objects.filter(student__name="同学0").count() for model in models] == own
    assert own[2] > 1
    # The nightly comparison finds a school whose figures follow from its ledger.
    assert rebuilding.reconcile(at=clock.now()).differences == 0


HASH = {"ms": 41.0, "least_ms": 40.0, "ratio": 6.0}
NAMES = ["empty", "today", "course", "lesson", "quiz", "courses", "why", "meetings", "me"]
NAMES += ["catalogue", "catalogue_programme", *pages.SIGNINS, *pages.POSTS]
CHEAP = {name: {"ms": 1.0, "ratio": 0.1} for name in NAMES} | {
    pages.HASH: HASH,
    "signin_staff": {"ms": 42.0, "ratio": 6.1},
}


class Costs(pages.Meter):
    """Says what each request costs: the machine gets slower, the empty page with it."""

    def __init__(self, ms: dict[str, float]) -> None:
        self.ms, self.slower = ms, self._slower()

    @staticmethod
    def _slower() -> Iterator[float]:
        yield from (1 + step / 100 for step in range(10_000))

    def cpu_ms(self, name: str, count: int) -> float:
        return self.ms[name] * next(self.slower)


def test_a_page_is_compared_with_the_empty_page_of_the_same_moment() -> None:
    found = pages.alternate(Costs({"empty": 4, "today": 8}), ["today"], rounds=9, count=1)
    assert found["today"]["ratio"] == pytest.approx(2, abs=0.01)


def test_a_bar_that_does_not_hold_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    dear = CHEAP | {"quiz": {"ms": 9.0, "ratio": 1.31}}
    sql = {50: {name: ["SELECT 1"] for name in NAMES}}

    assert pages.report({50: CHEAP}, sql, {"today": 9.0}) == 0
    assert pages.report({50: dear}, sql, {"today": 9.0}) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["figure"] for line in lines if not line["holds"]] == ["quiz_cpu_vs_empty_page"]


def test_more_statements_in_a_larger_school_end_with_1() -> None:
    small = {name: ["SELECT 1"] for name in NAMES}
    large = small | {"today": ["SELECT 1", "SELECT 2"]}

    assert pages.report({50: CHEAP}, {50: small, 5000: large}, {"today": 9.0}) == 1


@pytest.mark.parametrize(
    ("hashed", "signed_in", "figure"),
    [
        ({"ratio": 9.5, "least_ms": 90.0}, 12.0, "staff_hash_cpu_vs_empty_page"),
        ({"ratio": 0.1, "least_ms": 1.0}, 1.0, "staff_hash_cpu_vs_empty_page"),
        ({"ratio": 7.0, "least_ms": 40.0}, 10.6, "signin_staff_rest_cpu_vs_empty_page"),
    ],
)
def test_the_hash_of_staff_and_the_rest_of_their_sign_in_are_told_apart(
    hashed: dict[str, float], signed_in: float, figure: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = CHEAP | {pages.HASH: HASH | hashed, "signin_staff": {"ms": 50.0, "ratio": signed_in}}

    assert pages.report({50: found}, {50: {name: ["SELECT 1"] for name in NAMES}}, {"me": 1.0}) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["figure"] for line in lines if not line["holds"]] == [figure]
