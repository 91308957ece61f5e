"""What counts as watched. Pure arithmetic of spans: no models, no clock.

Two lines of time meet here: the seconds of the video, and the real seconds that the learner
spent (POSIX, by the server's clock). A stretch of video is credited for at most twice the real
time it took, and the same real second pays for one stretch only, on however many devices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Span = tuple[float, float]

MAX_RATE = 2.0
MIN_RATE = 0.5
DONE_SHARE = 0.9
# A phone's clock is set by hand now and then; this much ahead of us is still the present.
AHEAD_S = 5.0

TOO_FAST, SAME_TIME, FUTURE, NOTHING, NO_LENGTH = (
    "too_fast",
    "same_time",
    "future",
    "nothing",
    "no_length",
)


def merge_spans(spans: Iterable[Sequence[float]]) -> list[Span]:
    """Join watched spans so that their lengths add up to distinct seconds seen.

    Args:
        spans: ``(start_s, end_s)`` from the first frame; any order, any overlap; empty ones vanish.

    Returns:
        Disjoint spans in rising order; spans that touch are joined.
    """
    joined: list[Span] = []
    for start, end in sorted((float(s[0]), float(s[1])) for s in spans):
        if end <= start:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def covered_s(spans: Iterable[Sequence[float]]) -> float:
    """Distinct seconds in these spans."""
    return sum(end - start for start, end in merge_spans(spans))


def share(spans: Iterable[Sequence[float]], duration_s: float) -> float:
    """Part of the video that was seen, 0 to 1; 0 while the length is unknown."""
    if duration_s <= 0:
        return 0.0
    inside = ((max(0.0, s[0]), min(s[1], duration_s)) for s in spans)
    return min(1.0, covered_s(inside) / duration_s)


def gaps(spans: Iterable[Sequence[float]], duration_s: float) -> list[Span]:
    """What has not been seen yet, in rising order."""
    edges = [(0.0, 0.0), *merge_spans(spans), (duration_s, duration_s)]
    return [(before[1], after[0]) for before, after in pairwise(edges) if after[0] > before[1]]


@dataclass(frozen=True)
class Played:
    """A stretch that a device says it played.

    Args:
        start_s, end_s: seconds of the video.
        started_at, stopped_at: POSIX seconds by the server's clock.
    """

    start_s: float
    end_s: float
    started_at: float
    stopped_at: float


@dataclass(frozen=True)
class Credit:
    """What was accepted of a stretch.

    Args:
        span: seconds of the video that count, or None.
        wall: the real time that paid for it, or None.
        spent_s: real seconds of study.
        reason: why less than the whole stretch counts; empty if all of it does.
    """

    span: Span | None
    wall: Span | None
    spent_s: float
    reason: str

    @property
    def seconds(self) -> float:
        return self.span[1] - self.span[0] if self.span else 0.0


def wall_of(played: Played, *, now: float) -> Span:
    """The real time a stretch can have taken: ends by now, not longer than at the slowest speed.

    A phone that slept in the middle of playing must not claim the hours of its sleep.
    """
    stopped = min(played.stopped_at, now + AHEAD_S)
    longest = max(0.0, played.end_s - played.start_s) / MIN_RATE
    return max(played.started_at, stopped - longest), stopped


def free_s(wall: Span, taken: Iterable[Span]) -> float:
    """Real seconds of ``wall`` that have not paid for anything yet."""
    first, last = wall
    # A phone that comes back has fifty stretches in a row: only its neighbours are worth sorting.
    near = [(max(a, first), min(b, last)) for a, b in taken if a < last and b > first]
    return max(0.0, last - first - covered_s(near))


def credit(played: Played, *, taken: Iterable[Span], duration_s: float, now: float) -> Credit:
    """Judge one stretch.

    Args:
        taken: real time of the same learner that has already paid for something, any order.
        duration_s: length of the video by the file, not by the client.
        now: POSIX seconds.
    """
    if duration_s <= 0:
        return _refused(NO_LENGTH)
    start, end = max(0.0, played.start_s), min(played.end_s, duration_s)
    if end <= start:
        return _refused(NOTHING)
    wall = wall_of(played, now=now)
    if wall[1] <= wall[0]:
        return _refused(FUTURE if played.started_at > now else TOO_FAST)
    free = free_s(wall, taken)
    allowed = min(end - start, MAX_RATE * free)
    if allowed <= 0:
        return _refused(SAME_TIME)
    reason = ""
    if allowed < end - start:
        reason = SAME_TIME if MAX_RATE * (wall[1] - wall[0]) >= end - start else TOO_FAST
    return Credit((start, start + allowed), wall, min(free, allowed / MIN_RATE), reason)


def _refused(reason: str) -> Credit:
    return Credit(None, None, 0.0, reason)
