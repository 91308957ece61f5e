"""Byte ranges: a table."""

from __future__ import annotations

import pytest

from media import ranges


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-", (0, 99)),
        ("bytes=0-0", (0, 0)),
        ("bytes=10-19", (10, 19)),
        ("bytes=90-200", (90, 99)),
        ("bytes=-10", (90, 99)),
        ("bytes=-500", (0, 99)),
        ("", None),
        ("bytes=-", None),
        ("bytes=5-2", None),
        ("bytes=0-1,5-6", None),
        ("lines=1-2", None),
        ("bytes=a-b", None),
    ],
)
def test_what_is_sent(header: str, part: tuple[int, int] | None) -> None:
    assert ranges.parse(header, 100) == part


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-110", "bytes=-0"])
def test_what_lies_outside(header: str) -> None:
    with pytest.raises(ranges.Unsatisfiable):
        ranges.parse(header, 100)
