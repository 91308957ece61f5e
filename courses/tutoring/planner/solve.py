"""The plan: an integer programme over classes, and seats handed out topic by topic.

The programme decides which classes are held and counts whom they reach. It does not know seats
one by one: when a room is too small for those counted on it, the seating names a crowd that is
shut out, and a row about that crowd joins the programme (Hall's theorem). Such a row holds for
every plan, so the bound stays a bound; it is repeated until counted and seated agree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from courses.tutoring.planner import rules
from courses.tutoring.planner.candidates import Candidate, candidates
from courses.tutoring.planner.model import Plan, Problem, Session
from courses.tutoring.planner.seating import seat
from courses.tutoring.planner.solving import Answer, NoAnswer, Programme, Solver

__all__ = ["NoAnswer", "PinsClash", "price_of_repeat", "seats_of", "solve", "worth_of"]

ROUNDS_AT_MOST = 60
EXACT = 0.0
# Fewer classes among plans with the same attendance: all of them together weigh less than one
# person.
TIDY = 0.5
Say = Callable[[float], None]


class PinsClash(Exception):
    """The pinned classes break a hard rule among themselves."""

    def __init__(self, found: list[tuple[rules.Broken, object]]) -> None:
        super().__init__(found)
        self.found = found


@dataclass
class _Master:
    """The programme with the meaning of its columns."""

    problem: Problem
    price: float
    programme: Programme = field(default_factory=Programme)
    held: dict[tuple[int, int, int], int] = field(default_factory=dict)
    teaches: dict[tuple[int, int, int], int] = field(default_factory=dict)  # tutor, topic, slot
    # topic → people with the same choice → column of how many of them are served
    served: dict[int, dict[frozenset[int], int]] = field(default_factory=dict)
    members: dict[int, list[int]] = field(default_factory=dict)  # column → people
    by_topic: dict[int, list[Candidate]] = field(default_factory=dict)


def price_of_repeat(problem: Problem) -> float:
    """What one more class must outweigh, in attendances."""
    weeks = {slot.week for slot in problem.slots}
    most = sum(min(t.in_all, t.per_week * len(weeks)) for t in problem.tutors)
    return problem.pays_from - 1 + TIDY / max(1, most, len(problem.pinned))


def solve(
    problem: Problem, solver: Solver, *, gap: float = EXACT, say: Say = lambda share: None
) -> Plan:
    """The best plan, or one that is proven to be within ``gap`` of the best.

    Args:
        say: told from time to time how much is done, 0 to 1.

    Raises:
        PinsClash: what is pinned cannot be held together.
        NoAnswer: a promise cannot be kept.
    """
    wrong = rules.clashes(problem, problem.pinned)
    if wrong:
        raise PinsClash(wrong)
    master = _build(problem)
    if not master.held:
        return Plan(sessions=())
    slack = (master.price - problem.pays_from + 1) / 2
    best = Plan(sessions=(), worth=float("-inf"), bound=float("inf"))
    start: Sequence[float] | None = None
    for turn in range(ROUNDS_AT_MOST):
        say(turn / (turn + 3))
        answer = solver(master.programme, gap=gap / 2, slack=slack, start=start)
        plan, crowds = _seated(master, answer)
        bound = min(best.bound, answer.bound)
        best = max(best, plan, key=lambda p: p.worth)
        best = Plan(best.sessions, best.goes, best.worth, bound)
        if not crowds or best.worth >= bound - slack or best.gap <= gap:
            break
        for topic, crowd in crowds:
            _add_crowd(master, topic, crowd)
    say(1.0)
    return best


# --- Building ----------------------------------------------------------------------------------


def _build(problem: Problem) -> _Master:
    master = _Master(problem, price_of_repeat(problem))
    for candidate in candidates(problem):
        master.by_topic.setdefault(candidate.topic, []).append(candidate)
    for topic, options in sorted(master.by_topic.items()):
        _add_classes(master, options)
        _add_people(master, topic, options)
        _add_crowd(master, topic, problem.topics[topic].people)
    able = {(p, t) for t, options in master.by_topic.items() for o in options for p in o.people}
    if not problem.promised <= able:
        raise NoAnswer(problem.promised - able)
    _rooms_once(master)
    _tutors_in_one_place(master)
    _one_topic_a_day(master)
    _keep_pins(master)
    return master


def _add_classes(master: _Master, options: list[Candidate]) -> None:
    problem, programme = master.problem, master.programme
    slots: dict[tuple[int, int], list[int]] = defaultdict(list)
    for option in options:
        column = programme.column(-master.price, whole=True)
        master.held[option.topic, option.slot, option.room] = column
        slots[option.topic, option.slot].append(column)
    for (topic, slot), columns in slots.items():
        row = dict.fromkeys(columns, 1.0)
        for tutor in sorted(problem.topics[topic].tutors):
            if problem.may_teach(tutor, topic, slot):
                column = programme.column(0.0, whole=True)
                master.teaches[tutor, topic, slot] = column
                row[column] = -1.0
        programme.row(row, low=0.0, high=0.0)  # as many classes as tutors who teach
    # The first class of a topic is no repeat: it need not pay.
    first = programme.column(float(problem.pays_from - 1), whole=False)
    everything = {column: -1.0 for columns in slots.values() for column in columns}
    programme.row({first: 1.0, **everything}, high=0.0)


def _add_people(master: _Master, topic: int, options: list[Candidate]) -> None:
    programme, problem = master.programme, master.problem
    choices: dict[int, list[int]] = defaultdict(list)
    for option in options:
        column = master.held[option.topic, option.slot, option.room]
        for person in sorted(option.people):
            choices[person].append(column)
    alike: dict[frozenset[int], list[int]] = defaultdict(list)
    for person, columns in sorted(choices.items()):
        promised = (person, topic) in problem.promised
        # One who was promised a seat is counted alone: the others of the group were not.
        key = frozenset([*columns, -1 - person]) if promised else frozenset(columns)
        alike[key].append(person)
    served = master.served.setdefault(topic, {})
    for key, people in alike.items():
        low = float((people[0], topic) in problem.promised)
        size = float(len(people))
        column = programme.column(1.0, low=low, high=size, whole=False)
        served[key] = column
        master.members[column] = people
        row = {c: -size for c in sorted(key) if c >= 0}
        programme.row({column: 1.0, **row}, high=0.0)


def _add_crowd(master: _Master, topic: int, crowd: Iterable[int]) -> None:
    """Of a crowd no more are served than the classes they reach have seats for them."""
    crowd = frozenset(crowd)
    row: dict[int, float] = {}
    for column in master.served.get(topic, {}).values():
        if crowd.issuperset(master.members[column]):
            row[column] = 1.0
    inside = frozenset(p for column in row for p in master.members[column])
    for option in master.by_topic[topic]:
        fit = min(master.problem.rooms[option.room].seats, len(inside & option.people))
        if fit:
            row[master.held[option.topic, option.slot, option.room]] = -float(fit)
    master.programme.row(row, high=0.0)


def _rooms_once(master: _Master) -> None:
    rooms: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for (_topic, slot, room), column in master.held.items():
        rooms[room].append((slot, column))
    for uses in rooms.values():
        for clique in _cliques(master.problem, uses, gap_min=0):
            if len(clique) > 1:
                master.programme.row(dict.fromkeys(clique, 1.0), high=1.0)


def _tutors_in_one_place(master: _Master) -> None:
    problem = master.problem
    lessons: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for (tutor, _topic, slot), column in master.teaches.items():
        lessons[tutor].append((slot, column))
    for tutor, uses in sorted(lessons.items()):
        for clique in _cliques(problem, uses, gap_min=problem.gap_min):
            master.programme.row(dict.fromkeys(clique, 1.0), high=1.0)
        weeks: dict[tuple[int, int], list[int]] = defaultdict(list)
        for slot, column in uses:
            weeks[problem.slots[slot].week].append(column)
        for columns in weeks.values():
            most = float(problem.tutors[tutor].per_week)
            master.programme.row(dict.fromkeys(columns, 1.0), high=most)
        everything = dict.fromkeys((column for _slot, column in uses), 1.0)
        master.programme.row(everything, high=float(problem.tutors[tutor].in_all))


def _cliques(problem: Problem, uses: list[tuple[int, int]], *, gap_min: int) -> Iterable[list[int]]:
    """Columns of slots that all meet at the beginning of one of them."""
    for slot in sorted({slot for slot, _column in uses}):
        begins = problem.slots[slot].starts_at
        yield [
            column
            for other, column in uses
            if problem.slots[other].starts_at
            <= begins
            < problem.slots[other].ends_at + _minutes(gap_min)
        ]


def _one_topic_a_day(master: _Master) -> None:
    """Nobody has to choose between two topics on one day, nor hurry from one to the other."""
    problem, programme = master.problem, master.programme
    days: dict[object, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for (_tutor, topic, slot), column in master.teaches.items():
        days[problem.slots[slot].day][topic].append(column)
    for topics in days.values():
        rivals = [t for t in topics if any(o != t and problem.share_people(t, o) for o in topics)]
        flags = {}
        for topic in rivals:
            flags[topic] = programme.column(0.0, whole=True)
            for column in topics[topic]:
                programme.row({column: 1.0, flags[topic]: -1.0}, high=0.0)
        for group in _sharing(problem, rivals):
            programme.row({flags[topic]: 1.0 for topic in group}, high=1.0)


def _sharing(problem: Problem, topics: list[int]) -> Iterable[list[int]]:
    """Pairs that share people; all at once when every pair does."""
    pairs = [(a, b) for i, a in enumerate(topics) for b in topics[i + 1 :]]
    sharing = [pair for pair in pairs if problem.share_people(*pair)]
    return [topics] if topics and len(sharing) == len(pairs) else [[a, b] for a, b in sharing]


def _keep_pins(master: _Master) -> None:
    for pin in master.problem.pinned:
        held = master.held[pin.topic, pin.slot, pin.room]
        taught = master.teaches[pin.tutor, pin.topic, pin.slot]
        master.programme.low[held] = master.programme.low[taught] = 1.0


# --- Reading the answer ------------------------------------------------------------------------


def _seated(master: _Master, answer: Answer) -> tuple[Plan, list[tuple[int, frozenset[int]]]]:
    """The plan with real seats, and the crowds that were counted but find none."""
    sessions = _sessions(master, answer)
    goes: dict[tuple[int, int], Session] = {}
    crowds = []
    for topic in master.by_topic:
        classes = [session for session in sessions if session.topic == topic]
        found, crowd = seats_of(master.problem, topic, classes)
        goes |= found
        counted = sum(answer.values[column] for column in master.served[topic].values())
        if crowd and counted > len(found) + 1e-6:
            crowds.append((topic, crowd))
    worth = worth_of(master.problem, sessions, len(goes))
    return Plan(tuple(sessions), goes, worth), crowds


def worth_of(problem: Problem, sessions: Iterable[Session], attendance: int) -> float:
    """What is maximised: attendances, less what each repeat must outweigh."""
    sessions = list(sessions)
    topics = len({session.topic for session in sessions})
    return attendance - price_of_repeat(problem) * len(sessions) + (problem.pays_from - 1) * topics


def seats_of(
    problem: Problem, topic: int, classes: Sequence[Session]
) -> tuple[dict[tuple[int, int], Session], frozenset[int]]:
    """Seat the people of one topic on its classes; also the crowd that is shut out."""
    reach = {}
    for person in sorted(problem.topics[topic].people):
        mine = [at for at, s in enumerate(classes) if problem.can_come(person, s.slot, s.room)]
        if mine:
            reach[person] = mine
    first = sorted(p for p, t in problem.promised if t == topic)
    found = seat(reach, [problem.rooms[s.room].seats for s in classes], first)
    return {(p, topic): classes[at] for p, at in sorted(found.goes.items())}, found.crowd


def _sessions(master: _Master, answer: Answer) -> list[Session]:
    """Classes with a tutor each: a pin keeps its own, the others take theirs in order."""
    rooms: dict[tuple[int, int], list[int]] = defaultdict(list)
    for (topic, slot, room), column in master.held.items():
        if answer.values[column] > 0.5:
            rooms[topic, slot].append(room)
    tutors: dict[tuple[int, int], list[int]] = defaultdict(list)
    for (tutor, topic, slot), column in master.teaches.items():
        if answer.values[column] > 0.5:
            tutors[topic, slot].append(tutor)
    found = []
    for (topic, slot), held in rooms.items():
        pins = {
            pin.room: pin.tutor
            for pin in master.problem.pinned
            if (pin.topic, pin.slot) == (topic, slot)
        }
        free = [tutor for tutor in tutors[topic, slot] if tutor not in pins.values()]
        for room in held:
            tutor = pins[room] if room in pins else free.pop(0)
            found.append(Session(topic, slot, room, tutor))
    return sorted(found)


def _minutes(number: int) -> timedelta:
    return timedelta(minutes=number)
