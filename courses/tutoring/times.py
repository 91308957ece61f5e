"""The hours of a meeting: when one may book, sign in and mend the roster. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

SIGN_IN_OPENS_BEFORE = timedelta(minutes=30)
# A code scanned this long before opening is kept, and the page waits with the student.
EARLY_SCAN = timedelta(minutes=30)
# From the scan (or the opening, if later) to the tap: signing in by text message fits in between.
SCAN_COUNTS_FOR = timedelta(minutes=10)
ROSTER_STAYS_OPEN = timedelta(days=7)
# The last lift is slow and the gate is far: nobody counts the first ten minutes.
LATE_AFTER = timedelta(minutes=10)
SHORTEST, LONGEST = timedelta(minutes=15), timedelta(hours=8)


class Hours(Protocol):
    """Anything with a beginning and an end, aware."""

    starts_at: datetime
    ends_at: datetime


def sign_in_opens_at(hours: Hours) -> datetime:
    """From when on a code signs somebody in."""
    return hours.starts_at - SIGN_IN_OPENS_BEFORE


def code_shows_from(hours: Hours) -> datetime:
    """From when on the tutor's screen has a code; early scans wait on the student's phone."""
    return sign_in_opens_at(hours) - EARLY_SCAN


def scan_lapses_at(hours: Hours, scanned_at: datetime) -> datetime:
    """Until when a code that was fresh at ``scanned_at`` may be turned into a presence."""
    return max(scanned_at, sign_in_opens_at(hours)) + SCAN_COUNTS_FOR


def roster_is_open(hours: Hours, at: datetime) -> bool:
    """Whether the tutor may still tick: from sign-in until a week after (paper lists come late)."""
    return sign_in_opens_at(hours) <= at <= hours.ends_at + ROSTER_STAYS_OPEN


def late_min(hours: Hours, at: datetime) -> int:
    """Whole minutes after the beginning; 0 for who came within ``LATE_AFTER``."""
    late = at - hours.starts_at
    return int(late.total_seconds() // 60) if late > LATE_AFTER else 0
