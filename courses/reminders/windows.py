"""When a message may go out. Pure: times in, yes or no out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from lms.base import clock

# A worker that was away catches up within this; later the student is on the road again.
LENGTH = timedelta(minutes=90)


def is_open(at: datetime, begins: time, weekdays: str) -> bool:
    """Whether ``at`` lies in the window that begins at ``begins`` on one of the days.

    Args:
        begins: by the clock in Shanghai; the window ends after ``LENGTH`` or with the day.
        weekdays: ``"135"`` for Monday, Wednesday, Friday.
    """
    here = clock.local(at)
    if str(here.isoweekday()) not in weekdays:
        return False
    begun = here.replace(
        hour=begins.hour, minute=begins.minute, second=begins.second, microsecond=0
    )
    return begun <= here < begun + LENGTH


def beginnings(at: datetime) -> tuple[time, time]:
    """Windows that are open at ``at`` began after the first and not after the second.

    The first is midnight at the earliest; then it is one of them.
    """
    here = clock.local(at).replace(tzinfo=None)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    return max(midnight, here - LENGTH).time(), here.time()


def as_text(days: Iterable[str]) -> str:
    """Chosen weekdays in their order, each once."""
    return "".join(sorted(set(days)))
