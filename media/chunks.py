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


def _sizes(groups: int, *, big: int, small: int) -> list[int]:
    """So many groups of pictures as chunks: a small one, big ones, small ones at the end."""
    if groups < 2 * small:
        return [groups]
    sizes, left = [small], groups - small
    if left >= 2 * big:
        while left > 2 * big:
            sizes.append(big)
            left -= big
        while left >= 2 * small:
            sizes.append(small)
            left -= small
    return [*sizes, left]
