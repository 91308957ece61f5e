"""A station, a class with three students, and an afternoon at the station."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from courses.tutoring import booking, planning, stations
from courses.tutoring.models import Meeting, Station
from courses.tutoring.planning import Plan
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import Role, User
from tests import factories, people

# Tuesday, 14:00 to 16:00 in Shanghai; planned a week ahead.
STARTS = datetime(2026, 9, 15, 6, 0, tzinfo=UTC)
ENDS = STARTS + timedelta(hours=2)
BEFORE = STARTS - timedelta(days=7)
AT_THE_DOOR = STARTS - timedelta(minutes=10)


@pytest.fixture
def cohort(units: people.Units) -> Cohort:
    return factories.make_cohort(units)


@pytest.fixture
def station(units: people.Units) -> Station:
    return stations.keep_station(
        "SM-01",
        name="滨海驿站",
        district=units.siming,
        address="思明区滨海路 12 号",
        latitude=24.4798,
        longitude=118.0894,
        capacity=3,
        opening_hours="08:00–22:00",
        by=None,
        at=people.AT,
    )


@pytest.fixture
def yi(units: people.Units, cohort: Cohort) -> Student:
    return factories.make_student(units, "阿怡", "+8613700000002")


@pytest.fixture
def lin(units: people.Units, cohort: Cohort) -> Student:
    return factories.make_student(units, "林建业", "+8613700000003")


@pytest.fixture
def xu(units: people.Units, cohort: Cohort) -> Student:
    return factories.make_student(units, "许小燕", "+8613700000004")


def plan(station: Station, **changes: object) -> Plan:
    facts = {
        "topic": "仓储与配送答疑",
        "station": station,
        "starts_at": STARTS,
        "ends_at": ENDS,
        **changes,
    }
    return Plan(**facts)  # type: ignore[arg-type]


def make_meeting(
    cohort: Cohort, station: Station, tutor: User, *, published: bool = True, **changes: object
) -> Meeting:
    meeting = planning.plan_meeting(
        cohort, plan(station, **changes), tutor=tutor, by=tutor, at=BEFORE
    )
    if published:
        planning.publish(meeting, by=tutor, at=BEFORE)
    return meeting


@pytest.fixture
def meeting(cohort: Cohort, station: Station, chen: User) -> Meeting:
    """Published, three chairs."""
    return make_meeting(cohort, station, chen)


@pytest.fixture
def one_chair(cohort: Cohort, station: Station, chen: User) -> Meeting:
    """Published, a single chair."""
    return make_meeting(cohort, station, chen, places=1)


@pytest.fixture
def host(client: Client, meeting: Meeting, units: people.Units) -> Client:
    """Signed in as a tutor of another district who holds the meeting: 阿怡 is a guest there."""
    jimei = people.make_staff(Role.TUTOR, "集美老师", username="jm", unit=units.jimei)
    Meeting.objects.filter(pk=meeting.pk).update(tutor=jimei)
    client.force_login(jimei)
    return client


def book(meeting: Meeting, student: Student, *, at: datetime = BEFORE) -> object:
    return booking.book(meeting, student, by=student.user, at=at)
