"""The measuring script itself, at a size for every day."""

from __future__ import annotations

import pytest

from bench import banks

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def test_a_small_bank_is_measured_and_every_bar_holds() -> None:
    figures = {figure["figure"]: figure for figure in banks.measure(200, seed=1)}

    assert all(figure["holds"] for figure in figures.values()), figures
    assert figures["bank_import_5000_cpu_s"]["refused_rows"] == 2
