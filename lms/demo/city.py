"""The demo city, step by step; each step may be run again and then changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from courses.api import load_content, load_course, open_access
from courses.tutoring.models import Meeting, Station
from enrollment.api import Cohort, Student
from lms.base import clock
from lms.demo import (
    cast,
    history,
    intakes,
    matters,
    meetings,
    members,
    signins,
    stories,
    units,
)

# What the academy of the demo offers every member.
OPEN_COURSE = Path(__file__).parent / "open_course"


@dataclass(frozen=True)
class Step:
    """``title`` is printed when the step is done."""

    title: str
    build: Callable[[], object]


def stations() -> None:
    """The rest stations of the six districts."""
    city = units.build(at=clock.now())
    for no, (name, district, address, latitude, longitude, seats, hours) in enumerate(
        cast.STATIONS, start=1
    ):
        Station.objects.get_or_create(
            code=f"YZ{no:03d}",
            defaults={
                "name": name,
                "district": city.districts[district],
                "address": address,
                "latitude": latitude,
                "longitude": longitude,
                "capacity": seats,
                "opening_hours": hours,
                "has_wifi": no % 5 != 0,
            },
        )


def people() -> None:
    """Staff, the class of fifty, the open intake."""
    now = clock.now()
    city = units.build(at=now)
    intakes.class_of_fifty(city, now=now)
    intakes.open_intake(city, now=now)


def registers() -> None:
    """What two districts know of their members."""
    now = clock.now()
    members.build(units.build(at=now), now=now)


def sessions() -> None:
    """Offline sessions of the class, past and coming, and one that begins in twenty minutes."""
    now = clock.now()
    city = units.build(at=now)
    cohort = Cohort.objects.get(slug=intakes.CLASS)
    if not Meeting.objects.filter(cohort=cohort).exists():
        meetings.build(city, cohort, now=now)
        meetings.soon(city, cohort, now=now)


def content() -> None:
    """Three programmes with lessons, quizzes and sample lectures, an open course, stories; by the demo's editor."""
    now = clock.now()
    editor = units.build(at=now).staff["editor"]
    load_content(by=editor, at=now)
    load_course(OPEN_COURSE, below="LOG", by=editor, at=now)
    stories.build(editor, now=now)


def studies() -> None:
    """What the class has learnt in eleven weeks."""
    cohort = Cohort.objects.get(slug=intakes.CLASS)
    for student in Student.objects.filter(cohort=cohort, learner=None):
        open_access(student, at=student.matriculated_at)
    history.build(cohort, now=clock.now())


def desks() -> None:
    """The fund and the fees, marks, questions to the tutors, last month's report."""
    now = clock.now()
    city = units.build(at=now)
    cohort = Cohort.objects.get(slug=intakes.CLASS)
    matters.money(city, cohort, now=now)
    matters.results(city, cohort, now=now)
    matters.questions(city, cohort, now=now)
    matters.report(cohort, now=now)


STEPS: tuple[Step, ...] = (
    Step("courses", content),
    Step("stations", stations),
    Step("people", people),
    Step("members", registers),
    Step("studies", studies),
    Step("sessions", sessions),
    Step("desks", desks),
    Step("sign-ins", signins.write),
)
