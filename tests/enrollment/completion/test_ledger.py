"""The ledger is the truth: everything the union sees can be thrown away and derived again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, models

from enrollment.completion import ledger, rebuilding, tallies
from enrollment.completion.models import (
    LearningEntry,
    Milestone,
    MonthTally,
    Standing,
    StandingTally,
)
from enrollment.registry import statuses
from enrollment.registry.models import Cohort, Student
from tests import factories, people
from tests.enrollment.completion import history

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def school(units: people.Units) -> list[Cohort]:
    """Two classes of a dozen after a hundred days; the second is judged by the newer rule."""
    cohorts = [factories.make_cohort(units, slug=slug) for slug in ("2025", "2026")]
    Cohort.objects.filter(slug="2026").update(completion_rule="v2")
    for nth, cohort in enumerate(cohorts):
        cohort.refresh_from_db()
        students = [
            factories.make_student(
                units, f"学员{n}", f"+86137{nth}{n:07d}", cohort=cohort, programme=code
            )
            for n, code in enumerate(["LOG", "NM", "EC"] * 4)
        ]
        places = [units.riders, units.siming, units.jimei]
        history.live(students, places, began=people.AT, days=100, seed=nth, acts_per_day=0.3)
    return cohorts


def test_everything_derived_is_the_same_after_it_was_thrown_away(school: list[Cohort]) -> None:
    later = people.AT + 101 * DAY
    for cohort in school:
        ledger.judge_again(cohort, at=later)
    before = {cohort.pk: rebuilding.stored(cohort) for cohort in school}
    for model in (Standing, StandingTally, MonthTally):
        model.objects.all().delete()
    for cohort in school:
        rebuilding.rebuild(cohort, at=later)
        after = rebuilding.stored(cohort)
        wrong = after.differs_from(before[cohort.pk])
        assert wrong.size == 0, rebuilding.say(wrong)
        assert len(after.standings) == 12
        assert len(after.months) > 5


def test_the_database_counts_the_same_cells_as_the_ledger(school: list[Cohort]) -> None:
    for cohort in school:
        assert tallies.counted_cells(cohort) == tallies.stored_cells(cohort)


def test_folding_leaves_one_row_per_cell_and_the_same_figures(school: list[Cohort]) -> None:
    cohort = school[0]
    before = tallies.stored_cells(cohort), tallies.stored_months(cohort)
    tallies.fold(cohort)
    assert (tallies.stored_cells(cohort), tallies.stored_months(cohort)) == before
    assert StandingTally.objects.filter(cohort=cohort).count() == len(before[0])
    assert MonthTally.objects.filter(cohort=cohort).count() == len(before[1])


def test_the_nightly_comparison_finds_nothing_where_nothing_is_wrong(school: list[Cohort]) -> None:
    found = rebuilding.reconcile(at=people.AT + 101 * DAY)
    assert found.differences == 0
    assert found.standings == 24


def test_the_nightly_comparison_tells_and_mends_what_somebody_changed(school: list[Cohort]) -> None:
    standing = Standing.objects.exclude(student__status="withdrawn").first()
    assert standing is not None
    Standing.objects.filter(pk=standing.pk).update(units_done=standing.units_done + 5)
    StandingTally.objects.filter(cohort=school[0]).first().delete()  # type: ignore[union-attr]
    entry = LearningEntry.objects.first()
    assert entry is not None
    with connection.cursor() as cursor:  # past the model, as only a database administrator can
        cursor.execute(
            "UPDATE enrollment_learningentry SET units_done = 47 WHERE id = %s", [entry.pk]
        )
    found = rebuilding.reconcile(at=people.AT + 101 * DAY)
    assert found.standing_differences == 1
    assert found.cell_differences >= 1
    assert found.broken_evidence == 1
    again = rebuilding.reconcile(at=people.AT + 101 * DAY)
    assert (again.standing_differences, again.cell_differences) == (0, 0)
    assert again.broken_evidence == 1  # a broken line of the ledger is told until somebody looks


def test_a_late_phone_lands_in_the_month_in_which_it_was_studied(units: people.Units) -> None:
    student = factories.make_student(units)
    achieved = people.AT - 5 * DAY
    ledger.record_milestone(
        student, key="course.completed:a", at=achieved, recorded_at=people.AT, evidence={}
    )
    row = MonthTally.objects.get()
    assert (row.month.month, row.n) == (8, 1)
    ledger.record_milestone(student, key="course.completed:a", at=people.AT, evidence={})
    assert MonthTally.objects.count() == 1


@pytest.mark.parametrize("model", [Milestone, LearningEntry])
def test_the_ledger_can_be_neither_changed_nor_deleted(
    units: people.Units, model: type[models.Model]
) -> None:
    student = factories.make_student(units)
    life = history.Life(student, history.random.Random(1))
    life.meet(people.AT, station=1)
    row = model.objects.first()  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        row.save()
    with pytest.raises(TypeError):
        model.objects.update(at=people.AT)  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        model.objects.all().delete()  # type: ignore[attr-defined]


def test_somebody_on_leave_is_not_behind_and_comes_back_as_judged(units: people.Units) -> None:
    student = factories.make_student(units)
    life = history.Life(student, history.random.Random(1))
    life.tell(people.AT)
    later = people.AT + 60 * DAY
    ledger.judge_again(student.cohort, at=later)
    assert Standing.objects.get().state == "behind"
    statuses.change(student, "on_leave", reason="受伤", by=None, at=later)
    assert Standing.objects.get().state == "away"
    assert ledger.judge_again(student.cohort, at=later + DAY) == 0
    statuses.change(student, "enrolled", reason="康复", by=None, at=later + 2 * DAY)
    assert Standing.objects.get().state == "behind"
    statuses.change(student, "withdrawn", reason="回乡", by=None, at=later + 3 * DAY)
    assert tallies.stored_cells(student.cohort) == {}


def test_a_status_moves_once_and_says_why(units: people.Units) -> None:
    student = factories.make_student(units)
    stale = Student.objects.get(pk=student.pk)
    with pytest.raises(statuses.ReasonMissing):
        statuses.change(student, "on_leave", reason=" ", by=None, at=people.AT)
    statuses.change(student, "withdrawn", reason="回乡", by=None, at=people.AT)
    with pytest.raises(statuses.MoveNotLegal):
        statuses.change(stale, "on_leave", reason="受伤", by=None, at=people.AT)
    with pytest.raises(statuses.MoveNotLegal):
        statuses.change(student, "enrolled", reason="后悔", by=None, at=people.AT)


def test_a_graduate_is_finished_in_every_figure_and_stays_so(units: people.Units) -> None:
    student = factories.make_student(units)
    life = history.Life(student, history.random.Random(1), units=40, courses=3)
    life.tell(people.AT)
    later = people.AT + 60 * DAY
    ledger.judge_again(student.cohort, at=later)
    statuses.change(student, "graduated", reason="校务会纪要", by=None, at=later)
    assert ledger.judge_again(student.cohort, at=later + 60 * DAY) == 0
    standing = Standing.objects.get()
    assert (standing.state, standing.share, standing.reasons) == ("finished", 1.0, [])
    assert rebuilding.reconcile(at=later + 60 * DAY).differences == 0


def test_who_graduated_under_an_older_edition_is_put_right_with_the_share(
    units: people.Units,
) -> None:
    student = factories.make_student(units)
    history.Life(student, history.random.Random(1), units=40, courses=3).tell(people.AT)
    Student.objects.update(status="graduated")  # as the edition before left the standing
    later = people.AT + 60 * DAY
    assert ledger.judge_again(student.cohort, at=later) == 1
    assert Standing.objects.get().share == 1.0
    assert tallies.stored_cells(student.cohort) == tallies.counted_cells(student.cohort)
    assert rebuilding.reconcile(at=later).differences == 0
