"""The page of sizing holds the table that the arithmetic makes, and the unit costs that it is made from."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from django.conf import settings

from bench import sizing

PAGE = Path(settings.BASE_DIR, "docs", "sizing.md").read_text(encoding="utf-8")


def test_the_table_is_the_arithmetic() -> None:
    assert sizing.table() in PAGE


def test_every_unit_cost_stands_on_the_page() -> None:
    missing = [name for name, value in asdict(sizing.COSTS).items() if f"| {value:g} |" not in PAGE]
    assert missing == []
