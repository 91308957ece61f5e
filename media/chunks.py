"""Where a recording is cut so that several workers can encode it at once. Pure.

Every chunk but the last is a whole number of segments and begins with a key frame, so chunks that
are put behind one another are what one encode of everything would have been.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from media.ladder import Plan

# Measured: chunks of 12 s and more cost no more processor time than one pass. Longer ones start a
# process less often; shorter ones lose less with a killed worker and are playable sooner.
CHUNK_S = 48


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
    each = plan.gop_frames * max(1, CHUNK_S // plan.segment_s)
    moving = plan.frames - round(plan.hold_s * plan.fps)
    count = max(1, moving // each)
    return tuple(
        Chunk(
            number,
            number * each,
            each if number < count - 1 else plan.frames - number * each,
            is_last=number == count - 1,
        )
        for number in range(count)
    )
