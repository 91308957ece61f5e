"""Figures as they were at a past moment, from what is never changed: the ledger, the roll's changes, the rule.

Nothing derived is read. A phone that was without a signal that day, and told of it later, is not in the
figures of the day: they are what the pages said then.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from enrollment.completion import rebuilding
from enrollment.completion.models import LearningEntry, Milestone, Move
from enrollment.completion.rebuilding import Picture, Sources
from enrollment.registry.models import Cohort, StatusChange, Student


def picture(cohort: Cohort, *, at: datetime) -> Picture:
    """Standings, cells and months of the class at that moment."""
    return rebuilding.derived(cohort, at=at, sources=sources(cohort, at=at))


def sources(cohort: Cohort, *, at: datetime) -> Sources:
    """The roll as it was, with the lines that were written and the achievements recorded by then."""
    everybody = rebuilding.everything(cohort)
    roll = _roll(dict(everybody.roll), cohort, at)
    return Sources(
        roll,
        LearningEntry.objects.filter(student__cohort=cohort, at__lte=at),
        Milestone.objects.filter(student__cohort=cohort, recorded_at__lte=at),
    )


def _roll(now: Mapping[int, Student], cohort: Cohort, at: datetime) -> Mapping[int, Student]:
    """Everybody with the status, union and programme of that moment."""
    # Backwards from today: the oldest change after the moment speaks last.
    changes = StatusChange.objects.filter(student__cohort=cohort, at__gt=at).order_by("-pk")
    for student, was in changes.values_list("student_id", "was"):
        if was:  # nothing was before the matriculation
            now[student].status = was
    moves = Move.objects.filter(student__cohort=cohort, at__gt=at).order_by("-pk")
    for student, unit, programme in moves.values_list("student_id", "org_unit_id", "programme_id"):
        now[student].org_unit_id, now[student].programme_id = unit, programme
    return now
