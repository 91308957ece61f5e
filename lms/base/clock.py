"""One clock. Services take ``at=``; only views, jobs and commands ask what time it is."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment, aware, UTC."""
    return timezone.now()


def local(at: datetime) -> datetime:
    """The same moment on a clock in Shanghai."""
    return at.astimezone(SHANGHAI)


def local_date(at: datetime) -> date:
    """The calendar day in Shanghai on which ``at`` falls."""
    return local(at).date()


def end_of_day(day: date) -> datetime:
    """The first moment after ``day`` in Shanghai: deadlines include their last day."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=SHANGHAI)


def start_of_day(day: date) -> datetime:
    """The first moment of ``day`` in Shanghai."""
    return datetime.combine(day, time.min, tzinfo=SHANGHAI)


def start_of_week(at: datetime) -> datetime:
    """Monday 00:00 in Shanghai of the week that holds ``at``."""
    day = local_date(at)
    return start_of_day(day - timedelta(days=day.weekday()))


def whole_minutes(seconds: float) -> int:
    """What takes so long, in the minutes that pages name: rounded up, a promise that is kept.

    Every figure of a length or of what is left comes from here, so that two places never name two.
    """
    return math.ceil(seconds / 60)
