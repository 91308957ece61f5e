"""Thresholds tried on a class that is over: pure signs, a table, and the class's own ledger."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from enrollment.completion import backtesting, rules
from enrollment.completion.backtesting import Line, Signs
from enrollment.completion.desk_models import BackTest
from enrollment.registry.models import Cohort
from tests import factories, people
from tests.enrollment.completion import history

START = people.AT
DAY = timedelta(days=1)
TERM = rules.Term(START, START + 200 * DAY)


def line(day: int, share: float) -> Line:
    return Line(START + day * DAY, START + day * DAY, share)


@pytest.mark.parametrize(
    ("lines", "silent", "short"),
    [
        ([], 172, 0.86),  # never studied, until four weeks before the end
        ([line(10, 0.1), line(40, 0.3), line(160, 0.9), line(170, 1.0)], 120, 0.5),
        ([line(1, 0.5), line(2, 1.0)], 1, 0.005),  # finished: silence means nothing any more
        ([line(100, 0.5), line(190, 0.6)], 100, 0.5),  # what happens in the last weeks is too late
    ],
)
def test_the_worst_signs_of_a_year(lines: list[Line], silent: int, short: float) -> None:
    found = backtesting.worst(lines, TERM, finished=False)
    assert found.silent_days == silent
    assert found.short == pytest.approx(short)


def test_a_late_phone_makes_the_silence_before_it_no_shorter_than_it_was_known() -> None:
    """The sign was there when an officer would have looked."""
    late = Line(START + 40 * DAY, START + 5 * DAY, 0.1)
    assert backtesting.worst([late], TERM, finished=False).silent_days >= 40


def test_a_lower_threshold_flags_everybody_whom_a_higher_one_does() -> None:
    found = [Signs(days, days / 100, days % 2 == 0) for days in range(0, 40, 3)]
    rows = backtesting.table(found)
    for sign in ("silent_days", "short_percent"):
        flagged = [row["flagged"] for row in rows if row["sign"] == sign]
        assert flagged == sorted(flagged, reverse=True)
    week = rows[0]
    assert (week["threshold"], week["flagged"], week["unfinished"]) == (7, 11, 6)


@pytest.mark.django_db
def test_a_class_that_is_over_is_tried_once_by_its_own_ledger(units: people.Units) -> None:
    cohort = factories.make_cohort(units)
    students = [
        factories.make_student(units, f"学员{n}", f"+8613700005{n:03d}", cohort=cohort)
        for n in range(6)
    ]
    history.live(students, [units.riders], began=START, days=120, seed=5, acts_per_day=0.4)
    assert backtesting.test_all(at=START + 130 * DAY) == 0  # not over yet
    Cohort.objects.update(ends_on=date(2027, 1, 31))
    assert backtesting.test_all(at=START + 400 * DAY) == 1
    assert backtesting.test_all(at=START + 401 * DAY) == 0
    kept = BackTest.objects.get()
    assert kept.students == 6
    assert len(kept.rows) == 10
    assert all(0 <= row["unfinished"] <= row["flagged"] <= 6 for row in kept.rows)
