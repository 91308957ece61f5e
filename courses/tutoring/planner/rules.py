"""The hard rules, stated once more apart from the solver: what a plan must never do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import combinations

from courses.tutoring.planner.model import Plan, Problem, Session


class Broken(Enum):
    """A rule that a plan breaks."""

    TUTOR_HOURS = "tutor not free, not of the topic, or a holiday"
    TUTOR_TWICE = "tutor in two places"
    TUTOR_WEEK = "more classes in a week than the tutor gives"
    TUTOR_TERM = "more classes in the term than the tutor gives"
    ROOM_SHUT = "room closed or taken"
    ROOM_TWICE = "two classes in a room"
    ONE_TOPIC_A_DAY = "two topics on one day for the same people"
    BANNED = "taken off by hand"
    NOT_THERE = "goes to a class that is not on the plan"
    CANNOT_COME = "goes where shift or way forbid it"
    NOT_THEIRS = "goes to a topic that is not due for them"
    TOO_FULL = "more people than seats"
    PIN_LOST = "a pinned class is missing"
    PROMISE_LOST = "a promised person is not served"


def broken(problem: Problem, plan: Plan) -> list[tuple[Broken, object]]:
    """Every rule the plan breaks and on what; empty for a plan that may be held."""
    found = list(_timetable(problem, plan.sessions))
    found += [(Broken.PIN_LOST, pin) for pin in problem.pinned if pin not in plan.sessions]
    found += [(Broken.BANNED, s) for s in plan.sessions if s[:3] in problem.banned]
    found += [(Broken.PROMISE_LOST, pair) for pair in problem.promised if pair not in plan.goes]
    for (person, topic), session in plan.goes.items():
        if session not in plan.sessions or session.topic != topic:
            found.append((Broken.NOT_THERE, (person, session)))
        if person not in problem.topics[topic].people:
            found.append((Broken.NOT_THEIRS, (person, topic)))
        if not problem.can_come(person, session.slot, session.room):
            found.append((Broken.CANNOT_COME, (person, session)))
    for session, heads in Counter(plan.goes.values()).items():
        if heads > problem.rooms[session.room].seats:
            found.append((Broken.TOO_FULL, session))
    return found


def clashes(problem: Problem, sessions: Iterable[Session]) -> list[tuple[Broken, object]]:
    """What is wrong with a set of classes, whoever comes."""
    return list(_timetable(problem, tuple(sessions)))


def _timetable(problem: Problem, sessions: tuple[Session, ...]) -> Iterator[tuple[Broken, object]]:
    weeks: Counter[tuple[int, tuple[int, int]]] = Counter()
    term: Counter[int] = Counter()
    for session in sessions:
        weeks[session.tutor, problem.slots[session.slot].week] += 1
        term[session.tutor] += 1
        if not problem.may_teach(session.tutor, session.topic, session.slot):
            yield Broken.TUTOR_HOURS, session
        if not problem.rooms[session.room].is_open(session.slot):
            yield Broken.ROOM_SHUT, session
    for (tutor, week), held in weeks.items():
        if held > problem.tutors[tutor].per_week:
            yield Broken.TUTOR_WEEK, (tutor, week)
    for tutor, held in term.items():
        if held > problem.tutors[tutor].in_all:
            yield Broken.TUTOR_TERM, tutor
    for one, two in combinations(sessions, 2):
        same_day = problem.slots[one.slot].day == problem.slots[two.slot].day
        if not same_day and not problem.overlap(one.slot, two.slot):
            continue
        if one.tutor == two.tutor and problem.too_close(one.slot, two.slot):
            yield Broken.TUTOR_TWICE, (one, two)
        if one.room == two.room and problem.overlap(one.slot, two.slot):
            yield Broken.ROOM_TWICE, (one, two)
        if same_day and one.topic != two.topic and problem.share_people(one.topic, two.topic):
            yield Broken.ONE_TOPIC_A_DAY, (one, two)
