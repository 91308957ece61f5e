"""Where a lane asks for its own markers only, the files that hold them are found by their text."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import conftest

HERE = Path(__file__).parent
PLAIN, ON_S3 = HERE / "test_kept_rows.py", HERE / "media" / "test_on_s3.py"


@pytest.mark.parametrize(
    ("asked", "file", "looked_at"),
    [
        ("s3", ON_S3, True),
        ("s3", PLAIN, False),
        ("services or s3", ON_S3, True),
        ("services or worker", ON_S3, False),
        ("", PLAIN, True),
        ("not s3", PLAIN, True),
        ("s3 or sqlite", PLAIN, True),
    ],
)
def test_a_file_is_looked_at_where_it_may_have_what_is_asked_for(
    asked: str, file: Path, looked_at: bool
) -> None:
    config: Any = SimpleNamespace(option=SimpleNamespace(markexpr=asked))
    assert conftest.pytest_ignore_collect(file, config) is (None if looked_at else True)


def test_a_marker_that_its_own_file_does_not_name_is_told() -> None:
    item: Any = SimpleNamespace(
        nodeid="x", path=PLAIN, get_closest_marker=lambda name: name == "journeys"
    )
    with pytest.raises(pytest.UsageError, match=r"mark\.journeys"):
        conftest.pytest_itemcollected(item)
    item.get_closest_marker = lambda _name: None
    conftest.pytest_itemcollected(item)
