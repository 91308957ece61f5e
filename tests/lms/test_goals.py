"""The table of goals names tests and measurements that exist."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

from lms.bootstrap import benches

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs" / "goals.md").read_text(encoding="utf-8")


def test_every_goal_is_held_by_something() -> None:
    rows = re.findall(r"^\| G(\d+) \| .+ \| (.+) \|$", PAGE, re.MULTILINE)
    assert [int(number) for number, _held in rows] == list(range(1, 17))
    assert [number for number, held in rows if "`" not in held] == []


def test_what_is_named_is_there() -> None:
    missing = [
        f"{path}::{name}"
        for path, name in re.findall(r"(tests/[\w/]+\.py)::(test_\w+)", PAGE)
        if f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8")
    ]
    assert missing == []
    named = set(re.findall(r"`\./run bench (\w+)`", PAGE))
    assert named == {"chaos", "progress", "seats", "load"}
    assert named <= set(benches.found(ROOT / "bench"))
