"""The rotating sign-in code: what the tutor's QR holds and for how long it counts. Pure.

A token is 30 bytes, written as 40 URL-safe characters: the meeting's uuid (16), the time step
(4) and a truncated HMAC-SHA-256 of both under the meeting's secret (10). The length is fixed and
leaves no spare bits, so one code has one spelling.
"""

from __future__ import annotations

import base64
import binascii
import enum
import hashlib
import hmac
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

STEP_S = 20
# Phones are slow to focus and webs slow to load: a code counts a minute longer than it shows.
GRACE_S = 60
# Clocks of two web servers never agree to the second.
AHEAD_S = STEP_S
MAC_BYTES = 10
LENGTH = 40


class Verdict(enum.Enum):
    """What a code is worth at a given moment."""

    FRESH = "fresh"
    TOO_OLD = "too old"
    FROM_THE_FUTURE = "from the future"
    FORGED = "forged"


@dataclass(frozen=True)
class Token:
    """A code taken apart; nothing is proven before ``verify``."""

    meeting: uuid.UUID
    step: int
    mac: bytes

    def __str__(self) -> str:
        packed = self.meeting.bytes + self.step.to_bytes(4, "big") + self.mac
        return base64.urlsafe_b64encode(packed).decode()


def step_of(at: datetime) -> int:
    """The number of the 20-second step that holds ``at`` (aware)."""
    return int(at.timestamp()) // STEP_S


def moment_of(step: int) -> datetime:
    """When a step begins."""
    return datetime.fromtimestamp(step * STEP_S, tz=UTC)


def changes_at(at: datetime) -> datetime:
    """When the code shown at ``at`` gives way to the next."""
    return datetime.fromtimestamp((step_of(at) + 1) * STEP_S, tz=UTC)


def make(meeting: uuid.UUID, secret: str, at: datetime) -> str:
    """The token to show at ``at``."""
    step = step_of(at)
    return str(Token(meeting, step, _mac(meeting, secret, step)))


def parse(text: str) -> Token | None:
    """Take a token apart; None when it cannot be one."""
    if len(text) != LENGTH or not text.isascii():
        return None
    try:
        packed = base64.b64decode(text, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return Token(uuid.UUID(bytes=packed[:16]), int.from_bytes(packed[16:20], "big"), packed[20:])


def verify(token: Token, *, meeting: uuid.UUID, secret: str, at: datetime) -> Verdict:
    """Judge a token of ``meeting`` scanned at ``at`` (aware).

    The signature is compared first and in constant time, so that the answer "too old" is only
    given for a code that once was right.
    """
    good = _mac(meeting, secret, token.step)
    if not hmac.compare_digest(good, token.mac) or token.meeting != meeting:
        return Verdict.FORGED
    shown_from = datetime.fromtimestamp(token.step * STEP_S, tz=UTC)
    if at < shown_from - timedelta(seconds=AHEAD_S):
        return Verdict.FROM_THE_FUTURE
    if at >= shown_from + timedelta(seconds=STEP_S + GRACE_S):
        return Verdict.TOO_OLD
    return Verdict.FRESH


def _mac(meeting: uuid.UUID, secret: str, step: int) -> bytes:
    said = b"sign-in" + meeting.bytes + step.to_bytes(4, "big")
    return hmac.new(secret.encode(), said, hashlib.sha256).digest()[:MAC_BYTES]
