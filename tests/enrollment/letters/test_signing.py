from __future__ import annotations

import asyncio
import datetime as dt
import random
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from enrollment.letters.signing import CodeSigner, CodeVerifier, FolderSigner, make_sample_keys
from enrollment.letters.typesetting import Typesetter
from tests.enrollment.letters.samples import CODE, admission

REASON = "签发录取通知书"
FACTS = {"number": "鹭工学〔2026〕第0001号", "name": "阿怡", "programme": "现代物流管理"}


@pytest.fixture(scope="session")
def signed(typesetter: Typesetter, signer: FolderSigner) -> bytes:
    at = datetime(2026, 8, 20, 2, 0, tzinfo=dt.UTC)
    return signer.sign(
        typesetter.set_pages("admission-1", admission(), at=at), reason=REASON, at=at
    )


def test_a_signed_letter_is_genuine(signer: FolderSigner, signed: bytes, at: datetime) -> None:
    verdict = signer.verify(signed)
    assert verdict.genuine
    assert verdict.signed_at == at
    assert verdict.signer.startswith("样章")


def test_the_same_letter_is_signed_to_the_same_bytes(
    typesetter: Typesetter, signer: FolderSigner, signed: bytes, at: datetime
) -> None:
    pages = typesetter.set_pages("admission-1", admission(), at=at)
    assert signer.sign(pages, reason=REASON, at=at) == signed


def test_a_signed_letter_stays_small_and_pdf_1_7(signed: bytes) -> None:
    assert len(signed) <= 60_000
    assert signed.startswith(b"%PDF-1.7")
    assert b"/Version" not in signed
    assert signed.count(b"<x:xmpmeta") == 1


@pytest.mark.parametrize("place", [0.01, 0.2, 0.4, 0.6, 0.8, 0.9, 0.99])
def test_one_flipped_byte_is_seen(signer: FolderSigner, signed: bytes, place: float) -> None:
    changed = bytearray(signed)
    changed[int(len(signed) * place)] ^= 1
    assert not signer.verify(bytes(changed)).genuine


@pytest.mark.slow
def test_no_byte_of_the_signature_itself_can_be_changed(
    signer: FolderSigner, signed: bytes
) -> None:
    """The digest does not cover ``/Contents``: digits in lower case, or versions, mean little."""
    begin, end = signed.index(b"/Contents <") + 10, signed.index(b"/ByteRange")
    contents = signed[begin:end]
    length = contents.index(b">") + 1
    chance = random.Random()
    places = [*chance.sample(range(length), 250), contents.index(b"A")]
    for place in places:
        for bit in (1 << chance.randrange(3), 0x20):
            changed = bytearray(signed)
            changed[begin + place] ^= bit
            assert not signer.verify(bytes(changed)).genuine, f"byte {place}, bit {bit}"


def test_an_addition_after_the_signature_is_seen(signer: FolderSigner, signed: bytes) -> None:
    verdict = signer.verify(signed + b"\n% more\n")
    assert verdict.intact
    assert not verdict.covers_whole_file
    assert not verdict.genuine


def test_a_letter_signed_by_somebody_else_is_not_trusted(
    signer: FolderSigner, typesetter: Typesetter, at: datetime, tmp_path: Path
) -> None:
    make_sample_keys(tmp_path / "other", at=at)
    other = FolderSigner(tmp_path / "other")
    pages = typesetter.set_pages("admission-1", admission(), at=at)
    verdict = signer.verify(other.sign(pages, reason=REASON, at=at))
    assert verdict.intact
    assert not verdict.trusted
    assert not verdict.genuine


@pytest.mark.parametrize("file", [b"", b"hello", b"%PDF-1.7\n%%EOF\n", b"%PDF-1.7" + b"\0" * 9999])
def test_any_other_file_is_simply_not_signed(signer: FolderSigner, file: bytes) -> None:
    verdict = signer.verify(file)
    assert not verdict.signed
    assert not verdict.genuine


def test_an_unsigned_letter_is_not_signed(
    signer: FolderSigner, typesetter: Typesetter, at: datetime
) -> None:
    assert not signer.verify(typesetter.set_pages("admission-1", admission(), at=at)).signed


def test_signing_works_beside_a_running_event_loop(signer: FolderSigner, signed: bytes) -> None:
    async def inside() -> bool:
        return signer.verify(signed).genuine

    assert asyncio.run(inside())


def test_threads_share_one_press(
    typesetter: Typesetter, signer: FolderSigner, at: datetime
) -> None:
    def letter(name: str) -> bytes:
        return signer.sign(
            typesetter.set_pages("admission-1", admission(name), at=at), reason=REASON, at=at
        )

    names = ["阿怡", "王", "李四", "欧阳娜娜"] * 2
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(letter, names))
    assert together == [letter(name) for name in names]


def test_private_keys_are_for_the_owner_only(keys: Path) -> None:
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700
    for key in keys.glob("*.key"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_keys_that_exist_are_left_alone(keys: Path, at: datetime) -> None:
    before = {path.name: path.read_bytes() for path in keys.iterdir()}
    make_sample_keys(keys, at=at)
    assert {path.name: path.read_bytes() for path in keys.iterdir()} == before


def test_two_first_starts_end_with_one_set_of_keys(tmp_path: Path, at: datetime) -> None:
    folder = tmp_path / "letters"
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: make_sample_keys(folder, at=at), range(3)))
    FolderSigner(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["letters"]


@pytest.mark.tools
def test_pdfsig_calls_the_signature_valid(signed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(signed)
    shown = subprocess.run(["pdfsig", path], capture_output=True, check=False).stdout.decode()
    assert "Signature is Valid." in shown
    assert "Total document signed" in shown
    changed = bytearray(signed)
    changed[len(signed) // 2] ^= 1
    path.write_bytes(changed)
    shown = subprocess.run(["pdfsig", path], capture_output=True, check=False).stdout.decode()
    assert "Digest Mismatch" in shown


def test_a_code_is_known_by_the_public_key_alone(keys: Path, tmp_path: Path) -> None:
    token = CodeSigner(keys).sign_code(CODE, FACTS)
    assert len(token) == 120
    (tmp_path / "code-1.pub").write_bytes((keys / "code-1.pub").read_bytes())
    verifier = CodeVerifier(tmp_path)
    assert verifier.verify_code(CODE, token)
    assert verifier.verify_code(CODE, token.lower(), facts=FACTS)


@pytest.mark.parametrize(
    ("label", "value"), [("name", "阿仪"), ("number", "鹭工学〔2026〕第0002号")]
)
def test_other_facts_beside_a_real_code_are_seen(keys: Path, label: str, value: str) -> None:
    token = CodeSigner(keys).sign_code(CODE, FACTS)
    assert not CodeVerifier(keys).verify_code(CODE, token, facts=FACTS | {label: value})


def test_a_made_up_code_or_token_is_refused(keys: Path) -> None:
    signer = CodeSigner(keys)
    token = signer.sign_code(CODE, FACTS)
    flipped = token[:40] + ("A" if token[40] != "A" else "B") + token[41:]
    assert not signer.verify_code("7K3QX9MB2FTD5HWZ8NRD", token)
    for wrong in ("", "A", token[:-8], flipped, "不是一个码", token + "AAAAAAAA"):
        assert not signer.verify_code(CODE, wrong)
