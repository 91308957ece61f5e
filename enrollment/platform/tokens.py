"""Tokens by which other systems read: made once, shown once, known by their hash, ended at any time."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enrollment.platform.models import ApiToken
from lms.accounts.models import OrgUnit, User
from lms.base import audit, clock
from lms.base.errors import Refused

MOST_DAYS = 366
_PREFIX = "lmsr_"


class TooLong(Refused):
    sentence = _("令牌最长 %(days)d 天。")
    status = 400


@transaction.atomic
def make(
    name: str, *, scopes: Iterable[str], unit: OrgUnit, days: int, by: User, at: datetime
) -> tuple[ApiToken, str]:
    """A new token and its secret, which nobody can read again.

    Raises:
        TooLong: longer than a year and a day, or not at all.
    """
    if not 0 < days <= MOST_DAYS:
        raise TooLong(days=MOST_DAYS)
    secret = _PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        name=name, begins=secret[len(_PREFIX) :][:6], sha256=_digest(secret),
        scopes=sorted(set(scopes)), org_unit=unit,
        expires_at=at + timedelta(days=days), created_at=at, created_by=by,
    )  # fmt: skip
    data = {"name": name, "scopes": token.scopes, "unit": unit.code, "days": days}
    audit.record("token.made", by=by, on=token, at=at, data=data)
    return token, secret


@transaction.atomic
def end(token: ApiToken, *, by: User, at: datetime) -> bool:
    """From now on it opens nothing; false if it had ended already."""
    going = ApiToken.objects.filter(pk=token.pk, revoked_at=None)
    if not going.update(revoked_at=at):
        return False
    audit.record("token.ended", by=by, on=token, at=at)
    return True


def find(secret: str, *, at: datetime) -> ApiToken | None:
    """The token in force with this secret; the day of its use is noted."""
    if not secret.startswith(_PREFIX) or len(secret) > 200:
        return None
    known = ApiToken.objects.filter(sha256=_digest(secret), revoked_at=None, expires_at__gt=at)
    token = known.select_related("org_unit").first()
    if token is None:
        return None
    # Once a day: a row that every request writes would make readers wait for each other.
    today = clock.local_date(at)
    if token.used_on != today:
        ApiToken.objects.filter(Q(used_on=None) | Q(used_on__lt=today), pk=token.pk).update(
            used_on=today
        )
    return token


def _digest(secret: str) -> str:
    # A random secret of 256 bits needs no slow hash.
    return hashlib.sha256(secret.encode()).hexdigest()
