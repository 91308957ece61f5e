"""Which cryptography there is: known libraries, strong enough keys, and nothing weak beside them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings
from django.core import signing
from django.test import override_settings

from enrollment.letters.signing.keys import make_sample_keys
from lms.base import private
from lms.celery import app
from media import tokens
from media.refusals import NotYours
from tests.lms.test_hardening import SOURCES, calls

ROOT = Path(settings.BASE_DIR)
AT = datetime(2026, 9, 1, tzinfo=UTC)


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_only_known_libraries_encrypt_and_sign() -> None:
    words = re.compile(r"crypt|cipher|aes|rsa|nacl|jwt|jose|gpg|openssl", re.IGNORECASE)
    of = {name for path in SOURCES for name in imported(path) if words.search(name.split(".")[0])}
    assert {name.split(".")[0] for name in of} <= {"cryptography", "asn1crypto"}


def test_the_one_cipher_is_aes_gcm_with_256_bits() -> None:
    named = {name for path in SOURCES for name in imported(path) if ".ciphers" in name}
    assert named == {"cryptography.hazmat.primitives.ciphers.aead.AESGCM"}
    ring = private.keyring()
    assert {len(key) for key in (*ring.keys.values(), ring.lookup)} == {32}


def test_no_two_sealings_share_a_nonce() -> None:
    sealed = {private.seal("阿怡", context="x") for _time in range(2000)}
    assert len({one[1:13] for one in sealed}) == 2000


def test_weak_hashes_vouch_for_nothing() -> None:
    """MD5 is the CDNs' own scheme; SHA-1 is how Moodle's archives name their files."""
    weak = re.compile(r"\b(?:hashlib\.)?(md5|sha1|MD5|SHA1)\(")
    found = {
        (path.relative_to(ROOT).as_posix(), match[1].lower())
        for path in SOURCES
        for match in weak.finditer(path.read_text(encoding="utf-8"))
    }
    assert found == {
        ("media/delivery.py", "md5"),
        ("courses/archives/storing.py", "sha1"),
        ("courses/quizzes/importing/writing.py", "sha1"),
    }
    for path in SOURCES:
        for name, call in calls(ast.parse(path.read_text(encoding="utf-8"))):
            if name in ("hashlib.md5", "hashlib.sha1"):
                said = {word.arg: ast.unparse(word.value) for word in call.keywords}
                assert said.get("usedforsecurity") == "False", path
            if name.endswith("salted_hmac"):
                assert any(word.arg == "algorithm" for word in call.keywords), path


def test_what_must_not_be_guessed_never_comes_from_the_plain_generator() -> None:
    allowed = {
        "courses/quizzes/cards.py": "the order of questions, from a seed that is kept",
        "courses/quizzes/drawing.py": "which questions are drawn, from a seed that is kept",
        "lms/base/retrying.py": "how long to wait",
    }
    found = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if "demo" not in path.parts
        and any(name.split(".")[0] == "random" for name in imported(path))
    }
    assert found == set(allowed)


def test_keys_of_letters_have_128_bits(tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    make_sample_keys(folder, at=AT)
    for path in folder.glob("*.crt"):
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        key = certificate.public_key()
        if isinstance(key, RSAPublicKey):
            assert key.key_size >= 3072, path.name
            assert key.public_numbers().e == 65537
        else:
            assert isinstance(key, EllipticCurvePublicKey), path.name
            assert key.curve.key_size >= 256, path.name
        assert certificate.signature_hash_algorithm is not None
        assert certificate.signature_hash_algorithm.digest_size >= 32, path.name
    for path in folder.glob("code-*.pub"):
        assert isinstance(load_pem_public_key(path.read_bytes()), Ed25519PublicKey)


# ---------------------------------------------------------------- tokens and what is unpacked


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha512"])
def test_a_token_made_with_another_algorithm_is_worth_nothing(algorithm: str) -> None:
    video, user = uuid4(), uuid4()
    told = [video.hex, user.hex, "p", int((AT + timedelta(hours=5)).timestamp())]
    other = signing.Signer(salt="media.playback", algorithm=algorithm).sign_object(told)
    with pytest.raises(NotYours):
        tokens.read(other, user=user, at=AT)
    same = signing.Signer(salt="media.playback").sign_object(told)
    assert tokens.read(same, user=user, at=AT).video == video


@pytest.mark.parametrize("salt", ["courses.papers", "django.core.signing", "", "practice"])
def test_a_token_of_another_purpose_is_worth_nothing(salt: str) -> None:
    video, user = uuid4(), uuid4()
    told = [video.hex, user.hex, "p", int((AT + timedelta(hours=5)).timestamp())]
    with pytest.raises(NotYours):
        tokens.read(signing.Signer(salt=salt).sign_object(told), user=user, at=AT)


def test_a_token_of_another_site_is_worth_nothing() -> None:
    video, user = uuid4(), uuid4()
    with override_settings(SECRET_KEY="of another site"):
        token = tokens.issue(video=video, user=user, prefix="p", at=AT)
    with pytest.raises(NotYours):
        tokens.read(token, user=user, at=AT)


def test_what_others_can_write_is_read_as_json_only() -> None:
    """A broker is a place where others may write: a pickled message would be a program."""
    assert list(app.conf.accept_content) == ["json"]
    assert app.conf.task_serializer == "json"
    assert settings.SESSION_SERIALIZER == "django.contrib.sessions.serializers.JSONSerializer"
