"""Two things at the same time. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

What = TypeVar("What")


@dataclass(frozen=True)
class Busy(Generic[What]):
    """A stretch of time that something takes; aware, start before end, the end is free again."""

    starts_at: datetime
    ends_at: datetime
    what: What


def overlap(starts_at: datetime, ends_at: datetime, other: Busy[What]) -> bool:
    """Whether two stretches share a moment; one that ends when the other starts does not."""
    return starts_at < other.ends_at and other.starts_at < ends_at


def first_clash(
    starts_at: datetime, ends_at: datetime, taken: Iterable[Busy[What]]
) -> Busy[What] | None:
    """The earliest stretch of ``taken`` (any order) that the wanted one would meet."""
    met = [busy for busy in taken if overlap(starts_at, ends_at, busy)]
    return min(met, key=lambda busy: busy.starts_at, default=None)
