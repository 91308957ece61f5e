"""Codes that can be checked without a network: Ed25519 over a letter's code and its facts.

A token of 120 characters (``A–Z2–7``, so that a QR code stays small) is the base 32 of

- 1 byte: the number of the key,
- 10 bytes: start of the SHA-256 of the facts, one ``label=value`` line each, sorted, UTF-8,
- 64 bytes: the signature over ``lms-letter-1``, the letter's code and those ten bytes.

The public key alone shows that we issued the code; with the facts read off the paper it also
shows that they are the ones we issued.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from enrollment.letters.signing.keys import newest, numbered

_PURPOSE = b"lms-letter-1"
_DIGEST_BYTES = 10
_TOKEN_BYTES = 1 + _DIGEST_BYTES + 64


class CodeVerifier:
    """Checks tokens with the public keys of a folder (``code-N.pub``)."""

    def __init__(self, folder: Path) -> None:
        self._keys = {number: _public(path) for number, path in _publics(folder).items()}

    def verify_code(self, code: str, token: str, *, facts: Mapping[str, str] | None = None) -> bool:
        """Whether we issued ``code`` with this token, and, if given, with exactly these facts."""
        try:
            raw = base64.b32decode(token.upper())
        except (binascii.Error, ValueError):
            return False
        if len(raw) != _TOKEN_BYTES or raw[0] not in self._keys:
            return False
        digest, signature = raw[1 : 1 + _DIGEST_BYTES], raw[1 + _DIGEST_BYTES :]
        try:
            self._keys[raw[0]].verify(signature, _message(code, digest))
        except InvalidSignature:
            return False
        return facts is None or hmac.compare_digest(digest, _digest(facts))


class CodeSigner(CodeVerifier):
    """Makes tokens with the newest key of a folder (``code-N.key``)."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        path = newest(folder, "code", "key")
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError(f"{path} is not an Ed25519 key")
        self._key = key
        self._number = int(path.stem.removeprefix("code-"))

    def sign_code(self, code: str, facts: Mapping[str, str]) -> str:
        """A token for ``code`` and the facts printed beside it."""
        digest = _digest(facts)
        signature = self._key.sign(_message(code, digest))
        return base64.b32encode(bytes([self._number]) + digest + signature).decode()


def _publics(folder: Path) -> dict[int, Path]:
    return numbered(folder, "code", "pub")


def _public(path: Path) -> Ed25519PublicKey:
    key = serialization.load_pem_public_key(path.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError(f"{path} is not an Ed25519 key")
    return key


def _digest(facts: Mapping[str, str]) -> bytes:
    lines = "\n".join(f"{label}={facts[label]}" for label in sorted(facts))
    return hashlib.sha256(lines.encode()).digest()[:_DIGEST_BYTES]


def _message(code: str, digest: bytes) -> bytes:
    return b"\n".join([_PURPOSE, code.encode(), digest])
