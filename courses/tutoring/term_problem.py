"""A term as the planner takes it, read from shifts, stations, hours, holidays and other classes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import fmean
from typing import Any

from courses.tutoring import queries, shifts, states, weeks
from courses.tutoring.geo import Point, way_min
from courses.tutoring.models import Meeting, Station
from courses.tutoring.planner.model import Person, Problem, Room, Session, Slot, Topic, Tutor
from courses.tutoring.term_models import Holiday, TermPlan, TutorHours, Whereabouts
from enrollment.api import Student
from lms.base import clock

_HOURS = re.compile(r"(\d{1,2})(?::(\d{2}))?\D+?(\d{1,2})(?::(\d{2}))?")
# Where nothing is known of the way: a quarter of an hour, as between neighbouring districts.
WAY_UNKNOWN_MIN = 15
REACH_MIN = 30


@dataclass(frozen=True)
class Term:
    """The problem, and whom and what its numbers stand for."""

    problem: Problem
    students: list[Student]
    stations: list[Station]
    said: frozenset[int]  # numbers of students who told their shifts

    def session_of(self, thing: dict[str, Any]) -> Session | None:
        """A class kept as JSON, by number; None when its station or topic is gone."""
        starts_at = datetime.fromisoformat(thing["starts_at"])
        slots = {slot.starts_at: n for n, slot in enumerate(self.problem.slots)}
        rooms = {station.code: n for n, station in enumerate(self.stations)}
        if starts_at not in slots or thing["station"] not in rooms:
            return None
        return Session(thing["topic"], slots[starts_at], rooms[thing["station"]], 0)


def load(plan: TermPlan) -> Term:
    """Read everything a term depends on, pins and bans included; a fixed number of statements."""
    asked = plan.asked
    students = list(
        Student.objects.filter(cohort_id=plan.cohort_id)
        .exclude(status=Student.Status.WITHDRAWN)
        .select_related("org_unit__parent")
        .order_by("student_no")
    )
    stations = list(queries.stations())
    hours = TutorHours.objects.filter(tutor_id=plan.tutor_id).first()
    slots = _slots(asked, hours.cells if hours else weeks.EMPTY)
    first, last = _days(asked)
    calendars = shifts.calendars_of(students)
    unknown = weeks.Calendar(weeks.UNKNOWN, {})
    rooms, busy = _rooms_and_tutor(plan, slots, stations)
    problem = Problem(
        slots=slots,
        rooms=rooms,
        tutors=(
            Tutor(
                str(plan.tutor_id),
                frozenset(range(len(slots))),
                busy,
                per_week=hours.per_week if hours else 1,
            ),
        ),
        topics=_topics(asked, slots, students),
        people=_people(slots, students, stations, calendars, unknown),
        off_days=frozenset(
            Holiday.objects.filter(day__range=(first, last)).values_list("day", flat=True)
        ),
        gap_min=_longest_way(stations),
        pays_from=asked["pays_from"],
    )
    said = frozenset(n for n, student in enumerate(students) if student.pk in calendars)
    return _with_hand(Term(problem, students, stations, said), asked)


def _with_hand(term: Term, asked: dict[str, Any]) -> Term:
    """The term with what was pinned and taken off by hand."""
    pins = [found for pin in asked["pins"] if (found := term.session_of(pin))]
    bans = [found for ban in asked["bans"] if (found := term.session_of(ban))]
    problem = Problem(
        **{
            **vars(term.problem),
            "pinned": tuple(sorted(set(pins))),
            "banned": frozenset(ban[:3] for ban in bans),
        }
    )
    return Term(problem, term.students, term.stations, term.said)


def opening(station: Station) -> tuple[time, time] | None:
    """Opening and closing from words like ``08:00–22:00``; None when it never closes or is unknown."""
    found = _HOURS.search(station.opening_hours.replace("：", ":"))
    if not found:
        return None
    opens_h, opens_m, shuts_h, shuts_m = (int(part or 0) for part in found.groups())
    if opens_h > 23 or shuts_h > 24 or max(opens_m, shuts_m) > 59:
        return None
    closes = time.max if shuts_h == 24 else time(shuts_h, shuts_m)
    return time(opens_h, opens_m), closes


def _days(asked: dict[str, Any]) -> tuple[date, date]:
    return date.fromisoformat(asked["first"]), date.fromisoformat(asked["last"])


def _slots(asked: dict[str, Any], cells: str) -> tuple[Slot, ...]:
    """Every half hour from which the tutor's painted hours hold a class; and what is pinned."""
    first, last = _days(asked)
    length = timedelta(minutes=asked["minutes"])
    begins = set()
    day = first
    while day <= last:
        for half in range(48):
            # Rides end on the hour and the way takes a while: half past is often the first chance.
            at = datetime.combine(day, time(half // 2, half % 2 * 30), tzinfo=clock.SHANGHAI)
            if (at + length).date() == day and _is_painted(cells, at, at + length):
                begins.add(at)
        day += timedelta(days=1)
    begins |= {datetime.fromisoformat(pin["starts_at"]) for pin in asked["pins"]}
    return tuple(Slot(at, at + length, clock.local_date(at)) for at in sorted(begins))


def _is_painted(cells: str, first: datetime, last: datetime) -> bool:
    hours = range(first.hour, last.hour + bool(last.minute))
    return all(cells[first.weekday() * 24 + hour] == "1" for hour in hours)


def _topics(
    asked: dict[str, Any], slots: tuple[Slot, ...], students: list[Student]
) -> tuple[Topic, ...]:
    from courses.catalogue.models import Course

    programmes = dict(Course.objects.values_list("pk", "programme_id"))
    found = []
    for number, topic in enumerate(asked["topics"]):
        of = programmes.get(topic["course"])
        first, last = date.fromisoformat(topic["first"]), date.fromisoformat(topic["last"])
        pins = {pin["starts_at"] for pin in asked["pins"] if pin["topic"] == number}
        found.append(
            Topic(
                topic["title"],
                frozenset(n for n, s in enumerate(students) if of in (None, s.programme_id)),
                frozenset(
                    n
                    for n, slot in enumerate(slots)
                    if first <= slot.day <= last or slot.starts_at.isoformat() in pins
                ),
                frozenset({0}),
            )
        )
    return tuple(found)


def _people(
    slots: tuple[Slot, ...],
    students: list[Student],
    stations: list[Station],
    calendars: dict[int, weeks.Calendar],
    unknown: weeks.Calendar,
) -> tuple[Person, ...]:
    places = {
        where.student_id: where
        for where in Whereabouts.objects.filter(student__in=students).select_related("station")
    }
    centres = _centres(stations)
    found = []
    for student in students:
        where = places.get(student.pk)
        calendar = calendars.get(student.pk, unknown)
        found.append(
            Person(
                str(student.uuid),
                tuple(calendar.margin_min(slot.starts_at, slot.ends_at) for slot in slots),
                tuple(_way(_usual_place(student, where, centres), each) for each in stations),
                where.reach_min if where else REACH_MIN,
            )
        )
    return tuple(found)


def _usual_place(
    student: Student, where: Whereabouts | None, centres: dict[int, Point]
) -> Point | None:
    """The station the student named; else the middle of their district's stations."""
    if where and where.station and (point := point_of(where.station)):
        return point
    unit = student.org_unit
    return centres.get(unit.pk) or centres.get(unit.parent_id or 0)


def point_of(station: Station) -> Point | None:
    if station.latitude is None or station.longitude is None:
        return None
    return Point(station.latitude, station.longitude)


def _centres(stations: Iterable[Station]) -> dict[int, Point]:
    points: dict[int, list[Point]] = defaultdict(list)
    for station in stations:
        if point := point_of(station):
            points[station.district_id].append(point)
    return {
        district: Point(fmean(p.latitude for p in found), fmean(p.longitude for p in found))
        for district, found in points.items()
    }


def _way(place: Point | None, station: Station) -> int:
    there = point_of(station)
    return way_min(place, there) if place and there else WAY_UNKNOWN_MIN


def _longest_way(stations: list[Station]) -> int:
    """Between two classes a tutor may have to cross the city; never counted as more than an hour."""
    points = [point for station in stations if (point := point_of(station))]
    ways = [way_min(a, b) for i, a in enumerate(points) for b in points[i + 1 :]]
    return min(60, max(ways, default=0))


def _rooms_and_tutor(
    plan: TermPlan, slots: tuple[Slot, ...], stations: list[Station]
) -> tuple[tuple[Room, ...], frozenset[int]]:
    """Rooms with the slots in which they are shut or taken, and those in which the tutor is busy."""
    taken: dict[int, set[int]] = defaultdict(set)
    busy: set[int] = set()
    gap = timedelta(minutes=_longest_way(stations))
    if slots:
        others = Meeting.objects.filter(
            state__in=states.LIVE,
            starts_at__lt=slots[-1].ends_at + gap,
            ends_at__gt=slots[0].starts_at - gap,
        )
        for meeting in others:
            for n, slot in enumerate(slots):
                if meeting.starts_at < slot.ends_at and slot.starts_at < meeting.ends_at:
                    taken[meeting.station_id].add(n)
                if meeting.tutor_id == plan.tutor_id and (
                    meeting.starts_at < slot.ends_at + gap
                    and slot.starts_at < meeting.ends_at + gap
                ):
                    busy.add(n)
    rooms = tuple(
        Room(s.code, s.capacity, _shut(s, slots), frozenset(taken[s.pk])) for s in stations
    )
    return rooms, frozenset(busy)


def _shut(station: Station, slots: tuple[Slot, ...]) -> frozenset[int]:
    hours = opening(station)
    if hours is None:
        return frozenset()
    opens, closes = hours
    shut = set()
    for n, slot in enumerate(slots):
        first, last = clock.local(slot.starts_at), clock.local(slot.ends_at)
        ends = time.max if last.date() > first.date() else last.time()
        if closes <= opens:  # past midnight: open in the evening or in the morning
            is_open = first.time() >= opens or ends <= closes
        else:
            is_open = opens <= first.time() and ends <= closes
        if not is_open:
            shut.add(n)
    return frozenset(shut)
