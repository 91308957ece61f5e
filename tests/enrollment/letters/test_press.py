from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from enrollment.letters import press
from enrollment.letters.signing import KeyOutOfReach, rotate, withdraw
from tests.enrollment.letters.samples import admission


@pytest.fixture
def _fresh(settings: Any, tmp_path: Path) -> None:
    settings.KEYS_DIR = tmp_path / "keys"


@pytest.mark.usefixtures("_fresh")
def test_the_press_makes_its_own_sample_keys(at: datetime) -> None:
    pdf = press.print_signed("admission-1", admission(), reason="签发录取通知书", at=at)
    assert press.signer().verify(pdf).genuine


@pytest.mark.usefixtures("_fresh")
def test_a_real_office_gets_no_sample_keys(settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(RuntimeError, match="Restore the signing keys"):
        press.signer()


@pytest.mark.usefixtures("_fresh")
def test_a_rotation_counts_from_the_next_letter_on(at: datetime) -> None:
    first = press.print_signed("admission-1", admission(), reason="x", at=at)
    rotate(press.keys_folder(), at=at)
    second = press.print_signed("admission-1", admission(), reason="x", at=at)
    assert first != second
    assert press.signer().verify(first).genuine
    assert press.signer().verify(second).genuine


@pytest.mark.usefixtures("_fresh")
def test_a_withdrawal_counts_at_once(at: datetime) -> None:
    first = press.print_signed("admission-1", admission(), reason="x", at=at)
    rotate(press.keys_folder(), at=at)
    withdraw(press.keys_folder(), 1, at=at)
    assert press.signer().verify(first).withdrawn


@pytest.mark.usefixtures("_fresh")
def test_the_setting_says_where_the_key_is(settings: Any, at: datetime) -> None:
    press.signer()
    settings.LETTER_KEY = "command:/nowhere/sign"
    rotate(press.keys_folder(), at=at)
    with pytest.raises(KeyOutOfReach):
        press.signer()
