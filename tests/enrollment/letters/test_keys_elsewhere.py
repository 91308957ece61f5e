"""The signing key in a token, or behind a command: the letter is the same."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from enrollment.letters.signing import FolderSigner, KeyOutOfReach, make_sample_keys
from enrollment.letters.typesetting import Typesetter
from tests.enrollment.letters.samples import admission

SIGN_ON = """#!{python}
import sys
from pathlib import Path
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
key = serialization.load_pem_private_key(Path("{key}").read_bytes(), password=None)
sys.stdout.buffer.write(key.sign(sys.stdin.buffer.read(), PKCS1v15(), hashes.SHA256()))
"""


@pytest.fixture
def folder(tmp_path: Path, at: datetime) -> Path:
    """Keys as in an office with a token: certificates here, the private half elsewhere."""
    make_sample_keys(tmp_path / "letters", at=at)
    (tmp_path / "letters" / "sign-1.key").rename(tmp_path / "elsewhere.pem")
    return tmp_path / "letters"


@pytest.fixture
def private(folder: Path) -> rsa.RSAPrivateKey:
    loaded = serialization.load_pem_private_key(
        (folder.parent / "elsewhere.pem").read_bytes(), password=None
    )
    assert isinstance(loaded, rsa.RSAPrivateKey)
    return loaded


@pytest.fixture
def pages(typesetter: Typesetter, at: datetime) -> bytes:
    return typesetter.set_pages("admission-1", admission(), at=at)


class PKCS11Error(Exception):
    """As the library's own."""


@dataclass
class Token:
    """A PKCS#11 library, its token, session and key in one: what the adapter asks of each."""

    private: rsa.RSAPrivateKey
    asked: list[tuple[str, Any]] = field(default_factory=list)
    unplugged: bool = False

    def lib(self, path: str) -> Token:
        self.asked.append(("module", path))
        return self

    def get_token(self, *, token_label: str) -> Token:
        self.asked.append(("token", token_label))
        return self

    def open(self, *, user_pin: str) -> Token:
        self.asked.append(("pin", user_pin))
        return self

    def get_key(self, *, object_class: str, label: str) -> Token:
        self.asked.append((object_class, label))
        return self

    def sign(self, data: bytes, *, mechanism: str) -> bytes:
        if self.unplugged:
            raise PKCS11Error("device removed")
        assert mechanism == "SHA256_RSA_PKCS"
        return self.private.sign(data, PKCS1v15(), hashes.SHA256())

    def as_module(self) -> SimpleNamespace:
        return SimpleNamespace(
            lib=self.lib,
            Mechanism=SimpleNamespace(SHA256_RSA_PKCS="SHA256_RSA_PKCS"),
            ObjectClass=SimpleNamespace(PRIVATE_KEY="private key"),
            PKCS11Error=PKCS11Error,
        )


@pytest.fixture
def token(private: rsa.RSAPrivateKey, monkeypatch: pytest.MonkeyPatch) -> Token:
    plugged_in = Token(private)
    monkeypatch.setitem(sys.modules, "pkcs11", plugged_in.as_module())
    return plugged_in


def address(folder: Path) -> str:
    (folder.parent / "pin").write_text("1234\n")
    pin = folder.parent / "pin"
    return f"pkcs11:token=%E5%B7%A5%E4%BC%9A;object=letters?module-path=/lib/t.so&pin-source=file:{pin}"


def test_a_token_signs_the_same_letter_as_a_file(
    folder: Path, token: Token, pages: bytes, at: datetime
) -> None:
    signer = FolderSigner(folder, address(folder))
    signed = signer.sign(pages, reason="x", at=at)
    assert signer.verify(signed).genuine
    assert token.asked == [
        ("module", "/lib/t.so"),
        ("token", "工会"),
        ("pin", "1234"),
        ("private key", "letters"),
    ]
    (folder.parent / "elsewhere.pem").rename(folder / "sign-1.key")
    assert FolderSigner(folder).sign(pages, reason="x", at=at) == signed


def test_a_token_that_was_unplugged_is_opened_anew(
    folder: Path, token: Token, pages: bytes, at: datetime
) -> None:
    signer = FolderSigner(folder, address(folder))
    token.unplugged = True
    with pytest.raises(KeyOutOfReach, match="device removed"):
        signer.sign(pages, reason="x", at=at)
    token.unplugged = False
    assert signer.verify(signer.sign(pages, reason="x", at=at)).genuine
    assert token.asked.count(("token", "工会")) == 2


def test_a_command_signs_the_same_letter(folder: Path, pages: bytes, at: datetime) -> None:
    program = folder.parent / "sign"
    program.write_text(SIGN_ON.format(python=sys.executable, key=folder.parent / "elsewhere.pem"))
    program.chmod(0o700)
    signer = FolderSigner(folder, f"command:{program}")
    assert signer.verify(signer.sign(pages, reason="x", at=at)).genuine


@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 3\n", "#!/bin/sh\necho nonsense\n"])
def test_a_command_that_fails_stops_the_press(folder: Path, script: str) -> None:
    program = folder.parent / "sign"
    program.write_text(script)
    program.chmod(0o700)
    with pytest.raises(KeyOutOfReach):
        FolderSigner(folder, f"command:{program}")


def test_a_key_of_another_certificate_is_found_out_before_the_first_letter(
    folder: Path, at: datetime
) -> None:
    make_sample_keys(folder.parent / "other", at=at)
    (folder.parent / "other" / "sign-1.key").rename(folder / "sign-1.key")
    with pytest.raises(KeyOutOfReach, match="do not belong together"):
        FolderSigner(folder)


@pytest.mark.parametrize("where", ["pkcs11:token=x", "vault:letters", "sign-1.key"])
def test_an_address_that_says_too_little_is_refused(folder: Path, where: str) -> None:
    with pytest.raises(ValueError, match=r"key"):
        FolderSigner(folder, where)
