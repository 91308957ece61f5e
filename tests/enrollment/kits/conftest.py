from __future__ import annotations

import pytest

from enrollment.letters.models import Letter
from enrollment.registry.models import Cohort, Student
from tests import factories, people
from tests.enrollment.letters import cast


@pytest.fixture
def cohort(units: people.Units) -> Cohort:
    """A class whose ceremony has a time and a place."""
    return cast.make_class(units)


@pytest.fixture
def yi(units: people.Units, cohort: Cohort) -> Student:
    """阿怡, on the roll."""
    return factories.make_student(units, "林阿怡", cohort=cohort)


@pytest.fixture
def letter(yi: Student) -> Letter:
    """阿怡's letter, printed."""
    return cast.printed(yi)
