"""How long an attempt may take, and what a lost signal costs. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

# The phone says that it is there every 20 seconds; a lift or a tunnel is no lost signal yet.
SIGN_EVERY = timedelta(seconds=20)
QUIET = timedelta(seconds=60)
# So much of an exam may be without a signal; more would be time to look things up.
MOST_PAUSED = timedelta(minutes=15)
# What is on its way when the time is up still arrives.
GRACE = timedelta(seconds=30)


def pause_s(last_sign: datetime, now: datetime, *, already_s: int) -> int:
    """Seconds for which the clock stood still since the last sign of the phone.

    Args:
        already_s: what earlier pauses of this attempt counted.
    """
    gap = now - last_sign
    if gap <= QUIET:
        return 0
    left = MOST_PAUSED - timedelta(seconds=already_s)
    return max(0, int(min(gap - SIGN_EVERY, left).total_seconds()))


def deadline(
    started_at: datetime, *, minutes: int | None, paused_s: int, closes_at: datetime | None
) -> datetime | None:
    """When answers stop counting; None for a quiz without a limit. Pauses also move the end of the window."""
    ends = []
    if minutes is not None:
        ends.append(started_at + timedelta(minutes=minutes))
    if closes_at is not None:
        ends.append(closes_at)
    return min(ends) + timedelta(seconds=paused_s) if ends else None


def is_over(ends_at: datetime | None, now: datetime) -> bool:
    return ends_at is not None and now > ends_at + GRACE
