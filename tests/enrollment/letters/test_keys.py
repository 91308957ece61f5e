"""What verifies after a rotation, and after a key was withdrawn; as docs/letter-keys.md says."""

from __future__ import annotations

import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from enrollment.letters.signing import (
    CodeSigner,
    CodeVerifier,
    FolderSigner,
    KeysRefused,
    make_sample_keys,
    rotate,
    withdraw,
)
from enrollment.letters.signing.keys import withdrawn_serials
from enrollment.letters.typesetting import Typesetter
from tests.enrollment.letters.samples import CODE, admission

FACTS = {"编号": "鹭工学〔2026〕第0001号"}


@pytest.fixture
def folder(tmp_path: Path, at: datetime) -> Path:
    make_sample_keys(tmp_path / "letters", at=at)
    return tmp_path / "letters"


@pytest.fixture
def pages(typesetter: Typesetter, at: datetime) -> bytes:
    return typesetter.set_pages("admission-1", admission(), at=at)


def signed_by(folder: Path, pages: bytes, at: datetime) -> bytes:
    return FolderSigner(folder).sign(pages, reason="签发录取通知书", at=at)


def test_after_a_rotation_old_and_new_letters_are_genuine(
    folder: Path, pages: bytes, at: datetime
) -> None:
    old = signed_by(folder, pages, at)
    assert rotate(folder, at=at + timedelta(days=1)) == 2
    new = signed_by(folder, pages, at + timedelta(days=2))
    judge = FolderSigner(folder)
    assert judge.verify(old).genuine
    assert judge.verify(new).genuine
    assert judge.verify(new).signed_at == at + timedelta(days=2)


def test_a_letter_from_before_the_rotation_can_still_be_printed_after_it(
    folder: Path, pages: bytes, at: datetime
) -> None:
    """Its signature claims the first moment of the new certificate, not the day of issue."""
    rotated_at = at + timedelta(days=1)
    rotate(folder, at=rotated_at)
    verdict = FolderSigner(folder).verify(signed_by(folder, pages, at))
    assert verdict.genuine
    assert verdict.signed_at == rotated_at


def test_after_a_rotation_codes_of_both_keys_are_known(folder: Path, at: datetime) -> None:
    old = CodeSigner(folder).sign_code(CODE, FACTS)
    rotate(folder, at=at)
    new = CodeSigner(folder).sign_code(CODE, FACTS)
    assert old != new
    for token in (old, new):
        assert CodeVerifier(folder).verify_code(CODE, token, facts=FACTS)


def test_what_a_withdrawn_key_signed_is_not_genuine_whatever_time_it_claims(
    folder: Path, pages: bytes, at: datetime
) -> None:
    letter = signed_by(folder, pages, at)
    back_dated = signed_by(folder, pages, at - timedelta(days=365))
    rotate(folder, at=at)
    after = signed_by(folder, pages, at + timedelta(days=1))
    withdraw(folder, 1, at=at + timedelta(days=2))
    judge = FolderSigner(folder)
    for file in (letter, back_dated):
        verdict = judge.verify(file)
        assert verdict.intact
        assert verdict.withdrawn
        assert not verdict.trusted
        assert not verdict.genuine
    assert judge.verify(after).genuine


def test_codes_of_a_withdrawn_key_are_not_known_any_more(folder: Path, at: datetime) -> None:
    old = CodeSigner(folder).sign_code(CODE, FACTS)
    rotate(folder, at=at)
    withdraw(folder, 1, at=at)
    assert not CodeVerifier(folder).verify_code(CODE, old)
    assert CodeVerifier(folder).verify_code(CODE, CodeSigner(folder).sign_code(CODE, FACTS))


def test_the_list_of_withdrawn_certificates_is_the_roots_and_grows(
    folder: Path, at: datetime
) -> None:
    assert withdrawn_serials(folder) == {}
    for number in (1, 2):
        rotate(folder, at=at)
        withdraw(folder, number, at=at + timedelta(days=number))
    serials = [
        x509.load_pem_x509_certificate((folder / f"sign-{number}.crt").read_bytes()).serial_number
        for number in (1, 2)
    ]
    assert withdrawn_serials(folder) == {
        serials[0]: at + timedelta(days=1),
        serials[1]: at + timedelta(days=2),
    }
    root = x509.load_pem_x509_certificate((folder / "root.crt").read_bytes()).public_key()
    listed = x509.load_pem_x509_crl((folder / "withdrawn.crl").read_bytes())
    assert isinstance(root, ec.EllipticCurvePublicKey)
    assert listed.is_signature_valid(root)


def test_the_key_that_signs_now_cannot_be_withdrawn(folder: Path, at: datetime) -> None:
    with pytest.raises(KeysRefused, match="rotate first"):
        withdraw(folder, 1, at=at)
    with pytest.raises(KeysRefused, match="no generation 7"):
        withdraw(folder, 7, at=at)


def test_keys_of_an_office_are_not_made_here(folder: Path, at: datetime) -> None:
    (folder / "root.key").unlink()
    with pytest.raises(KeysRefused, match="from its provider"):
        rotate(folder, at=at)
    assert not (folder / "sign-2.crt").exists()


def test_new_keys_are_for_the_owner_only_too(folder: Path, at: datetime) -> None:
    rotate(folder, at=at)
    for key in folder.glob("*.key"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_every_certificate_says_that_it_is_a_sample(folder: Path, at: datetime) -> None:
    rotate(folder, at=at)
    for path in folder.glob("*.crt"):
        subject = x509.load_pem_x509_certificate(path.read_bytes()).subject.rfc4514_string()
        assert "样章" in subject or "演示" in subject
