"""A class with a ceremony, its students, and their letters; through services."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from enrollment.letters import issuing
from enrollment.letters.models import Letter
from enrollment.registry.models import Cohort, Student
from lms.base.jobs import api as jobs
from lms.base.jobs.api import Job
from tests import factories, people

AT = people.AT
CEREMONY = datetime(2026, 9, 6, 1, 30, tzinfo=UTC)


def make_class(units: people.Units) -> Cohort:
    cohort = factories.make_cohort(units)
    cohort.ceremony_at, cohort.ceremony_place = CEREMONY, "海州市工人文化宫礼堂"
    cohort.save()
    return cohort


def print_all() -> None:
    """What the worker would do now; a failed attempt's pause is over at once."""
    while jobs.run_due():
        Job.objects.filter(state="queued").update(run_after=AT)


def printed(student: Student, *, at: datetime = AT, tell: bool = False) -> Letter:
    """A letter that lies in storage."""
    letter = issuing.issue(student, by=None, at=at, tell=tell)
    print_all()
    letter.refresh_from_db()
    return letter


LATER = AT + timedelta(days=3)
