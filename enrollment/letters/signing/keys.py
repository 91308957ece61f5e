"""A folder of signing keys: a root, signing keys by number, keys for codes by number.

``root.key root.crt sign-1.key sign-1.crt code-1.key code-1.pub``, PEM, private files 0600.
The highest number signs; every number still verifies, so a key is rotated by adding files.
A generation is withdrawn by the root's list ``withdrawn.crl`` and by ``code-N.withdrawn.pub``.
The keys made here are for demonstration, and their certificates say so: a registered seal
comes from a licensed provider and enters through the ``Signer`` port.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from enrollment.letters.signing import certificates

ORGANISATION = "学历能力提升专班"
_RSA_BITS = 3072
# A demonstration has a history: its letters were signed at times before its keys were made.
_BEFORE = timedelta(days=5 * 365)
_WITHDRAWN = "withdrawn.crl"

_PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


class KeysRefused(Exception):
    """The folder does not allow it; the message says why and what to do."""


def make_sample_keys(folder: Path, *, at: datetime, organisation: str = ORGANISATION) -> None:
    """Make a folder of demonstration keys; one that exists is left alone.

    Written beside and renamed whole: of two processes that start together one wins,
    and both then read the same keys.
    """
    if folder.exists():
        return
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = folder.with_name(f".{folder.name}-{secrets.token_hex(6)}")
    beside.mkdir(mode=0o700)
    try:
        _fill(beside, at, organisation)
        beside.rename(folder)
    except OSError:
        if not folder.exists():
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def rotate(folder: Path, *, at: datetime) -> int:
    """Add a generation of keys that signs from now on; what older ones signed stays genuine.

    Returns:
        The number of the new generation.

    Raises:
        KeysRefused: the root's private key is not here, as it should be in an office: there a
            new key and certificate come from its provider.
    """
    number = max(numbered(folder, "sign", "crt")) + 1
    root_key, root = _root(folder)
    _add_generation(folder, number, root_key, root, begins=at)
    return number


def withdraw(folder: Path, number: int, *, at: datetime) -> None:
    """Stop trusting a generation, for instance because its key was stolen.

    A signature carries no time that a thief could not write, so none of this key counts any
    longer; our own letters are still known by the register.

    Raises:
        KeysRefused: it signs now, is not there, or the root's private key is not here.
    """
    known = numbered(folder, "sign", "crt")
    if number not in known:
        raise KeysRefused(f"there is no generation {number} of keys in {folder}")
    if number == max(known):
        raise KeysRefused(f"generation {number} signs now: rotate first")
    root_key, root = _root(folder)
    serial = x509.load_pem_x509_certificate(known[number].read_bytes()).serial_number
    withdrawn = withdrawn_serials(folder) | {serial: at}
    listed = certificates.withdrawn_list(withdrawn.items(), root, root_key, at=at)
    _replace(folder / _WITHDRAWN, listed.public_bytes(serialization.Encoding.PEM))
    public = folder / f"code-{number}.pub"
    if public.exists():
        public.replace(folder / f"code-{number}.withdrawn.pub")


def withdrawn_serials(folder: Path) -> dict[int, datetime]:
    """Serial numbers of certificates that are not trusted any more, and since when."""
    path = folder / _WITHDRAWN
    if not path.exists():
        return {}
    listed = x509.load_pem_x509_crl(path.read_bytes())
    return {entry.serial_number: entry.revocation_date_utc for entry in listed}


def newest(folder: Path, stem: str, suffix: str) -> Path:
    """The file of the highest number, e.g. ``sign-2.key`` for ``("sign", "key")``.

    Raises:
        FileNotFoundError: the folder has no such key.
    """
    found = numbered(folder, stem, suffix)
    if not found:
        raise FileNotFoundError(f"no {stem}-N.{suffix} in {folder}")
    return found[max(found)]


def numbered(folder: Path, stem: str, suffix: str) -> dict[int, Path]:
    """All files ``stem-N.suffix`` by N."""
    pattern = re.compile(rf"{stem}-(\d+)\.{suffix}")
    names = ((pattern.fullmatch(path.name), path) for path in folder.glob(f"{stem}-*.{suffix}"))
    return {int(match[1]): path for match, path in names if match}


def _fill(folder: Path, at: datetime, organisation: str) -> None:
    # P-256 for the root keeps the certificate that travels in every letter short.
    root_key = ec.generate_private_key(ec.SECP256R1())
    root = certificates.root_certificate(root_key, organisation, begins=at - _BEFORE)
    _write_key(folder / "root.key", root_key)
    (folder / "root.crt").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    _add_generation(folder, 1, root_key, root, begins=at - _BEFORE)


def _add_generation(
    folder: Path,
    number: int,
    root_key: ec.EllipticCurvePrivateKey,
    root: x509.Certificate,
    *,
    begins: datetime,
) -> None:
    """The signing key last: whoever reads the folder meanwhile signs with the one before."""
    sign_key = rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    code_key = ed25519.Ed25519PrivateKey.generate()
    signing = certificates.signing_certificate(sign_key.public_key(), root, root_key, begins=begins)
    code_public = code_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    _replace(folder / f"code-{number}.pub", code_public)
    _write_key(folder / f"code-{number}.key", code_key)
    _replace(folder / f"sign-{number}.crt", signing.public_bytes(serialization.Encoding.PEM))
    _write_key(folder / f"sign-{number}.key", sign_key)


def _root(folder: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    path = folder / "root.key"
    if not path.exists():
        raise KeysRefused(
            f"{path} is not here. Keys of an office come from its provider: put the new "
            "certificate and key beside the old ones, under the next number."
        )
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise KeysRefused(f"{path} is not one of the sample keys")
    return key, x509.load_pem_x509_certificate((folder / "root.crt").read_bytes())


def _write_key(path: Path, key: _PrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _replace(path, pem, mode=0o600)


def _replace(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file that is there whole or not at all."""
    beside = path.with_name(f".{path.name}-{secrets.token_hex(6)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
