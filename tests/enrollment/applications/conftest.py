"""What the tests of applications share."""

from __future__ import annotations

import pytest

from enrollment.applications.models import Application
from enrollment.registry.models import Cohort
from lms.accounts.models import User
from tests import people
from tests.enrollment.applications import cast


@pytest.fixture
def cohort(units: people.Units) -> Cohort:
    """Open on ``people.AT``: two places for logistics, one each for marketing and e-commerce."""
    return cast.make_cohort(units)


@pytest.fixture
def office(units: people.Units) -> cast.Office:
    return cast.Office(units)


@pytest.fixture
def lin(db: None) -> User:
    """林师傅, a driver, applying."""
    return people.make_person("林师傅", "+8613700000001")


@pytest.fixture
def yi(db: None) -> User:
    """阿怡, a rider."""
    return people.make_person("阿怡", "+8613700000002")


@pytest.fixture
def draft(lin: User, cohort: Cohort, units: people.Units) -> Application:
    """林师傅's draft with nothing missing."""
    return cast.filled(lin, cohort, units.siming)


@pytest.fixture
def submitted(lin: User, cohort: Cohort, units: people.Units) -> Application:
    return cast.submitted(lin, cohort, units.siming)
