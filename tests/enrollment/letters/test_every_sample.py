"""Every name of the samples goes the whole way: set, checked, signed, verified, read by other programs."""

from __future__ import annotations

import random
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from bench.pdfa import findings
from enrollment.letters.signing import FolderSigner
from enrollment.letters.typesetting import Typesetter
from tests.enrollment.letters.conftest import AT
from tests.enrollment.letters.reading import text_of
from tests.enrollment.letters.samples import FIFTY, NAMES, admission

REASON = "签发录取通知书"


class Made:
    """One sample's pages and the signed file."""

    def __init__(self, name: str, typesetter: Typesetter, signer: FolderSigner) -> None:
        self.name = name
        self.pages = typesetter.set_pages("admission-1", admission(name), at=AT)
        self.signed = signer.sign(self.pages, reason=REASON, at=AT)


@pytest.fixture(scope="session", params=NAMES)
def made(request: pytest.FixtureRequest, typesetter: Typesetter, signer: FolderSigner) -> Made:
    return Made(request.param, typesetter, signer)


def test_the_samples_hold_the_extremes() -> None:
    assert len(FIFTY) == 50
    assert min(map(len, NAMES)) == 1
    assert any("·" in name for name in NAMES)
    assert any(name.isascii() for name in NAMES)


def test_it_is_pdf_a(made: Made) -> None:
    assert findings(made.pages) == []
    # The checker knows no signature fields. The signature only adds, so what was checked is there.
    assert made.signed.startswith(made.pages)


def test_it_is_genuine_and_says_when(made: Made, signer: FolderSigner, at: datetime) -> None:
    verdict = signer.verify(made.signed)
    assert verdict.genuine
    assert verdict.signed_at == at


def test_it_stays_small(made: Made) -> None:
    assert len(made.signed) <= 60 * 1024


def test_its_name_is_read_back(made: Made) -> None:
    assert f"{made.name.replace(' ', '')}同学：" in text_of(made.signed)


def test_any_one_flipped_bit_is_seen(made: Made, signer: FolderSigner) -> None:
    chance = random.Random()
    for _try in range(5):
        place, bit = chance.randrange(len(made.signed)), 1 << chance.randrange(8)
        changed = bytearray(made.signed)
        changed[place] ^= bit
        assert not signer.verify(bytes(changed)).genuine, f"byte {place}, bit {bit}"


@pytest.mark.tools
def test_other_programs_agree(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(made.signed)
    said = subprocess.run(["pdfsig", path], capture_output=True, check=False).stdout.decode()
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    text = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True).stdout
    assert f"{made.name} 同学：" in text.decode().replace("\n", "")


@pytest.mark.tools
def test_another_program_sees_a_flipped_byte(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "letter.pdf"
    changed = bytearray(made.signed)
    changed[len(made.pages) // 2] ^= 1
    path.write_bytes(changed)
    said = subprocess.run(["pdfsig", path], capture_output=True, check=False).stdout.decode()
    assert "Digest Mismatch" in said
