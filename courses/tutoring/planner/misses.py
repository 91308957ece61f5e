"""Who cannot come to which topic, why, and which single change would let them.

A change is named only when the plan as it stands shows that it works: with the change the same
classes (and at most one more) serve everybody they serve now and this person too. Solving again
can therefore only do better; nobody pays for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum
from typing import TypeVar

from courses.tutoring.planner.model import Person, Plan, Problem, Room, Session, Tutor

ANY_MARGIN = 24 * 60
T = TypeVar("T")


class Kind(IntEnum):
    """What would have to change; the cheapest for everybody first."""

    CHAIR = 1
    REPEAT = 2
    BAN = 3
    LIMIT = 4
    TUTOR_HOUR = 5
    SHIFT = 6
    TRAVEL = 7
    ROOM_OPEN = 8
    HOLIDAY = 9


@dataclass(frozen=True)
class Change:
    """One change, about the class it makes possible; ``in_week`` tells the two limits apart."""

    kind: Kind
    session: Session
    person: int
    in_week: bool = True
    minutes: int = 0


@dataclass(frozen=True)
class Miss:
    """A person whom the plan serves in one topic less.

    Args:
        never: no class at all could be held within the rules that this person could come to.
        change: the single change that would serve them; None when no single one is enough.
    """

    person: int
    topic: int
    never: bool
    change: Change | None


def apply(problem: Problem, change: Change) -> Problem:
    """The problem after the change."""
    topic, slot, room, tutor = change.session
    match change.kind:
        case Kind.CHAIR:
            return _room(problem, room, lambda r: replace(r, seats=r.seats + 1))
        case Kind.REPEAT:
            return problem.with_pins([*problem.pinned, change.session])
        case Kind.BAN:
            return replace(problem, banned=problem.banned - {(topic, slot, room)})
        case Kind.LIMIT if change.in_week:
            return _tutor(problem, tutor, lambda t: replace(t, per_week=t.per_week + 1))
        case Kind.LIMIT:
            return _tutor(problem, tutor, lambda t: replace(t, in_all=t.in_all + 1))
        case Kind.TUTOR_HOUR:
            return _tutor(problem, tutor, lambda t: replace(t, free=t.free | {slot}))
        case Kind.SHIFT:
            return _person(problem, change.person, lambda p: _freed(p, slot))
        case Kind.TRAVEL:
            return _person(problem, change.person, lambda p: replace(p, reach_min=change.minutes))
        case Kind.ROOM_OPEN:
            return _room(problem, room, lambda r: replace(r, shut=r.shut - {slot}))
        case Kind.HOLIDAY:
            off: frozenset[date] = problem.off_days - {problem.slots[slot].day}
            return replace(problem, off_days=off)


def misses(problem: Problem, plan: Plan) -> list[Miss]:
    """Everybody who is not served in a topic that is due for them, in order of topic and person."""
    found = []
    for topic, subject in enumerate(problem.topics):
        left = [p for p in sorted(subject.people) if (p, topic) not in plan.goes]
        if not left:
            continue
        looker = _Looker(problem, plan, topic, left)
        found += [Miss(p, topic, looker.never(p), looker.change_for(p)) for p in left]
    return found


class _Looker:
    """What could be done about one topic; the counts are made once for all who miss it."""

    def __init__(self, problem: Problem, plan: Plan, topic: int, left: list[int]) -> None:
        self.problem, self.plan, self.topic, self.left = problem, plan, topic, left
        self.classes = [session for session in plan.sessions if session.topic == topic]
        self.roomy = self._roomy()
        self.extras = list(self._extras())

    def never(self, person: int) -> bool:
        problem, topic = self.problem, self.topic
        return not any(
            problem.can_come(person, slot, room)
            and place.is_open(slot)
            and any(problem.may_teach(k, topic, slot) for k in problem.topics[topic].tutors)
            for slot in problem.topics[topic].slots
            for room, place in enumerate(problem.rooms)
        )

    def change_for(self, person: int) -> Change | None:
        """The cheapest; of two of a kind the one that would help more of those left out."""
        options = [*self._at_classes(person), *self._with_one_more(person)]
        best = min(options, key=lambda o: (o[0].kind, -o[1], o[0].session), default=None)
        return best[0] if best else None

    def _at_classes(self, person: int) -> Iterator[tuple[Change, int]]:
        """Changes that let the person into a class that is planned."""
        for session in self.classes:
            own = self._against_person(person, session)
            if not own:
                yield Change(Kind.CHAIR, session, person), 1
            elif len(own) == 1 and session in self.roomy:
                yield own[0], 1

    def _with_one_more(self, person: int) -> Iterator[tuple[Change, int]]:
        """Changes that let the person into a class that could be held besides those planned."""
        for session, against, able in self.extras:
            own = self._against_person(person, session)
            gain = able + len(own[:1])
            pays = not self.classes or gain >= self.problem.pays_from
            if not own and pays:
                # With nothing against it only a plan that is not the best leaves it out.
                yield replace(against or Change(Kind.REPEAT, session, 0), person=person), gain
            elif not own and against is None:
                yield Change(Kind.REPEAT, session, person), gain
            elif len(own) == 1 and pays and against is None:
                yield own[0], 1

    def _against_person(self, person: int, session: Session) -> list[Change]:
        who = self.problem.people[person]
        way, margin = who.travel_min[session.room], who.margins[session.slot]
        found = []
        if margin is None or way > margin:
            found.append(Change(Kind.SHIFT, session, person))
        if way > who.reach_min:
            found.append(Change(Kind.TRAVEL, session, person, minutes=way))
        return found

    def _roomy(self) -> set[Session]:
        """Classes with a chair left, or where somebody could move to such a class."""
        heads = Counter(self.plan.goes.values())
        rooms = self.problem.rooms
        roomy = {s for s in self.classes if heads[s] < rooms[s.room].seats}
        grows = bool(roomy)
        while grows:
            movable = {
                at
                for (person, _topic), at in self.plan.goes.items()
                if at in self.classes
                and any(self.problem.can_come(person, s.slot, s.room) for s in roomy)
            }
            grows = not movable <= roomy
            roomy |= movable
        return roomy

    def _extras(self) -> Iterator[tuple[Session, Change | None, int]]:
        """Classes that could be held besides those planned, with at most one thing against them.

        With each: what is against it, and how many of those left out it would serve.
        """
        problem, subject = self.problem, self.problem.topics[self.topic]
        for slot in sorted(subject.slots):
            if self._topics_meet(slot):
                continue
            for tutor in sorted(subject.tutors):
                if self._tutor_is_near(tutor, slot):
                    continue
                of_tutor = self._against_tutor(tutor, slot)
                if len(of_tutor) > 1:
                    continue
                for room in range(len(problem.rooms)):
                    yield from self._extra(Session(self.topic, slot, room, tutor), of_tutor)

    def _extra(
        self, session: Session, of_tutor: list[tuple[Kind, bool]]
    ) -> Iterator[tuple[Session, Change | None, int]]:
        problem = self.problem
        if session.slot in problem.rooms[session.room].taken or any(
            other.room == session.room and problem.overlap(other.slot, session.slot)
            for other in self.plan.sessions
        ):
            return
        against = [Change(kind, session, 0, in_week) for kind, in_week in of_tutor]
        if session[:3] in problem.banned:
            against.append(Change(Kind.BAN, session, 0))
        if session.slot in problem.rooms[session.room].shut:
            against.append(Change(Kind.ROOM_OPEN, session, 0))
        if len(against) <= 1:
            able = sum(problem.can_come(p, session.slot, session.room) for p in self.left)
            gain = min(able, problem.rooms[session.room].seats)
            yield session, next(iter(against), None), gain

    def _against_tutor(self, tutor: int, slot: int) -> list[tuple[Kind, bool]]:
        problem, who = self.problem, self.problem.tutors[tutor]
        week = problem.slots[slot].week
        mine = [s for s in self.plan.sessions if s.tutor == tutor]
        found = []
        if slot not in who.free:
            found.append((Kind.TUTOR_HOUR, True))
        if problem.slots[slot].day in problem.off_days:
            found.append((Kind.HOLIDAY, True))
        if sum(problem.slots[s.slot].week == week for s in mine) >= who.per_week:
            found.append((Kind.LIMIT, True))
        if len(mine) >= who.in_all:
            found.append((Kind.LIMIT, False))
        return found

    def _topics_meet(self, slot: int) -> bool:
        problem = self.problem
        day = problem.slots[slot].day
        return any(
            other.topic != self.topic
            and problem.slots[other.slot].day == day
            and problem.share_people(other.topic, self.topic)
            for other in self.plan.sessions
        )

    def _tutor_is_near(self, tutor: int, slot: int) -> bool:
        return slot in self.problem.tutors[tutor].busy or any(
            other.tutor == tutor and self.problem.too_close(other.slot, slot)
            for other in self.plan.sessions
        )


def _freed(person: Person, slot: int) -> Person:
    margins = list(person.margins)
    margins[slot] = ANY_MARGIN
    return replace(person, margins=tuple(margins))


def _room(problem: Problem, at: int, change: Callable[[Room], Room]) -> Problem:
    return replace(problem, rooms=_changed(problem.rooms, at, change))


def _tutor(problem: Problem, at: int, change: Callable[[Tutor], Tutor]) -> Problem:
    return replace(problem, tutors=_changed(problem.tutors, at, change))


def _person(problem: Problem, at: int, change: Callable[[Person], Person]) -> Problem:
    return replace(problem, people=_changed(problem.people, at, change))


def _changed(rows: tuple[T, ...], at: int, change: Callable[[T], T]) -> tuple[T, ...]:
    return (*rows[:at], change(rows[at]), *rows[at + 1 :])
