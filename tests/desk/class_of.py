"""A class half way through its first year, seen from the union's desk: two districts, several paces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from courses.learning import days
from courses.learning.models import StudyDay
from enrollment.completion import ledger
from enrollment.completion.days import count_applications
from enrollment.completion.rules import LearningFacts
from enrollment.registry import statuses
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import OrgUnit
from tests import factories, people

BEGAN = people.AT
NOW = BEGAN + timedelta(days=100)
UNITS, UNIT_S = 48, 600


@dataclass(frozen=True)
class Pace:
    """``done`` of 48 units, the last one ``silent`` days ago."""

    name: str
    unit: str
    done: int
    silent: int
    meetings: int = 3


# The names are canaries: nobody else's page may hold them.
PACES = (
    Pace("怡䶮甲", "riders", 20, 2), Pace("𬱖然乙", "riders", 2, 16, 2),
    Pace("册𫖯丙", "siming", 0, 40), Pace("集美𬬭丁", "jimei", 1, 30),
    Pace("集美𬭛戊", "jimei", 48, 5),
)  # fmt: skip


def build(
    units: people.Units, *, slug: str = "2026", paces: tuple[Pace, ...] = PACES, phones: int = 0
) -> list[Student]:
    """The students, in the order of the paces; everything derived is up to ``NOW``."""
    cohort = factories.make_cohort(units, slug=slug)
    Cohort.objects.filter(pk=cohort.pk).update(completion_rule="v2", year=int(slug))
    cohort.refresh_from_db()
    made = []
    for number, pace in enumerate(paces):
        phone = f"+86137{phones:04d}{number:04d}"
        student = factories.make_student(units, pace.name, phone, cohort=cohort)
        unit: OrgUnit = getattr(units, pace.unit)
        # By the service: where news are told (in a browser test) a standing was counted by now.
        statuses.transfer(student, unit, reason="属地", by=None, at=BEGAN)
        tell(student, pace, NOW - timedelta(days=pace.silent))
        made.append(student)
    ledger.judge_again(cohort, at=NOW)
    days.count()
    count_applications()
    return made


def tell(student: Student, pace: Pace, studied_at: datetime) -> None:
    facts = LearningFacts(
        units_done=pace.done,
        units_required=UNITS,
        courses_done=pace.done * 3 // UNITS,
        courses_required=3,
        meetings_attended=pace.meetings,
        seconds_left=(UNITS - pace.done) * UNIT_S,
        last_study_at=studied_at if pace.done else None,
    )
    for nth in range(pace.done * 3 // UNITS):
        ledger.record_milestone(
            student, key=f"course.completed:{nth}", at=BEGAN + timedelta(days=30 * nth), evidence={}
        )
    ledger.report_learning(student, facts, at=studied_at)
    if pace.done:
        StudyDay.objects.create(student=student, day=studied_at.date(), seconds=1800)
