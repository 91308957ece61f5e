"""Which code does which kind of job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.functional import Promise

if TYPE_CHECKING:
    from lms.base.jobs.running import Run

Handler = Callable[["Run"], None]


@dataclass(frozen=True)
class Kind:
    """How a kind of job is done and how it is held."""

    name: str
    handle: Handler
    title: str | Promise
    queue: str
    lease: timedelta
    max_attempts: int
    every: timedelta | None


_kinds: dict[str, Kind] = {}


def handler(
    name: str,
    *,
    title: str | Promise,
    queue: str = "light",
    lease_s: int = 60,
    max_attempts: int = 3,
    every: timedelta | None = None,
) -> Callable[[Handler], Handler]:
    """Register the decorated function for jobs of kind ``name``.

    Args:
        title: what the staff page calls it.
        queue: ``light`` or ``video``; long work must not delay a letter.
        lease_s: seconds a silent worker keeps the job; the heartbeat extends it.
        max_attempts: starts before the job is declared failed.
        every: enqueue one such job per period, by the sweep.
    """

    def register(function: Handler) -> Handler:
        _kinds[name] = Kind(
            name, function, title, queue, timedelta(seconds=lease_s), max_attempts, every
        )
        return function

    return register


def kind(name: str) -> Kind:
    """The registered kind.

    Raises:
        KeyError: no house registered it (an old row, or a handler that was renamed).
    """
    return _kinds[name]


def kinds() -> list[Kind]:
    return list(_kinds.values())
