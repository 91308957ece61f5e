from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from enrollment.letters import press
from tests.enrollment.letters.samples import admission


@pytest.fixture
def _fresh(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.KEYS_DIR = tmp_path / "keys"
    made = (press.typesetter, press.signer, press.code_signer)
    for maker in made:
        maker.cache_clear()
    yield
    for maker in made:
        maker.cache_clear()


@pytest.mark.usefixtures("_fresh")
def test_the_press_makes_its_own_sample_keys(at: datetime) -> None:
    pdf = press.print_signed("admission-1", admission(), reason="签发录取通知书", at=at)
    assert press.signer().verify(pdf).genuine


@pytest.mark.usefixtures("_fresh")
def test_a_real_office_gets_no_sample_keys(settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(RuntimeError, match="Restore the signing keys"):
        press.signer()
