"""Which moments may stand for a film before it is played. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from media.package import telling
from media.stills import scenes
from media.stills.storyboard import Tile

CANDIDATES = 6
# Of what the best picture tells; below it is a black frame, an empty slide, one colour.
_LEAST_OF_BEST = 0.45
_ALIKE = 0.06


def moments(tiles: Sequence[Tile]) -> list[float]:
    """Seconds of at most ``CANDIDATES`` moments, the most telling first.

    One from each stretch of the film, no two that look alike, nothing blank; a film that is
    blank throughout still gets its best.
    """
    if not tiles:
        return []
    scored = [(telling(tile.image), tile) for tile in tiles]
    best = max(score for score, _ in scored)
    stretch = max(1, -(-len(scored) // CANDIDATES))
    stretches = [scored[start : start + stretch] for start in range(0, len(scored), stretch)]
    winners = [max(part, key=lambda pair: pair[0]) for part in stretches]
    chosen: list[Tile] = []
    for score, tile in sorted(winners, key=lambda pair: -pair[0]):
        fresh = all(scenes.share_changed(tile.image, other.image) > _ALIKE for other in chosen)
        if not chosen or (fresh and score >= _LEAST_OF_BEST * best):
            chosen.append(tile)
    return [tile.at_s for tile in chosen]
