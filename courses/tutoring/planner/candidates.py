"""Which rooms are worth a thought in which slot: the rest cannot make any plan better."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from courses.tutoring.planner.model import Problem


@dataclass(frozen=True)
class Candidate:
    """A topic in a slot in a room; who of those it is due for could come; how many at once."""

    topic: int
    slot: int
    room: int
    people: frozenset[int]
    seats: int


def candidates(problem: Problem) -> list[Candidate]:
    """Everything that could be held and that somebody could come to, less what is outdone.

    A room is outdone in a slot when as many other rooms as there are tutors take in everybody it
    would: whatever plan used it could use one of those, which cannot all be taken. So leaving it
    out loses nothing. What is pinned stays in any case.
    """
    found: list[Candidate] = []
    for topic in range(len(problem.topics)):
        for slot in sorted(problem.topics[topic].slots):
            found += _of_slot(problem, topic, slot)
    return found


def _of_slot(problem: Problem, topic: int, slot: int) -> Iterator[Candidate]:
    subject = problem.topics[topic]
    pinned = {pin.room for pin in problem.pinned if (pin.topic, pin.slot) == (topic, slot)}
    tutors = sum(problem.may_teach(tutor, topic, slot) for tutor in sorted(subject.tutors))
    if not tutors:
        return
    rivals = _rivals(problem, slot)
    options = []
    for room, place in enumerate(problem.rooms):
        if not place.is_open(slot) or (topic, slot, room) in problem.banned:
            continue
        people = frozenset(p for p in subject.people if problem.can_come(p, slot, room))
        if people or room in pinned:
            seats = min(place.seats, len(people))
            options.append(Candidate(topic, slot, room, people, seats))
    options.sort(key=lambda option: (-len(option.people), -option.seats, option.room))
    kept: list[Candidate] = []
    for option in options:
        better = sum(
            option.people <= other.people and option.seats <= problem.rooms[other.room].seats
            for other in kept
        )
        if better < rivals or option.room in pinned:
            kept.append(option)
    yield from kept


def _rivals(problem: Problem, slot: int) -> int:
    """How many rooms can be in use while this slot runs: each class needs a tutor of its own."""
    return sum(
        any(problem.overlap(slot, other) for other in tutor.free) for tutor in problem.tutors
    )
