"""Where a recording is cut so that several workers can encode it at once. Pure.

Every chunk but the last is a whole number of segments and begins with a key frame, so chunks that
are put behind one another are what one encode of everything would have been.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from fractions import Fraction

from media.ladder import Plan

# Measured: chunks of 12 s and more cost no more processor time than one pass. Longer ones start a
# process less often; shorter ones lose less with a killed worker and are playable sooner.
CHUNK_S = 48
# The first one is what people wait for to look in; of the last ones nobody should wait for one
# worker while the others have nothing to do.
SMALL_S = 24
# A chunk is at most this share of what is left, as if so many workers were at it.
_SHARES = 8


@dataclass(frozen=True)
class Chunk:
    """Frames ``first`` to ``first + frames`` of the steady picture."""

    number: int
    first: int
    frames: int
    is_last: bool

    def start_s(self, fps: Fraction) -> Fraction:
        return self.first / fps


def chunks(plan: Plan) -> tuple[Chunk, ...]:
    """The chunks of a plan in order; none for sound alone.

    The last one takes what is left, also the time in which the last picture is only held: beyond
    the end of the picture there is nothing to seek to.
    """
    if not plan.rungs:
        return ()
    moving = plan.frames - round(plan.hold_s * plan.fps)
    big = max(1, CHUNK_S // plan.segment_s)
    small = max(1, min(CHUNK_S, SMALL_S) // plan.segment_s)
    cut: list[Chunk] = []
    first = 0
    for groups in _sizes(max(1, moving // plan.gop_frames), big=big, small=small):
        frames = groups * plan.gop_frames
        cut.append(Chunk(len(cut), first, frames, is_last=False))
        first += frames
    rest = plan.frames - cut[-1].first
    cut[-1] = dataclasses.replace(cut[-1], frames=rest, is_last=True)
    return tuple(cut)


def slices(plan: Plan, chunk: Chunk, most: int) -> tuple[Chunk, ...]:
    """A chunk in at most so many stretches of about the same length, each a chunk of its own.

    For the processors of one machine: two encoders of one thread each need a tenth less processor
    time than one of two threads, and keep both processors busy, which the one does not.
    """
    held = round(plan.hold_s * plan.fps) if chunk.is_last else 0
    groups = max(1, (chunk.frames - held) // plan.gop_frames)
    count = min(most, groups)
    ends = [chunk.first + groups * n // count * plan.gop_frames for n in range(1, count)]
    begins = [chunk.first, *ends]
    ends.append(chunk.first + chunk.frames)
    return tuple(
        Chunk(number, begin, end - begin, is_last=chunk.is_last and number == count - 1)
        for number, (begin, end) in enumerate(zip(begins, ends, strict=True))
    )


def _sizes(groups: int, *, big: int, small: int) -> list[int]:
    """So many groups of pictures as chunks: a small one, big ones, ever smaller ones at the end."""
    # What is done within half a minute is not worth a process more and a beginning of its own.
    if groups < small + 2 * big:
        return [groups]
    sizes, left = [], groups - small
    while left:
        size = min(big, max(small, left // _SHARES))
        if left - size < small:
            size = left
        sizes.append(size)
        left -= size
    return [small, *sorted(sizes, reverse=True)]
