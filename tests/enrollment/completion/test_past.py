"""A number shown on some day can be had again years later: from the ledger, the roll's changes and the rule."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from enrollment.completion import ledger, past, rebuilding
from enrollment.completion.models import Move
from enrollment.completion.rebuilding import Picture
from enrollment.records import acts
from enrollment.registry import statuses
from enrollment.registry.models import Student
from lms.accounts.models import User
from tests import factories, people
from tests.enrollment.completion import class_dates, history

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def shown(units: people.Units) -> dict[datetime, Picture]:
    """What the pages showed every tenth evening of a year of twenty people, made up at random."""
    cohort = factories.make_cohort(units, places=60)
    students = [
        factories.make_student(units, f"学员{n}", f"+861370000{n:04d}", cohort=cohort)
        for n in range(20)
    ]
    found: dict[datetime, Picture] = {}

    def look(evening: datetime) -> None:
        if (evening - people.AT).days % 10 == 0:
            ledger.judge_again(cohort, at=evening)
            found[evening] = rebuilding.stored(cohort)

    places = [units.riders, units.siming, units.jimei]
    history.live(students, places, began=people.AT, days=200, seed=9, acts_per_day=0.1, after=look)
    return found


def test_every_evening_of_a_year_is_had_again(
    shown: dict[datetime, Picture], units: people.Units
) -> None:
    cohort = factories.make_cohort(units)
    assert len(shown) == 20
    assert Move.objects.count() == 3
    assert Student.objects.exclude(status="enrolled").exists()
    for evening, picture in shown.items():
        wrong = past.picture(cohort, at=evening).differs_from(picture)
        assert wrong.size == 0, (evening, rebuilding.say(wrong))
    first, *_rest, last = shown.values()
    assert first.cells != last.cells


def test_a_phone_that_told_later_is_not_in_the_figures_of_the_day(units: people.Units) -> None:
    student = factories.make_student(units)
    life = history.Life(student, history.random.Random(1))
    life.tell(people.AT)
    life.units, life.last_study_at = 5, people.AT + DAY
    life.tell(people.AT + 8 * DAY)
    cohort = student.cohort
    then = past.picture(cohort, at=people.AT + 2 * DAY).standings[student.pk]
    now = past.picture(cohort, at=people.AT + 8 * DAY).standings[student.pk]
    units_done = ledger.DERIVED.index("units_done")
    assert (then[units_done], now[units_done]) == (0, 5)


def test_who_was_not_on_the_roll_yet_is_not_counted(units: people.Units) -> None:
    early = factories.make_student(units)
    history.Life(early, history.random.Random(1)).tell(people.AT)
    late = factories.make_student(units, "阿强", "+8613700000003", at=people.AT + 5 * DAY)
    history.Life(late, history.random.Random(2)).tell(people.AT + 5 * DAY)
    assert set(past.picture(early.cohort, at=people.AT + DAY).standings) == {early.pk}


def test_a_change_of_programme_counts_from_its_day_on(units: people.Units, zhou: User) -> None:
    student = factories.make_student(units)
    history.Life(student, history.random.Random(1)).tell(people.AT)
    was, other = student.programme, factories.make_programme("NM")
    acts.change_programme(
        student, other, reason="本人申请", papers=[], by=zhou, at=people.AT + 3 * DAY
    )
    for days, programme in ((2, was), (3, other)):
        (cell,) = past.picture(student.cohort, at=people.AT + days * DAY).cells
        assert cell[2] == programme.pk


def test_dates_that_were_moved_later_judge_no_past_day(units: people.Units) -> None:
    cohort = factories.make_cohort(units)
    student = factories.make_student(units, cohort=cohort)
    life = history.Life(student, history.random.Random(1))
    life.units, life.last_study_at = 2, people.AT + 35 * DAY
    life.tell(people.AT + 35 * DAY)
    evening, spring = people.AT + 40 * DAY, people.AT + 60 * DAY
    began, ends = cohort.starts_on, cohort.ends_on
    before = past.picture(cohort, at=evening)
    class_dates.move(cohort, began, began + 150 * DAY, at=spring)
    assert past.picture(cohort, at=evening).differs_from(before).size == 0
    class_dates.move(cohort, began + 30 * DAY, began + 150 * DAY, at=spring + DAY)
    assert past.picture(cohort, at=evening).differs_from(before).size == 0
    assert past.days_of(cohort, at=evening) == (began, ends)
    assert past.days_of(cohort, at=spring) == (began, began + 150 * DAY)
    assert past.days_of(cohort, at=spring + DAY) == (cohort.starts_on, cohort.ends_on)
    state = ledger.DERIVED.index("state")
    hurried = past.picture(cohort, at=evening, days=(began, began + 150 * DAY))
    assert (before.standings[student.pk][state], hurried.standings[student.pk][state]) == (
        "on_track", "behind",
    )  # fmt: skip


def test_where_somebody_belonged_is_neither_changed_nor_deleted(units: people.Units) -> None:
    student = factories.make_student(units)
    statuses.transfer(student, units.jimei, reason="换了平台", by=None, at=people.AT)
    with pytest.raises(TypeError):
        Move.objects.get().save()
    with pytest.raises(TypeError):
        Move.objects.all().delete()


def test_moves_from_before_are_read_from_the_audit(units: people.Units, zhou: User) -> None:
    student = factories.make_student(units)
    acts.change_union(
        student, units.siming, reason="换了平台", papers=[], by=zhou, at=people.AT + DAY
    )
    acts.change_programme(
        student, factories.make_programme("NM"), reason="本人申请", papers=[], by=zhou,
        at=people.AT + 2 * DAY,
    )  # fmt: skip
    statuses.transfer(student, units.jimei, reason="搬家", by=None, at=people.AT + 3 * DAY)
    columns = ("student", "org_unit", "programme", "at")
    written = list(Move.objects.values_list(*columns))
    assert len(written) == 3
    with connection.cursor() as cursor:  # as a database was before
        cursor.execute("DELETE FROM enrollment_move")
    migration = import_module("enrollment.migrations.0016_moves_on_the_roll")
    migration.remember_moves(apps, None)
    assert list(Move.objects.values_list(*columns)) == written
