"""Where a new slide comes up, told from small pictures of the film. Pure.

A slide replaces much of the picture at once and then stands; a camera's picture changes all the
time and tells nothing about chapters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from PIL import Image, ImageChops

_SIZE = (64, 36)
# Grey steps of 255 that count as another colour: more than what the encoder rustles.
_SEEN = 20
# Share of the picture. Slides of the sample lectures: 0.24 and more; a line that is added to a
# slide 0.03; somebody talking in a corner 0.04.
CHANGED = 0.12
_RESTLESS = 0.05
_TIMES_RESTLESS = 4
SHORTEST_S = 10
MOST = 20


@dataclass(frozen=True)
class Change:
    """Between the pictures at ``before_s`` and ``at_s`` a share (0 to 1) of the picture changed."""

    before_s: float
    at_s: float
    share: float


def share_changed(one: Image.Image, other: Image.Image) -> float:
    """How much of two pictures differs, 0 to 1."""
    pair = [image.convert("L").resize(_SIZE, Image.Resampling.BOX) for image in (one, other)]
    steps = ImageChops.difference(*pair).histogram()
    return sum(steps[_SEEN:]) / (_SIZE[0] * _SIZE[1])


def new_slides(changes: Sequence[Change], duration_s: float) -> list[Change]:
    """The changes that begin a chapter, in order; none where the picture never rests.

    Of changes close to one another the greatest stands: at most ``MOST`` chapters, each
    ``SHORTEST_S`` or longer, the first of which begins at 0.
    """
    usual = median(change.share for change in changes) if changes else 1.0
    if usual > _RESTLESS:
        return []
    least = max(CHANGED, usual * _TIMES_RESTLESS)
    apart_s = max(SHORTEST_S, duration_s / MOST)
    chosen: list[Change] = []
    for change in sorted(changes, key=lambda change: (-change.share, change.at_s)):
        if change.share < least:
            break
        taken = [0.0, duration_s, *(other.at_s for other in chosen)]
        # A touch less than asked for: pictures are taken at key frames, not on the second.
        if all(abs(change.at_s - other) >= 0.75 * apart_s for other in taken):
            chosen.append(change)
    return sorted(chosen, key=lambda change: change.at_s)
