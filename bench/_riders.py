"""Made-up people whose weeks look like those of riders and drivers: a term to be planned.

Three kinds, two peaks a day. Couriers of a platform ride both peaks and have the afternoon and
late evening; parcel couriers deliver mornings and afternoons in one stretch and have evenings;
drivers work mornings and from the evening rush into the night. Everybody has a day off of their
own, some swap weeks, and everybody lives somewhere in the city.
"""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from typing import Any

FIRST_MONDAY = datetime(2026, 3, 2, tzinfo=UTC) - timedelta(hours=8)
WEEKS = 10
WEEKS_A_TOPIC = 2
LONG = timedelta(hours=2)
# Shifts in local hours; a day off has none.
KINDS: dict[str, list[list[tuple[float, float]]]] = {
    "courier": [[(10.5, 14.0), (16.5, 20.5)], [(10.0, 14.5), (17.0, 22.0)], [(11.0, 21.0)]],
    "parcel": [[(7.0, 12.5), (13.5, 18.0)], [(6.5, 11.5), (12.5, 19.5)]],
    "driver": [[(6.5, 11.0), (16.5, 22.0)], [(7.0, 14.0), (17.0, 20.0)], [(15.0, 23.5)]],
}
SHARE = {"courier": 0.5, "parcel": 0.25, "driver": 0.25}
# Hours at which a tutor would begin, by day of the week.
BEGINS = [
    (14.5, 19.5), (9.5, 20.0), (14.5, 20.5), (14.0, 20.0), (14.5, 9.5), (15.0, 19.5), (14.5, 20.0),
]  # fmt: skip


def term(people: int, slots: int, stations: int, *, seed: int) -> Any:
    """A ``Problem``: five topics of two weeks each, tutors and rooms in proportion to the people."""
    from courses.tutoring.planner.model import Person, Problem, Room, Topic, Tutor

    dice = random.Random(seed)
    times = _slots(slots)
    places = [_somewhere(dice, spread_km=9) for _ in range(stations)]
    rooms = tuple(
        Room(f"R{n}", dice.choice((12, 16, 20, 24, 30, 40)), _shut(dice, times))
        for n in range(stations)
    )
    riders = tuple(
        Person(f"P{n}", _margins(dice, times), _ways(_somewhere(dice, spread_km=11), places))
        for n in range(people)
    )
    tutors = tuple(
        Tutor(f"T{n}", frozenset(range(len(times))), per_week=3)
        for n in range(max(1, round(people / 125)))
    )
    everybody = frozenset(range(people))
    topics = tuple(
        Topic(
            f"S{week // WEEKS_A_TOPIC}",
            everybody,
            _of_weeks(times, week),
            frozenset(range(len(tutors))),
        )
        for week in range(0, WEEKS, WEEKS_A_TOPIC)
    )
    return Problem(times, rooms, tutors, topics, riders, gap_min=60)


def _slots(count: int) -> tuple[Any, ...]:
    from courses.tutoring.planner.model import Slot

    a_week = count // WEEKS
    found = []
    for week in range(WEEKS):
        wanted = [(day, at) for at in (0, 1) for day in range(7)]
        # An odd stride spreads few slots over the week's days and both times of day.
        chosen = sorted(wanted[n * 9 % 14] for n in range(a_week))
        for day, at in chosen:
            begins = FIRST_MONDAY + timedelta(weeks=week, days=day, hours=BEGINS[day][at])
            found.append(Slot(begins, begins + LONG, (begins + timedelta(hours=8)).date()))
    return tuple(found)


def _of_weeks(times: tuple[Any, ...], week: int) -> frozenset[int]:
    first = FIRST_MONDAY + timedelta(weeks=week)
    last = first + timedelta(weeks=WEEKS_A_TOPIC)
    return frozenset(n for n, slot in enumerate(times) if first <= slot.starts_at < last)


def _margins(dice: random.Random, times: tuple[Any, ...]) -> tuple[int | None, ...]:
    kind = dice.choices(list(SHARE), list(SHARE.values()))[0]
    usual = dice.choice(KINDS[kind])
    off = dice.sample(range(7), dice.choice((1, 1, 2)))
    late = dice.choice((-0.5, 0.0, 0.0, 0.5))
    margins: list[int | None] = []
    weeks: dict[int, list[list[tuple[float, float]]]] = {}
    for slot in times:
        local = slot.starts_at + timedelta(hours=8)
        week = (slot.starts_at - FIRST_MONDAY).days // 7
        if week not in weeks:
            weeks[week] = _week(dice, usual, off, late)
        begins = local.hour + local.minute / 60
        margins.append(_margin(weeks[week][local.weekday()], begins, begins + 2))
    return tuple(margins)


def _week(
    dice: random.Random, usual: list[tuple[float, float]], off: list[int], late: float
) -> list[list[tuple[float, float]]]:
    days = []
    for day in range(7):
        works = day not in off
        if dice.random() < 0.08:  # a swap with a colleague
            works = not works
        days.append([(a + late, b + late) for a, b in usual] if works else [])
    return days


def _margin(shifts: list[tuple[float, float]], begins: float, ends: float) -> int | None:
    margin = 24.0
    for first, last in shifts:
        if first < ends and begins < last:
            return None
        margin = min(margin, begins - last if last <= begins else first - ends)
    return round(margin * 60)


def _shut(dice: random.Random, times: tuple[Any, ...]) -> frozenset[int]:
    """One station in three closes at eight in the evening, one in ten on Sundays."""
    early, sundays = dice.random() < 0.33, dice.random() < 0.1
    shut = set()
    for n, slot in enumerate(times):
        local = slot.ends_at + timedelta(hours=8)
        if (early and local.hour >= 20) or (sundays and local.weekday() == 6):
            shut.add(n)
    return frozenset(shut)


def _somewhere(dice: random.Random, *, spread_km: float) -> tuple[float, float]:
    return dice.gauss(0, spread_km / 2), dice.gauss(0, spread_km / 2)


def _ways(home: tuple[float, float], places: list[tuple[float, float]]) -> tuple[int, ...]:
    """Minutes on an electric bike: 1.3 times the straight line at 20 km/h, and 5 to park."""
    return tuple(round(math.dist(home, place) * 1.3 / 20 * 60 + 5) for place in places)
