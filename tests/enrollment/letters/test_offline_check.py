"""A stranger with Python and our public key checks a printed letter without a network."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image

from enrollment.letters import contents, press
from enrollment.letters.models import Letter
from enrollment.letters.signing import CodeSigner
from enrollment.letters.typesetting import Typesetter
from tests.enrollment.letters.samples import CODE, admission

SCRIPT = Path(__file__).parents[3] / "docs" / "check_letter.py"
FACTS = {"编号": "鹭工学〔2026〕第0001号", "姓名": "𬱖𫖯", "专业": "现代物流管理", "班级": "2026级"}
GENUINE, FORGED, OTHER = "真实", "伪造", "不符"


def check(key: Path, scanned: str, *facts: str) -> str:
    """What the script says, run as a stranger would: none of our packages, an empty folder."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", SCRIPT, key, scanned, *facts],
        capture_output=True,
        cwd=key.parent,
        env={"LC_ALL": "C.UTF-8"},
        check=False,
    )
    return done.stdout.decode().partition("。")[0].partition("：")[0]


@pytest.fixture
def key(keys: Path, tmp_path: Path) -> Path:
    """The public key alone, in a folder of its own."""
    return Path(shutil.copy(keys / "code-1.pub", tmp_path))


def lines(facts: dict[str, str]) -> list[str]:
    return [f"{label}={value}" for label, value in facts.items()]


def test_it_is_short_enough_to_be_read_first() -> None:
    assert len(SCRIPT.read_text().splitlines()) <= 30


def test_the_code_of_a_rendered_page_is_genuine(
    typesetter: Typesetter, keys: Path, key: Path, at: datetime
) -> None:
    token = CodeSigner(keys).sign_code(CODE, FACTS)
    page = admission("𬱖𫖯", verify_url=f"HTTPS://CLASS.EXAMPLE.CN/V/{CODE}/{token}")
    picture = Image.open(io.BytesIO(typesetter.set_picture("admission-1", page, at=at)))
    [seen] = zxingcpp.read_barcodes(picture)
    assert check(key, seen.text) == GENUINE
    assert check(key, seen.text, *lines(FACTS)) == GENUINE
    assert check(key, seen.text, *lines(FACTS | {"姓名": "𬱖𫖮"})) == OTHER


def test_the_facts_of_an_issued_letter_are_those_on_its_paper(
    letter: Letter, tmp_path: Path
) -> None:
    printed = letter.facts
    facts = contents.offline_facts(
        number=printed["number"],
        name=printed["name"],
        programme=printed["programme"],
        cohort=printed["cohort"],
    )
    press.code_signer()
    from django.conf import settings

    key = Path(shutil.copy(Path(settings.KEYS_DIR) / "letters" / "code-1.pub", tmp_path))
    assert check(key, printed["qr"], *lines(dict(facts))) == GENUINE


def test_another_code_beside_a_real_token_is_forged(keys: Path, key: Path) -> None:
    token = CodeSigner(keys).sign_code(CODE, FACTS)
    assert check(key, f"HTTPS://X/V/{CODE}/{token}") == GENUINE
    assert check(key, f"HTTPS://X/V/{CODE[:-1]}D/{token}") == FORGED


@pytest.mark.parametrize("place", [3, 20, 60, 119])
def test_a_changed_token_is_never_genuine(keys: Path, key: Path, place: int) -> None:
    token = CodeSigner(keys).sign_code(CODE, FACTS)
    changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
    assert check(key, f"HTTPS://X/V/{CODE}/{changed}") == FORGED
    assert check(key, "HTTPS://X/V/不是码") == FORGED


def test_a_token_by_somebody_else_is_forged(key: Path, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization

    other = tmp_path / "other"
    other.mkdir()
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (other / "code-1.key").write_bytes(pem)
    token = CodeSigner(other).sign_code(CODE, FACTS)
    assert check(key, f"HTTPS://X/V/{CODE}/{token}") == FORGED
