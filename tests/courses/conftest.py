"""阿怡, a student of logistics, and one course to study."""

from __future__ import annotations

import pytest

from courses.learning import access
from enrollment.api import Student
from tests import factories, people
from tests.courses import teaching
from tests.courses.teaching import Taught


@pytest.fixture
def taught(db: None) -> Taught:
    """A programme with one course of one lesson: video (100 s), text, quiz."""
    return teaching.make_taught()


@pytest.fixture
def yi(taught: Taught, units: people.Units) -> Student:
    """阿怡, matriculated after the course was published."""
    student = factories.make_student(units)
    access.open_access(student, at=people.AT)
    return student
