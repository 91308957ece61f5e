"""A key signs no letter of a site in service before two people have compared its fingerprint.

Whoever can write into the folder of keys could otherwise sign letters alone, with a certificate of their own making.
A demonstration has sample keys, and its letters say so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.letters import press
from enrollment.letters.signing.keys import numbered
from lms.accounts import approvals
from lms.accounts.approvals import Act, Approval, Proposal
from lms.accounts.models import Role, User
from lms.base.errors import Refused

KEY = "letters.key"
_ROLES = (Role.REGISTRAR, Role.CITY_OFFICER)


class KeyNotVouchedFor(Refused):
    sentence = gettext_lazy(
        "签章证书还没有经两个人核对指纹，先不能签发。请两位同事到“两人确认”里办理。"
    )


def check() -> None:
    """Call before a letter is signed.

    Raises:
        KeyNotVouchedFor: nobody, or one person alone, has looked at the newest key.
    """
    if not settings.DEMO and not approvals.was_granted(KEY, fingerprint(press.ready_keys())):
        raise KeyNotVouchedFor()


def fingerprint(folder: Path) -> str:
    """SHA-256 over the newest certificate and the newest key of codes: what signs now."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in _newest(folder))).hexdigest()


def _newest(folder: Path) -> list[Path]:
    found = []
    for stem, suffix in (("sign", "crt"), ("code", "pub")):
        known = numbered(folder, stem, suffix)
        found += [known[max(known)]] if known else []
    return found


def _may(user: User, key: str) -> bool:
    return user.has_role(*_ROLES)


def _means(key: str) -> str | None:
    return key if _now() == key else None


def _now() -> str:
    folder = press.keys_folder()
    return fingerprint(folder) if folder.is_dir() else ""


def _rows(key: str) -> list[Mapping[str, object]]:
    folder = press.keys_folder()
    paths = _newest(folder) if folder.is_dir() else []
    rows: list[Mapping[str, object]] = []
    for path in paths:
        if path.suffix != ".crt":
            told = hashlib.sha256(path.read_bytes()).hexdigest()
            rows.append({"label": _("二维码公钥 SHA-256"), "value": _in_pairs(told)})
            continue
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        ends = f"{certificate.not_valid_after_utc:%Y-%m-%d}"
        told = certificate.fingerprint(hashes.SHA256()).hex()
        rows += [
            {"label": _("证书"), "value": certificate.subject.rfc4514_string()},
            {"label": _("有效期至"), "value": ends},
            {"label": _("证书 SHA-256 指纹"), "value": _in_pairs(told)},
        ]
    return rows


def _in_pairs(digest: str) -> str:
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4)).upper()


def _do(wish: Approval, by: User, at: datetime) -> None:
    """The two names are what was wanted; the next letter is signed."""


def _offers(user: User) -> list[Proposal]:
    now = _now()
    if settings.DEMO or not now or not _may(user, now) or approvals.was_granted(KEY, now):
        return []
    if approvals.waiting(KEY, now):
        return []
    return [Proposal((KEY, now), _("新的签章证书"), tuple(_rows(now)))]


ACT = Act(KEY, gettext_lazy("启用签章证书"), _may, _means, _rows, _do, _offers)
