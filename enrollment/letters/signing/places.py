"""Where a signing key lives: in a file, in a token (PKCS#11), or behind a command (KMS, HSM agents)."""

from __future__ import annotations

import re
import secrets
import subprocess
import threading
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote

from asn1crypto import pem, x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from enrollment.letters.signing.keys import newest

_PATIENCE_S = 30


class SigningKey(Protocol):
    """A private key that may live elsewhere; it makes RSASSA-PKCS1-v1_5 signatures with SHA-256."""

    @property
    def certificate(self) -> x509.Certificate: ...

    def sign_sha256(self, data: bytes) -> bytes: ...


class KeyOutOfReach(Exception):
    """The key did not sign, or its signatures do not fit the certificate. Loud: nobody's typing helps."""


class FileKey:
    """An RSA key of a PEM file, loaded once: loading and checking it costs more than signing."""

    def __init__(self, key: Path, certificate: Path) -> None:
        loaded = serialization.load_pem_private_key(key.read_bytes(), password=None)
        if not isinstance(loaded, RSAPrivateKey):
            raise TypeError(f"{key} is not an RSA key")
        self._key = loaded
        self.certificate = read_certificate(certificate)

    def sign_sha256(self, data: bytes) -> bytes:
        return self._key.sign(data, PKCS1v15(), hashes.SHA256())


class TokenKey:
    """A key in a PKCS#11 token, named by an RFC 7512 address; it never leaves the token.

    ``pkcs11:token=union;object=letters?module-path=/usr/lib/libtoken.so&pin-source=file:/run/pin``.
    Needs the package ``python-pkcs11`` (``pip install 'pyhanko[pkcs11]'``).
    """

    def __init__(self, address: str, certificate: Path) -> None:
        path, _, query = address.removeprefix("pkcs11:").partition("?")
        self._named = {
            name: unquote(value)
            for name, _, value in (part.partition("=") for part in path.split(";") if part)
        }
        self._how = {name: values[-1] for name, values in parse_qs(query).items()}
        if "object" not in self._named or "module-path" not in self._how:
            raise ValueError("the address of a token's key needs object= and module-path=")
        self.certificate = read_certificate(certificate)
        # Tokens do one thing at a time, and a session is one conversation.
        self._lock = threading.Lock()

    def sign_sha256(self, data: bytes) -> bytes:
        import pkcs11

        with self._lock:
            try:
                signature = self._key.sign(data, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS)
            except pkcs11.PKCS11Error as failure:
                # The next letter opens the token anew: it may have been unplugged in between.
                self.__dict__.pop("_key", None)
                raise KeyOutOfReach(f"the token did not sign: {failure!r}") from failure
        return bytes(signature)

    @cached_property
    def _key(self) -> Any:
        import pkcs11

        token = pkcs11.lib(self._how["module-path"]).get_token(token_label=self._named.get("token"))
        session = token.open(user_pin=self._pin())
        return session.get_key(
            object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=self._named["object"]
        )

    def _pin(self) -> str | None:
        # Never in the address itself: settings are printed in bug reports, files are not.
        source = self._how.get("pin-source")
        return Path(re.sub("^file:(//)?", "", source)).read_text().strip() if source else None


class CommandKey:
    """A key behind a program: the bytes to be signed on its input, the signature on its output.

    Any KMS or HSM with a command line fits, e.g. a two-line script around ``aws kms sign`` or
    ``openssl pkeyutl``. The program is started once for each letter.
    """

    def __init__(self, program: Path, certificate: Path) -> None:
        self._program = program
        self.certificate = read_certificate(certificate)

    def sign_sha256(self, data: bytes) -> bytes:
        try:
            done = subprocess.run(
                [self._program], input=data, capture_output=True, timeout=_PATIENCE_S, check=True
            )
        except (OSError, subprocess.SubprocessError) as failure:
            raise KeyOutOfReach(f"{self._program} did not sign: {failure}") from failure
        return done.stdout


def open_key(where: str, folder: Path) -> SigningKey:
    """The key that signs now, tried once against its certificate.

    Args:
        where: empty for the newest file of ``folder``, else ``pkcs11:…`` or ``command:/program``;
            the certificate is the newest ``sign-N.crt`` of the folder.

    Raises:
        KeyOutOfReach: the key cannot be used, or is not the one of the certificate.
    """
    key = _open(where, folder)
    nonce = secrets.token_bytes(32)
    public = serialization.load_der_public_key(key.certificate.public_key.dump())
    if not isinstance(public, RSAPublicKey):
        raise KeyOutOfReach("the certificate is not for an RSA key")
    try:
        public.verify(key.sign_sha256(nonce), nonce, PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise KeyOutOfReach(
            "the signing key and the newest sign-N.crt do not belong together"
        ) from None
    return key


def _open(where: str, folder: Path) -> SigningKey:
    if not where:
        path = newest(folder, "sign", "key")
        return FileKey(path, path.with_suffix(".crt"))
    certificate = newest(folder, "sign", "crt")
    if where.startswith("pkcs11:"):
        return TokenKey(where, certificate)
    if where.startswith("command:"):
        return CommandKey(Path(where.removeprefix("command:")), certificate)
    raise ValueError("a signing key is named by pkcs11:… or command:/program")


def read_certificate(path: Path) -> x509.Certificate:
    """A certificate of a PEM file."""
    _, _, der = pem.unarmor(path.read_bytes())
    return x509.Certificate.load(der)
