"""A week as hours: who works when, painted cell by cell. Pure.

A week is text of 168 characters, one for each hour from Monday 0:00, ``1`` where it is painted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.base import clock

HOURS = 7 * 24
EMPTY = "0" * HOURS
# Longer gaps need not be told apart: no way across the city takes three hours.
MARGIN_AT_MOST_H = 3


def paint(cells: Iterable[int]) -> str:
    """The week with these hours painted; what is no hour of a week is left out."""
    painted = {cell for cell in cells if 0 <= cell < HOURS}
    return "".join("1" if cell in painted else "0" for cell in range(HOURS))


def painted(week: str) -> list[int]:
    """The painted hours, rising."""
    return [cell for cell, mark in enumerate(week) if mark == "1"]


def of_hours(spans: Iterable[tuple[int, int]], days: Iterable[int] = range(7)) -> str:
    """The week with the same spans of hours on each of the days (0 is Monday)."""
    spans = list(spans)
    return paint(
        day * 24 + hour for day in days for first, last in spans for hour in range(first, last)
    )


@dataclass(frozen=True)
class Usual:
    """A week that many people have, to begin with."""

    key: str
    label: str | Promise
    cells: str


USUAL_WEEKS = (
    Usual("peaks", _("午晚两高峰"), of_hours([(10, 14), (17, 21)])),
    Usual("day", _("白班"), of_hours([(8, 18)])),
    Usual("night", _("夜班"), of_hours([(0, 6), (18, 24)])),
    Usual("morning", _("早班送件"), of_hours([(6, 12), (13, 18)], range(6))),
)
# What is assumed of somebody who has not said.
UNKNOWN = USUAL_WEEKS[0].cells


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


class Calendar:
    """Somebody's weeks: the usual one, and those that differ."""

    def __init__(self, usual: str, others: Mapping[date, str]) -> None:
        self._usual, self._others = usual, others

    def works(self, day: date, hour: int) -> bool:
        week = self._others.get(monday_of(day), self._usual)
        return week[day.weekday() * 24 + hour] == "1"

    def margin_min(self, starts_at: datetime, ends_at: datetime) -> int | None:
        """Free minutes before the start or after the end, whichever are less; None on a shift.

        Counts no further than ``MARGIN_AT_MOST_H``.
        """
        first, last = clock.local(starts_at), clock.local(ends_at)
        if any(self.works(at.date(), at.hour) for at in _hours(first, last)):
            return None
        before = _until(self, first, step=-1)
        after = _until(self, last, step=1)
        return min(before, after)


def _hours(first: datetime, last: datetime) -> Iterable[datetime]:
    at = first.replace(minute=0, second=0, microsecond=0)
    while at < last:
        yield at
        at += timedelta(hours=1)


def _until(calendar: Calendar, at: datetime, *, step: int) -> int:
    """Minutes from ``at`` to the nearest shift, forwards or backwards."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    minutes = at.minute if step < 0 else (60 - at.minute) % 60
    if step > 0 and at.minute:
        hour += timedelta(hours=1)
    for passed in range(MARGIN_AT_MOST_H):
        looked = hour + timedelta(hours=passed if step > 0 else -passed - 1)
        if calendar.works(looked.date(), looked.hour):
            break
        minutes += 60
    return min(minutes, MARGIN_AT_MOST_H * 60)
