"""How hard a question is and whether it tells who knows from who does not. Pure.

Classical test theory. ``p`` is the facility of an item, the mean share of its points (Crocker and
Algina, *Introduction to Classical and Modern Test Theory*, 1986, ch. 14):

    p = (1/n) · Σ x_i,  with x_i = points of the item / most points of the item, 0 to 1

The discrimination is the corrected item-total correlation (point-biserial for items of right and
wrong), Pearson's r between the item and the rest of the paper, without the item itself so that it
does not agree with itself (Henrysson, *Psychometrika* 28, 1963, 211-218):

    r = (n·Σxy − Σx·Σy) / √((n·Σx² − (Σx)²) · (n·Σy² − (Σy)²)),  y_i = share of the rest of the paper

Ebel (*Measuring Educational Achievement*, 1965) calls items below 0.2 poor; one below 0 is answered
better by those who know less, most often because its key is wrong.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

# Fewer answers say nothing: with ten, r may still be off by ±0.6.
FEWEST = 10
TOO_HARD, TOO_EASY, POOR = 0.2, 0.95, 0.2
# Shares are rounded to hundredths of a point: what is smaller is no variance.
_NOTHING = 1e-9


@dataclass
class Sums:
    """What has to be remembered of the answers of one question; shares 0 to 1."""

    n: int = 0
    x: float = 0.0
    y: float = 0.0
    xx: float = 0.0
    yy: float = 0.0
    xy: float = 0.0
    with_rest: int = 0
    x_rest: float = 0.0

    def add(self, item: float, rest: float | None) -> None:
        """One answer.

        Args:
            rest: share of the rest of the paper; None if there is no rest.
        """
        self.n += 1
        self.x += item
        if rest is None:
            return
        self.with_rest += 1
        self.x_rest += item
        self.y += rest
        self.xx += item * item
        self.yy += rest * rest
        self.xy += item * rest

    @property
    def facility(self) -> float | None:
        """Mean share of the points; None before anybody answered."""
        return self.x / self.n if self.n else None

    @property
    def discrimination(self) -> float | None:
        """−1 to 1; None if too few answered, or all of them the same."""
        n = self.with_rest
        if n < FEWEST:
            return None
        of_x = n * self.xx - self.x_rest**2
        of_y = n * self.yy - self.y**2
        if of_x <= _NOTHING or of_y <= _NOTHING:
            return None
        r = (n * self.xy - self.x_rest * self.y) / math.sqrt(of_x * of_y)
        return max(-1.0, min(1.0, r))
