from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings

from enrollment.letters.models import Letter
from enrollment.letters.signing import FolderSigner, make_sample_keys
from enrollment.letters.typesetting import Typesetter
from enrollment.registry.models import Cohort, Student
from tests import factories, people
from tests.enrollment.letters import cast

AT = datetime(2026, 8, 20, 2, 0, tzinfo=UTC)


@pytest.fixture
def at() -> datetime:
    return AT


@pytest.fixture(scope="session")
def typesetter() -> Typesetter:
    return Typesetter(font_cache=Path(settings.VAR_DIR, "fonts"))


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys") / "letters"
    make_sample_keys(folder, at=AT)
    return folder


@pytest.fixture(scope="session")
def signer(keys: Path) -> FolderSigner:
    return FolderSigner(keys)


@pytest.fixture
def cohort(units: people.Units) -> Cohort:
    """A class whose ceremony has a time and a place."""
    return cast.make_class(units)


@pytest.fixture
def yi(units: people.Units, cohort: Cohort) -> Student:
    """阿怡, on the roll, without a letter."""
    return factories.make_student(units, "阿怡", cohort=cohort)


@pytest.fixture
def letter(yi: Student) -> Letter:
    """阿怡's letter, printed."""
    return cast.printed(yi)
