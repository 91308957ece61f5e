"""Figures as they were at a past moment, from what is never changed: the ledger, the roll's changes, the rule,
and the class's own dates as the audit tells when they were moved.

Nothing derived is read. A phone that was without a signal that day, and told of it later, is not in the
figures of the day: they are what the pages said then.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from enrollment.completion import ledger, rebuilding
from enrollment.completion.models import LearningEntry, Milestone, Move
from enrollment.completion.rebuilding import Picture, Sources
from enrollment.registry.models import Cohort, StatusChange, Student
from lms.base import audit

Days = tuple[date, date]


def picture(cohort: Cohort, *, at: datetime, days: Days | None = None) -> Picture:
    """Standings, cells and months of the class at that moment.

    Args:
        days: first and last day of class, where they were written down at that moment.
    """
    return rebuilding.derived(cohort, at=at, sources=sources(cohort, at=at, days=days))


def sources(cohort: Cohort, *, at: datetime, days: Days | None = None) -> Sources:
    """The roll as it was, with the lines that were written and the achievements recorded by then."""
    everybody = rebuilding.everything(cohort)
    roll = _roll(dict(everybody.roll), cohort, at)
    return Sources(
        roll,
        LearningEntry.objects.filter(student__cohort=cohort, at__lte=at),
        Milestone.objects.filter(student__cohort=cohort, recorded_at__lte=at),
        ledger.term_between(*(days or days_of(cohort, at=at))),
    )


def days_of(cohort: Cohort, *, at: datetime) -> Days:
    """First and last day of class as they stood at that moment.

    The audit of a class names nobody, so its data are never emptied.
    """
    days = {"starts_on": cohort.starts_on, "ends_on": cohort.ends_on}
    changes = audit.trail(cohort).filter(action="cohort.changed", at__gt=at)
    for data in changes.order_by("-pk").values_list("data", flat=True):
        days |= {name: date.fromisoformat(data[name][0]) for name in days if name in data}
    return days["starts_on"], days["ends_on"]


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
