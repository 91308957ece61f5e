"""Who goes to which class, when the classes of a topic stand: the most people on the seats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Seating:
    """People and their class; and, when somebody is left over, why no other seating does better.

    Args:
        goes: person → position of the class.
        crowd: people who between them reach only classes that are full with people of the crowd.
    """

    goes: dict[int, int]
    crowd: frozenset[int]


def seat(
    reach: Mapping[int, Sequence[int]], seats: Sequence[int], first: Sequence[int] = ()
) -> Seating:
    """Seat as many people as possible (augmenting paths; the same answer for the same input).

    Args:
        reach: person → positions of the classes this person can come to.
        seats: how many fit into each class.
        first: people who must have a seat before anybody else; a path never unseats anybody.
    """
    goes: dict[int, int] = {}
    members: list[list[int]] = [[] for _ in seats]
    early = set(first)
    order = [*(p for p in first if p in reach), *(p for p in reach if p not in early)]
    crowd: set[int] = set()
    for person in order:
        crowd |= _place(person, reach, seats, goes, members)
    return Seating(goes, frozenset(crowd))


def _place(
    person: int,
    reach: Mapping[int, Sequence[int]],
    seats: Sequence[int],
    goes: dict[int, int],
    members: list[list[int]],
) -> set[int]:
    """Find this person a seat, moving others; returns the crowd that shuts them out, else nothing."""
    came_by: dict[int, int] = {}  # class → the person who wanted in
    seen = {person}
    queue = [person]
    for asking in queue:
        for at in reach[asking]:
            if at in came_by:
                continue
            came_by[at] = asking
            if len(members[at]) < seats[at]:
                _shift(at, person, came_by, goes, members)
                return set()
            newcomers = [other for other in members[at] if other not in seen]
            seen.update(newcomers)
            queue.extend(newcomers)
    # Nothing later opens a way for them: a seat that is not reached now is never reached from here.
    return seen if came_by else set()


def _shift(
    at: int,
    person: int,
    came_by: dict[int, int],
    goes: dict[int, int],
    members: list[list[int]],
) -> None:
    while True:
        mover = came_by[at]
        left = goes.get(mover)
        goes[mover] = at
        members[at].append(mover)
        if mover == person or left is None:
            return
        members[left].remove(mover)
        at = left
