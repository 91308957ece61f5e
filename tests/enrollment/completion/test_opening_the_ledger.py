"""Migration 0011 on a database that was in use: every standing gets its first line, cells are counted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from enrollment.completion import ledger, rebuilding, tallies
from enrollment.completion.models import LearningEntry, Standing, StandingTally
from tests import people
from tests.enrollment.completion import test_ledger

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
DAY = timedelta(days=1)
school = test_ledger.school


def _open(as_of: Any) -> None:
    """What the migration does with rows, on the models as they were then."""
    from importlib import import_module

    migration = import_module("enrollment.migrations.0011_ledger_and_tallies")
    migration.open_the_ledger(as_of, connection.schema_editor)


def test_old_standings_open_the_ledger_and_all_can_be_had_again_from_it(school: list[Any]) -> None:
    later = people.AT + 101 * DAY
    for cohort in school:
        ledger.judge_again(cohort, at=later)
    standings = {s.pk: (s.state, s.units_done, s.minutes_left) for s in Standing.objects.all()}
    # As a database was before: standings, and neither ledger nor cells.
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM enrollment_learningentry")
    StandingTally.objects.all().delete()
    state = MigrationExecutor(connection).loader.project_state(
        [("enrollment", "0012_standing_names_its_cell")]
    )
    _open(state.apps)
    assert LearningEntry.objects.count() == len(standings)
    for cohort in school:
        assert rebuilding.broken_evidence(cohort) == 0
        assert tallies.stored_cells(cohort) == tallies.counted_cells(cohort)
        wrong = rebuilding.derived(cohort, at=later).differs_from(rebuilding.stored(cohort))
        assert len(wrong.standings) == 0, rebuilding.say(wrong)
        assert len(wrong.cells) == 0
