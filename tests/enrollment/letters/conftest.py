from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from enrollment.letters.signing import FileKeySigner, make_sample_keys
from enrollment.letters.typesetting import Typesetter

AT = datetime(2026, 8, 20, 2, 0, tzinfo=UTC)


@pytest.fixture
def at() -> datetime:
    return AT


@pytest.fixture(scope="session")
def typesetter(tmp_path_factory: pytest.TempPathFactory) -> Typesetter:
    return Typesetter(font_cache=tmp_path_factory.mktemp("fonts"))


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys") / "letters"
    make_sample_keys(folder, at=AT)
    return folder


@pytest.fixture(scope="session")
def signer(keys: Path) -> FileKeySigner:
    return FileKeySigner(keys)
