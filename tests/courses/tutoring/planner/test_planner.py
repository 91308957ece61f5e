"""The planner: no plan breaks a hard rule, none is better, and what it says of a miss is true."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courses.tutoring.planner import misses, rules, solve
from courses.tutoring.planner.candidates import candidates
from courses.tutoring.planner.highs import solve as highs
from courses.tutoring.planner.misses import Change, Kind
from courses.tutoring.planner.model import Person, Plan, Problem, Room, Session, Topic, Tutor
from tests.courses.tutoring.planner.small import slot_at, terms

pytestmark = pytest.mark.one_database


def planned(problem: Problem) -> Plan:
    return solve.solve(problem, highs)


@given(terms())
@settings(max_examples=60, deadline=None)
def test_no_plan_breaks_a_hard_rule(problem: Problem) -> None:
    plan = planned(problem)
    assert rules.broken(problem, plan) == []
    assert plan.worth <= plan.bound + 1e-6


@given(terms(most_people=4))
@settings(max_examples=40, deadline=None)
def test_no_set_of_classes_does_better(problem: Problem) -> None:
    """Every set of up to three classes is tried by hand, outdone rooms included."""
    best = 0.0
    everything = [
        Session(*places)
        for places in product(
            range(len(problem.topics)),
            range(len(problem.slots)),
            range(len(problem.rooms)),
            range(len(problem.tutors)),
        )
        if not rules.clashes(problem, [Session(*places)])
    ]
    for count in (1, 2, 3) if len(everything) < 25 else (1, 2):
        for sessions in combinations(everything, count):
            if rules.clashes(problem, sessions):
                continue
            came = sum(
                len(
                    solve.seats_of(problem, topic, [one for one in sessions if one.topic == topic])[
                        0
                    ]
                )
                for topic in range(len(problem.topics))
            )
            best = max(best, solve.worth_of(problem, sessions, came))
    assert planned(problem).worth >= best - 1e-6


@given(terms())
@settings(max_examples=80, deadline=None)
def test_the_explanation_of_every_miss_is_true(problem: Problem) -> None:
    """Make the named change, promise the person the seat, solve again: they fit, nobody loses."""
    plan = planned(problem)
    for miss in misses.misses(problem, plan):
        if miss.change is None:
            continue
        changed = misses.apply(problem, miss.change)
        promised = replace(changed, promised=frozenset({(miss.person, miss.topic)}))
        again = planned(promised)
        assert (miss.person, miss.topic) in again.goes
        assert rules.broken(promised, again) == []
        if problem.pays_from == 1:
            assert again.attendance > plan.attendance


@given(terms())
@settings(max_examples=60, deadline=None)
def test_a_change_of_ones_own_needs_no_promise(problem: Problem) -> None:
    """A freed shift or a longer way helps this person alone: any better plan has them in it."""
    plan = planned(problem)
    for miss in misses.misses(problem, plan):
        own = miss.change is not None and miss.change.kind in (Kind.SHIFT, Kind.TRAVEL)
        if own and miss.change is not None and problem.pays_from == 1:
            again = planned(misses.apply(problem, miss.change))
            assert again.attendance > plan.attendance
            served = {topic for person, topic in again.goes if person == miss.person}
            before = {topic for person, topic in plan.goes if person == miss.person}
            assert len(served) > len(before) or served != before


@given(terms(most_people=4))
@settings(max_examples=40, deadline=None)
def test_where_none_is_named_no_single_change_keeps_the_classes_and_adds_this_person(
    problem: Problem,
) -> None:
    plan = planned(problem)
    for miss in misses.misses(problem, plan):
        if miss.change is not None:
            continue
        standing = problem.with_pins(plan.sessions)
        for change in every_change(problem, miss.person, miss.topic):
            changed = replace(
                misses.apply(standing, change),
                promised=frozenset({*plan.goes, (miss.person, miss.topic)}),
            )
            with pytest.raises(solve.NoAnswer):
                planned(changed)


def every_change(problem: Problem, person: int, topic: int) -> list[Change]:
    found = []
    for slot in problem.topics[topic].slots:
        for room in range(len(problem.rooms)):
            for tutor in problem.topics[topic].tutors:
                at = Session(topic, slot, room, tutor)
                way = problem.people[person].travel_min[room]
                found += [
                    Change(Kind.CHAIR, at, person),
                    Change(Kind.LIMIT, at, person),
                    Change(Kind.LIMIT, at, person, in_week=False),
                    Change(Kind.TUTOR_HOUR, at, person),
                    Change(Kind.SHIFT, at, person),
                    Change(Kind.TRAVEL, at, person, minutes=way),
                    Change(Kind.ROOM_OPEN, at, person),
                    Change(Kind.HOLIDAY, at, person),
                ]
    # A change that changes nothing, or would make shorter what is long, is none.
    return [
        change
        for change in found
        if misses.apply(problem, change) != problem
        and not (change.kind is Kind.TRAVEL and change.minutes < problem.people[person].reach_min)
    ]


@given(terms(), st.data())
@settings(max_examples=50, deadline=None)
def test_what_is_pinned_stands_and_the_rest_is_planned_around_it(
    problem: Problem, data: st.DataObject
) -> None:
    options = candidates(problem)
    if not options:
        return
    option = data.draw(st.sampled_from(options))
    able = [
        k
        for k in sorted(problem.topics[option.topic].tutors)
        if problem.may_teach(k, option.topic, option.slot)
    ]
    pin = Session(option.topic, option.slot, option.room, data.draw(st.sampled_from(able)))
    pinned = problem.with_pins([pin])
    plan = planned(pinned)
    assert pin in plan.sessions
    assert rules.broken(pinned, plan) == []
    assert plan.worth <= planned(problem).worth + 1e-6


def test_the_same_term_gets_the_same_plan_twice() -> None:
    problem = by_hand()
    assert planned(problem) == planned(problem)


def by_hand(**changes: object) -> Problem:
    """Four people; two are free in the afternoon, two in the evening; one room with three chairs."""
    slots = (slot_at(0, 0), slot_at(1, 12))
    free = ((60, None), (60, None), (None, 60), (None, 60))
    problem = Problem(
        slots=slots,
        rooms=(Room("驿站", 3),),
        tutors=(Tutor("陈老师", frozenset({0, 1}), per_week=2),),
        topics=(Topic("仓储", frozenset(range(4)), frozenset({0, 1}), frozenset({0})),),
        people=tuple(Person(f"P{n}", margins, (10,)) for n, margins in enumerate(free)),
    )
    return replace(problem, **changes)


def test_a_class_is_repeated_where_it_pays() -> None:
    plan = planned(by_hand())
    assert [session.slot for session in plan.sessions] == [0, 1]
    assert plan.attendance == 4


def test_a_repeat_for_too_few_is_named_not_held() -> None:
    problem = by_hand(pays_from=3)
    plan = planned(problem)
    assert len(plan.sessions) == 1
    kinds = {miss.change.kind for miss in misses.misses(problem, plan) if miss.change}
    assert kinds == {Kind.REPEAT}


def test_a_tutor_who_gives_one_class_is_named() -> None:
    problem = by_hand(tutors=(Tutor("陈老师", frozenset({0, 1}), per_week=1),))
    found = misses.misses(problem, planned(problem))
    assert [miss.change.kind for miss in found if miss.change] == [Kind.LIMIT, Kind.LIMIT]
    assert not any(miss.never for miss in found)


def test_pins_that_cannot_stand_together_are_refused_with_the_rule() -> None:
    twice = (Session(0, 0, 0, 0), Session(0, 1, 0, 0))
    problem = by_hand(tutors=(Tutor("陈老师", frozenset({0, 1}), per_week=1),), pinned=twice)
    with pytest.raises(solve.PinsClash) as caught:
        planned(problem)
    assert caught.value.found[0][0] is rules.Broken.TUTOR_WEEK


def test_somebody_who_works_through_every_slot_is_named_as_impossible() -> None:
    problem = by_hand()
    tired = replace(problem.people[0], margins=(None, None))
    problem = replace(problem, people=(tired, *problem.people[1:]))
    (miss,) = misses.misses(problem, planned(problem))
    assert miss.never
    assert miss.change is not None
    assert miss.change.kind is Kind.SHIFT
