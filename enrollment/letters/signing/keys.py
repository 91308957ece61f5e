"""A folder of signing keys: a root, signing keys by number, keys for codes by number.

``root.key root.crt sign-1.key sign-1.crt code-1.key code-1.pub``, PEM, private files 0600.
The highest number signs; every number still verifies, so a key is rotated by adding files.
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
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

ORGANISATION = "学历能力提升专班"
SAMPLE = "样章 仅供演示"
_RSA_BITS = 3072
# A demonstration has a history: its letters were signed at times before its keys were made.
_BEFORE = timedelta(days=5 * 365)
_AFTER = timedelta(days=10 * 365)

_PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


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
    root_name = _name(organisation, f"{organisation} 演示根证书")
    root = (
        _certificate(root_name, root_name, root_key.public_key(), at)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    sign_key = rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    signing = (
        _certificate(root_name, _name(organisation, SAMPLE), sign_key.public_key(), at)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()),
            critical=False,
        )
        .sign(root_key, hashes.SHA256())
    )
    code_key = ed25519.Ed25519PrivateKey.generate()
    _write_key(folder / "root.key", root_key)
    _write_key(folder / "sign-1.key", sign_key)
    _write_key(folder / "code-1.key", code_key)
    (folder / "root.crt").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    (folder / "sign-1.crt").write_bytes(signing.public_bytes(serialization.Encoding.PEM))
    (folder / "code-1.pub").write_bytes(
        code_key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


def _certificate(
    issuer: x509.Name,
    subject: x509.Name,
    public_key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
    at: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _BEFORE)
        .not_valid_after(at + _AFTER)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _name(organisation: str, common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _write_key(path: Path, key: _PrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
