"""Certificates, public keys and the checking script, for everybody; never anything private."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from enrollment.letters import press
from enrollment.letters.signing import rotate, withdraw
from tests.enrollment.letters.cast import AT

HERE = reverse("enrollment:letter_keys")


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.KEYS_DIR = tmp_path / "keys"
    return press.ready_keys()


def fetched(client: Client, name: str) -> bytes | None:
    response = client.get(reverse("enrollment:letter_key_file", args=[name]))
    return response.content if response.status_code == 200 else None


def test_the_page_names_every_certificate_and_its_fingerprint(
    client: Client, db: None, folder: Path
) -> None:
    rotate(folder, at=AT)
    page = client.get(HERE).content.decode()
    assert "正在使用" in page
    assert "不再签发，仍可核对" in page
    for path in folder.glob("*.crt"):
        from cryptography.hazmat.primitives import hashes

        fingerprint = x509.load_pem_x509_certificate(path.read_bytes()).fingerprint(hashes.SHA256())
        assert fingerprint.hex(" ", 2).upper() in page
        assert fetched(client, path.name) == path.read_bytes()


def test_a_withdrawn_generation_is_called_so_and_its_list_can_be_had(
    client: Client, db: None, folder: Path
) -> None:
    assert "吊销" not in client.get(HERE).content.decode()
    rotate(folder, at=AT)
    withdraw(folder, 1, at=AT + timedelta(days=1))
    page = client.get(HERE).content.decode()
    assert "已吊销，不再可信" in page
    assert "code-1.pub" not in page
    listed = x509.load_pem_x509_crl(fetched(client, "withdrawn.crl") or b"")
    assert len(list(listed)) == 1


def test_the_chain_leads_from_the_signing_certificate_to_the_root(client: Client, db: None) -> None:
    first, last = x509.load_pem_x509_certificates(fetched(client, "chain.pem") or b"")
    first.verify_directly_issued_by(last)
    last.verify_directly_issued_by(last)


def test_the_script_is_the_one_of_the_documents(client: Client, db: None) -> None:
    assert b"Ed25519" in (fetched(client, "check_letter.py") or b"")


@pytest.mark.parametrize(
    "name",
    [
        *("root.key", "sign-1.key", "code-1.key", "private.json", "..%2Fprivate.json"),
        *("sign-9.crt", "sign-1.crt.key", ".sign-1.crt-aa", "code-1.pub%00.key", "SIGN-1.KEY"),
    ],
)
def test_nothing_private_or_unknown_is_given_out(
    client: Client, db: None, folder: Path, name: str
) -> None:
    (folder.parent / "private.json").write_text("{}")
    # A NUL is refused at the door of the site.
    assert client.get(f"{HERE}{name}").status_code == (400 if "%00" in name else 404)


def test_the_command_lists_rotates_and_withdraws(folder: Path) -> None:
    def said(*arguments: str) -> str:
        out = StringIO()
        call_command("letter_keys", *arguments, stdout=out)
        return out.getvalue()

    assert "sign-1.crt   signs" in said()
    assert "sign-2.crt   signs" in said("rotate")
    assert "sign-1.crt   withdrawn" in said("withdraw", "1")
    with pytest.raises(CommandError, match="rotate first"):
        said("withdraw", "2")
    with pytest.raises(CommandError, match="which generation"):
        said("withdraw")
