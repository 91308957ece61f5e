"""Small terms for the planner's tests: made by hypothesis, or by hand for one point."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from courses.tutoring.planner.model import Person, Problem, Room, Slot, Topic, Tutor

MONDAY = datetime(2026, 3, 2, 6, tzinfo=UTC)


def slot_at(day: int, half_hours: int) -> Slot:
    """Two hours, ``half_hours`` after two in the afternoon of the given day."""
    begins = MONDAY + timedelta(days=day, minutes=30 * half_hours)
    return Slot(begins, begins + timedelta(hours=2), date(2026, 3, 2) + timedelta(days=day))


@st.composite
def terms(draw: Any, *, most_people: int = 6) -> Problem:
    """Few of everything, tight everywhere: chairs, hours, weeks and ways all run out somewhere."""
    slots = tuple(
        slot_at(day, half)
        for day, half in sorted(
            draw(st.sets(st.tuples(st.integers(0, 9), st.integers(0, 6)), min_size=1, max_size=5))
        )
    )
    numbers = st.integers(0, len(slots) - 1)
    some = st.frozensets(numbers)
    rooms = tuple(
        Room(f"R{n}", draw(st.integers(1, 3)), draw(st.one_of(st.just(frozenset()), some)))
        for n in range(draw(st.integers(1, 3)))
    )
    tutors = tuple(
        Tutor(f"T{n}", draw(some), per_week=draw(st.integers(1, 2)), in_all=draw(st.integers(1, 3)))
        for n in range(draw(st.integers(1, 2)))
    )
    people = tuple(
        Person(
            f"P{n}",
            tuple(draw(st.sampled_from((None, 5, 20, 60))) for _ in slots),
            tuple(draw(st.sampled_from((5, 20, 50))) for _ in rooms),
            draw(st.sampled_from((10, 30))),
        )
        for n in range(draw(st.integers(1, most_people)))
    )
    everybody = st.frozensets(st.integers(0, len(people) - 1), min_size=1)
    topics = tuple(
        Topic(
            f"S{n}",
            draw(everybody),
            draw(st.frozensets(numbers, min_size=1)),
            draw(st.frozensets(st.integers(0, len(tutors) - 1), min_size=1)),
        )
        for n in range(draw(st.integers(1, 2)))
    )
    off = draw(st.frozensets(st.sampled_from([slot.day for slot in slots]), max_size=1))
    return Problem(
        slots, rooms, tutors, topics, people, off, pays_from=draw(st.sampled_from((1, 1, 2)))
    )
