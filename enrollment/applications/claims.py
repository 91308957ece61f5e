"""Who of several officers works on which application, so that two do not read the same photos.

A claim is a courtesy with a term, not a lock: whoever falls ill loses it after a day, and a
colleague may take it over in the open. What is decided once is decided by the flow's own
compare-and-swap, with or without a claim.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from enrollment.applications.models import Application
from lms.accounts.models import User

TERM = timedelta(hours=24)
# The column values of a row in nobody's hands.
NOBODY: dict[str, None] = {"claimed_by": None, "claimed_at": None}


def holder_of(application: Application, *, at: datetime) -> User | None:
    """Who works on it at present; None after the term."""
    since = application.claimed_at
    return application.claimed_by if since is not None and since > at - TERM else None


def is_held_by_another(application: Application, user: User, *, at: datetime) -> bool:
    """Whether a colleague works on it; costs no query."""
    since = application.claimed_at
    held = since is not None and since > at - TERM
    return held and application.claimed_by_id != user.pk


def held(user: User, *, at: datetime) -> Q:
    """The condition of applications that this officer works on."""
    return Q(claimed_by=user, claimed_at__gt=at - TERM)


def free(*, at: datetime) -> Q:
    """The condition of applications that nobody works on."""
    return Q(claimed_by=None) | Q(claimed_at__lte=at - TERM)
