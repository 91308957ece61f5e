"""What looks odd about sign-ins, for the tutor to look at. Pure; nothing follows by itself.

Each pattern has an honest explanation as well (a lent phone, a slow network, three friends at one
door), so the words name what was seen, never a verdict.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from courses.tutoring.geo import Point, way_min

# A code is shown for 20 seconds; whoever scans it more than 25 later had it from somewhere else,
# or a phone that was slow. Once is nothing, so it is listed with its seconds.
STALE_S = 45
TOGETHER = 3
# Phones that a list of names was typed into arrive in the same second; people at a door do not.


class Kind(enum.Enum):
    """What was seen."""

    DEVICE = "one device for several students"
    STALE = "a code long after it was shown"
    SECOND = "several in the same second"
    FAR = "too far away for the time between"


@dataclass(frozen=True)
class SignIn:
    """One presence that came from a phone.

    Args:
        device: empty for the roster.
        code_age_s: None where nothing was scanned.
        where: of the station; None if it has no coordinates.
    """

    meeting: UUID
    student: UUID
    at: datetime
    device: str
    code_age_s: int | None
    where: Point | None


@dataclass(frozen=True)
class Oddity:
    """A pattern with everybody and every meeting it concerns, the last sign-in of it for the order.

    Args:
        figure: seconds of a code's age, or minutes of the way; else how many sign-ins.
    """

    kind: Kind
    students: tuple[UUID, ...]
    meetings: tuple[UUID, ...]
    at: datetime
    figure: int


def found(sign_ins: Iterable[SignIn]) -> list[Oddity]:
    """Every pattern, the newest first."""
    known = sorted(sign_ins, key=lambda one: (one.at, str(one.student), str(one.meeting)))
    odd = [*_devices(known), *_stale(known), *_seconds(known), *_far(known)]
    return sorted(odd, key=lambda one: (one.at, one.kind.name), reverse=True)


def _oddity(kind: Kind, rows: Sequence[SignIn], figure: int) -> Oddity:
    return Oddity(
        kind,
        tuple(dict.fromkeys(row.student for row in rows)),
        tuple(dict.fromkeys(row.meeting for row in rows)),
        max(row.at for row in rows),
        figure,
    )


def _devices(rows: Sequence[SignIn]) -> Iterable[Oddity]:
    by_device: dict[str, list[SignIn]] = defaultdict(list)
    for row in rows:
        if row.device:
            by_device[row.device].append(row)
    for used in by_device.values():
        if len({row.student for row in used}) > 1:
            yield _oddity(Kind.DEVICE, used, len(used))


def _stale(rows: Sequence[SignIn]) -> Iterable[Oddity]:
    for row in rows:
        if row.code_age_s is not None and row.code_age_s >= STALE_S:
            yield _oddity(Kind.STALE, [row], row.code_age_s)


def _seconds(rows: Sequence[SignIn]) -> Iterable[Oddity]:
    together: dict[tuple[UUID, datetime], list[SignIn]] = defaultdict(list)
    for row in rows:
        if row.device:
            together[row.meeting, row.at.replace(microsecond=0)].append(row)
    for same in together.values():
        if len(same) >= TOGETHER:
            yield _oddity(Kind.SECOND, same, len(same))


def _far(rows: Sequence[SignIn]) -> Iterable[Oddity]:
    own: dict[UUID, list[SignIn]] = defaultdict(list)
    for row in rows:
        if row.device:
            own[row.student].append(row)
    for mine in own.values():
        for first, then in pairwise(mine):
            if first.meeting == then.meeting or first.where is None or then.where is None:
                continue
            way = way_min(first.where, then.where)
            if timedelta(minutes=way) > then.at - first.at:
                yield _oddity(Kind.FAR, [first, then], way)
