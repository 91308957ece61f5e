"""What anybody may have of our keys: certificates, public keys, the list of withdrawn ones.

Read from the folder itself, so what is published is what is used. Nothing private has a name
that ``public_file`` gives out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from enrollment.letters import press
from enrollment.letters.signing.keys import numbered, withdrawn_serials

CHAIN = "chain.pem"
WITHDRAWN = "withdrawn.crl"
SCRIPT = "check_letter.py"
_PUBLIC = re.compile(r"root(-\d+)?\.crt|sign-\d+\.crt|code-\d+(\.withdrawn)?\.pub|withdrawn\.crl")
_SCRIPT = Path(__file__).parents[2] / "docs" / SCRIPT


class Standing(StrEnum):
    """What a certificate is good for."""

    ROOT = "root"
    SIGNS = "signs"
    VERIFIES = "verifies"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Published:
    """A certificate of the folder; ``codes`` is the file that checks QR codes of the same generation."""

    file: str
    subject: str
    standing: Standing
    begins: datetime
    ends: datetime
    sha256: str
    codes: str = ""


def certificates() -> list[Published]:
    """The roots, then the generations, the one that signs now first."""
    folder = press.ready_keys()
    ended = withdrawn_serials(folder)
    known = numbered(folder, "sign", "crt")
    roots = [_published(path, Standing.ROOT) for path in sorted(folder.glob("root*.crt"))]
    signing = []
    for number in sorted(known, reverse=True):
        serial = x509.load_pem_x509_certificate(known[number].read_bytes()).serial_number
        standing = Standing.SIGNS if number == max(known) else Standing.VERIFIES
        standing = Standing.WITHDRAWN if serial in ended else standing
        codes = "" if standing == Standing.WITHDRAWN else f"code-{number}.pub"
        signing.append(_published(known[number], standing, codes))
    return roots + signing


def public_file(name: str) -> bytes | None:
    """A file that may be given to anybody, or None."""
    if name == SCRIPT:
        return _SCRIPT.read_bytes()
    folder = press.ready_keys()
    if name == CHAIN:
        newest = numbered(folder, "sign", "crt")
        links = [newest[max(newest)], *sorted(folder.glob("root*.crt"))]
        return b"".join(path.read_bytes() for path in links)
    path = folder / name
    return path.read_bytes() if _PUBLIC.fullmatch(name) and path.is_file() else None


def has_withdrawn() -> bool:
    """Whether there is a list of withdrawn certificates to download."""
    return (press.ready_keys() / WITHDRAWN).exists()


def _published(path: Path, standing: Standing, codes: str = "") -> Published:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    [name] = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return Published(
        file=path.name,
        subject=str(name.value),
        standing=standing,
        begins=certificate.not_valid_before_utc,
        ends=certificate.not_valid_after_utc,
        sha256=certificate.fingerprint(hashes.SHA256()).hex(" ", 2).upper(),
        codes=codes if (path.parent / codes).is_file() else "",
    )
