"""What the planner is told, and what it answers. Numbers stand for positions in the tuples."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple


class Session(NamedTuple):
    """A class on the plan: positions of its topic, slot, room and tutor."""

    topic: int
    slot: int
    room: int
    tutor: int


@dataclass(frozen=True)
class Slot:
    """A time at which a class could be held; aware, on one local day."""

    starts_at: datetime
    ends_at: datetime
    day: date

    @property
    def week(self) -> tuple[int, int]:
        """ISO year and week."""
        return self.day.isocalendar()[:2]


@dataclass(frozen=True)
class Room:
    """A station; ``shut`` are the slots in which it is closed, ``taken`` those of other classes."""

    key: str
    seats: int
    shut: frozenset[int] = frozenset()
    taken: frozenset[int] = frozenset()

    def is_open(self, slot: int) -> bool:
        return slot not in self.shut and slot not in self.taken


@dataclass(frozen=True)
class Tutor:
    """Slots in which the tutor would teach, and how many classes a week and in the whole term.

    ``busy`` are slots too close to classes that are not the planner's to move.
    """

    key: str
    free: frozenset[int]
    busy: frozenset[int] = frozenset()
    per_week: int = 3
    in_all: int = 100


@dataclass(frozen=True)
class Topic:
    """What is due: for whom, in which slots, and who may teach it."""

    key: str
    people: frozenset[int]
    slots: frozenset[int]
    tutors: frozenset[int]


@dataclass(frozen=True)
class Person:
    """A student's time and ways.

    Args:
        margins: for each slot the free minutes that are left before it begins or after it ends,
            whichever is less; None when a shift lies in it.
        travel_min: minutes to each room from where this person usually is.
        reach_min: the longest way this person takes upon themselves, in minutes.
    """

    key: str
    margins: tuple[int | None, ...]
    travel_min: tuple[int, ...]
    reach_min: int = 45


@dataclass(frozen=True)
class Problem:
    """Everything a plan depends on.

    Args:
        off_days: holidays; nobody teaches on them.
        gap_min: minutes a tutor needs between two classes, the longest way between two rooms.
        pays_from: how many more people a repeat must bring to be worth holding.
        pinned: classes that stand; the rest is planned around them.
        banned: (topic, slot, room) taken off the plan by hand; they must not come back.
        promised: (person, topic) pairs that the plan has to serve, whatever it costs others.
    """

    slots: tuple[Slot, ...]
    rooms: tuple[Room, ...]
    tutors: tuple[Tutor, ...]
    topics: tuple[Topic, ...]
    people: tuple[Person, ...]
    off_days: frozenset[date] = frozenset()
    gap_min: int = 30
    pays_from: int = 1
    pinned: tuple[Session, ...] = ()
    banned: frozenset[tuple[int, int, int]] = frozenset()
    promised: frozenset[tuple[int, int]] = frozenset()

    def can_come(self, person: int, slot: int, room: int) -> bool:
        """Whether shift and way let this person be in that room in that slot."""
        who = self.people[person]
        margin, way = who.margins[slot], who.travel_min[room]
        return margin is not None and way <= margin and way <= who.reach_min

    def may_teach(self, tutor: int, topic: int, slot: int) -> bool:
        """Whether the tutor's hours, the topic's weeks and the holidays allow it."""
        subject = self.topics[topic]
        return (
            slot in subject.slots
            and tutor in subject.tutors
            and slot in self.tutors[tutor].free - self.tutors[tutor].busy
            and self.slots[slot].day not in self.off_days
        )

    def share_people(self, topic: int, other: int) -> bool:
        return not self.topics[topic].people.isdisjoint(self.topics[other].people)

    def too_close(self, slot: int, other: int) -> bool:
        """Whether one tutor cannot hold both: they overlap, or the way in between is too long."""
        first, second = sorted((self.slots[slot], self.slots[other]), key=lambda s: s.starts_at)
        return second.starts_at < first.ends_at + timedelta(minutes=self.gap_min)

    def overlap(self, slot: int, other: int) -> bool:
        one, two = self.slots[slot], self.slots[other]
        return one.starts_at < two.ends_at and two.starts_at < one.ends_at

    def with_pins(self, pinned: Iterable[Session]) -> Problem:
        return replace(self, pinned=tuple(sorted(set(pinned))))


@dataclass(frozen=True)
class Plan:
    """Classes, and who goes to which of them.

    Args:
        goes: (person, topic) → the class this person is counted on for.
        bound: no plan under these rules has a greater ``worth``, as the solver proved.
        worth: attendances less the price of repeats; what was maximised.
    """

    sessions: tuple[Session, ...]
    goes: dict[tuple[int, int], Session] = field(default_factory=dict)
    worth: float = 0.0
    bound: float = 0.0

    @property
    def attendance(self) -> int:
        """How many (person, topic) pairs are served."""
        return len(self.goes)

    @property
    def gap(self) -> float:
        """How far below the proven bound the plan may at most be, as a share of the bound."""
        return max(0.0, self.bound - self.worth) / self.bound if self.bound > 0 else 0.0

    def filled(self, session: Session) -> int:
        return sum(1 for other in self.goes.values() if other == session)
