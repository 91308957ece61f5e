"""Playback tokens: short-lived, signed, for one person and one published set of one video.

The token is a folder in the address (``/videos/<token>/master.m3u8``), so that the relative
names in playlists work without rewriting and without cookies of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.core import signing

from media import refusals

_SALT = "media.playback"
# Ends fall on whole steps, so a page opened again soon gives the same addresses and the phone's
# cache answers instead of the data plan. A token therefore lives between four and six hours.
_STEP = timedelta(hours=2)
_AT_LEAST = timedelta(hours=4)


@dataclass(frozen=True)
class Ticket:
    """What a token says."""

    video: UUID
    user: UUID
    prefix: str
    ends: datetime


def issue(*, video: UUID, user: UUID, prefix: str, at: datetime) -> str:
    """A token, URL-safe, about 250 characters."""
    step_s = _STEP.total_seconds()
    ends = (((at + _AT_LEAST).timestamp() // step_s) + 1) * step_s
    return signing.Signer(salt=_SALT).sign_object([video.hex, user.hex, prefix, int(ends)])


def read(token: str, *, user: UUID, at: datetime) -> Ticket:
    """Check a token.

    Raises:
        NotYours: forged, altered, or given to somebody else.
        LinkExpired: was good once.
    """
    try:
        video, holder, prefix, ends = signing.Signer(salt=_SALT).unsign_object(token)
        ticket = Ticket(UUID(video), UUID(holder), prefix, datetime.fromtimestamp(ends, UTC))
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise refusals.NotYours from error
    if ticket.user != user:
        raise refusals.NotYours
    if ticket.ends <= at:
        raise refusals.LinkExpired
    return ticket
