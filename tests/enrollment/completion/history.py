"""A year of a class, made up at random: study, late syncs, corrections, leave, moves between unions.

Facts come in as ``courses`` counts them: what is done only grows, a phone may tell of last week,
and a tick of a tutor may be taken back.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from enrollment.completion import ledger
from enrollment.completion.rules import LearningFacts
from enrollment.registry import statuses
from enrollment.registry.models import Student
from lms.accounts.models import OrgUnit

COURSES, UNITS, UNIT_S = 4, 48, 600


@dataclass
class Life:
    """One student's year; ``pace`` is the chance of a finished unit per day of study."""

    student: Student
    chance: random.Random
    units: int = 0
    courses: int = 0
    meetings: list[UUID] = field(default_factory=list)
    taken_back: int = 0
    last_study_at: datetime | None = None

    def facts(self) -> LearningFacts:
        return LearningFacts(
            units_done=self.units,
            units_required=UNITS,
            courses_done=self.courses,
            courses_required=COURSES,
            meetings_attended=len(self.meetings),
            seconds_left=(UNITS - self.units) * UNIT_S,
            last_study_at=self.last_study_at,
        )

    def tell(self, at: datetime) -> None:
        ledger.report_learning(self.student, self.facts(), at=at)

    def study(self, at: datetime) -> None:
        """Some units; now and then they are told of a week late."""
        late = timedelta(days=self.chance.choice((0, 0, 0, 7)))
        done_at = at - late
        self.units = min(UNITS, self.units + self.chance.randint(0, 4))
        self.last_study_at = max(self.last_study_at or done_at, done_at)
        while self.courses < self.units * COURSES // UNITS:
            self.courses += 1
            ledger.record_milestone(
                self.student,
                key=f"course.completed:{self.courses}",
                at=done_at,
                recorded_at=at,
                evidence={"course": self.courses, "credits": 3},
            )
        self.tell(at)

    def meet(self, at: datetime, station: int) -> None:
        meeting = UUID(int=self.chance.getrandbits(128), version=4)
        self.meetings.append(meeting)
        self._milestone(f"meeting.attended:{meeting}", meeting, station, at)
        self.tell(at)

    def correct(self, at: datetime, station: int) -> None:
        """The tutor ticked the wrong name."""
        if not self.meetings:
            return
        meeting = self.meetings.pop()
        self.taken_back += 1
        self._milestone(f"meeting.unticked:{meeting}:{self.taken_back}", meeting, station, at)
        self.tell(at)

    def _milestone(self, key: str, meeting: UUID, station: int, at: datetime) -> None:
        evidence = {"meeting": str(meeting), "station": station}
        ledger.record_milestone(self.student, key=key, at=at, evidence=evidence)

    def change(self, at: datetime, units: list[OrgUnit]) -> None:
        """Leave, come back, give up, or change the union."""
        status = self.student.status
        if status == Student.Status.WITHDRAWN:
            return
        if status == Student.Status.ON_LEAVE:
            became = self.chance.choice((Student.Status.ENROLLED, Student.Status.WITHDRAWN))
            statuses.change(self.student, became, reason="本人申请", by=None, at=at)
        elif self.chance.random() < 0.4:
            away = Student.Status.ON_LEAVE
            statuses.change(self.student, away, reason="本人申请", by=None, at=at)
        else:
            unit = self.chance.choice(units)
            statuses.transfer(self.student, unit, reason="换了平台", by=None, at=at)


def live(
    students: list[Student],
    units: list[OrgUnit],
    *,
    began: datetime,
    days: int,
    seed: int,
    acts_per_day: float = 0.2,
    after: Callable[[datetime], None] = lambda evening: None,
) -> None:
    """Let everybody live; ``acts_per_day`` per student, ``after`` at the end of each day."""
    chance = random.Random(seed)
    lives = [Life(student, random.Random(chance.random())) for student in students]
    for one in lives:
        one.tell(began)
    for day in range(days):
        at = began + timedelta(days=day, hours=7)
        for one in lives:
            if chance.random() < acts_per_day and one.student.status == Student.Status.ENROLLED:
                chance.choice((one.study, one.study, one.study, one.study))(at)
                if chance.random() < 0.15:
                    one.meet(at, station=chance.randint(1, 3))
                if chance.random() < 0.03:
                    one.correct(at, station=chance.randint(1, 3))
            if chance.random() < 0.004:
                one.change(at, units)
        after(at + timedelta(hours=2))
