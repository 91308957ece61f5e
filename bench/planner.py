"""A term planned for made-up riders: how long, how near to the best, and beside how classes do it.

Prints one JSON object per line and exits with 1 if a plan breaks a hard rule, if two runs differ,
or if a bar is missed. The two references meet every week in one hour, each tutor in one of the
rooms that suit most: "fixed" is the mean over every hour of the week on offer, "vote" the hour
that most people can come to. The ratios compare them with a plan of one class a week for each
tutor, so that nobody teaches more; "with repeats" is the plan that uses all the tutors' hours.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import _site

ROOT = Path(__file__).resolve().parents[1]
STATIONS = 20
EXACT_S, BIG_S, BIG_GAP = 2.0, 60.0, 0.01


def _hour(problem: Any, slot: int) -> tuple[int, str]:
    """Day of the week and hour: what a poster on the wall would say."""
    when = problem.slots[slot]
    return when.day.weekday(), f"{when.starts_at:%H:%M}"


def _held_weekly(problem: Any, hour: tuple[int, str], classes: Counter[int]) -> int:
    """Attendances when every topic meets in this hour only, as often as ``classes`` says."""
    from courses.tutoring.planner.model import Session
    from courses.tutoring.planner.solve import seats_of

    came = 0
    for topic, subject in enumerate(problem.topics):
        slots = [slot for slot in sorted(subject.slots) if _hour(problem, slot) == hour]
        rooms = _rooms_that_suit(problem, topic, slots)
        offered = [Session(topic, slot, room, 0) for room in rooms for slot in slots]
        offered = [s for s in offered if problem.rooms[s.room].is_open(s.slot)]
        most = len(problem.tutors) * len(slots)
        came += len(seats_of(problem, topic, offered[: min(classes[topic], most)])[0])
    return came


def _rooms_that_suit(problem: Any, topic: int, slots: Iterable[int]) -> list[int]:
    people = problem.topics[topic].people
    slots = list(slots)

    def suits(room: int) -> tuple[int, int]:
        able = {p for p in people for slot in slots if problem.can_come(p, slot, room)}
        return min(len(able), problem.rooms[room].seats), len(able)

    return sorted(range(len(problem.rooms)), key=suits, reverse=True)


def _references(problem: Any, plan: Any) -> tuple[float, int]:
    """Mean over the hours, and the hour that wins the vote."""
    classes = Counter(session.topic for session in plan.sessions)
    votes: dict[tuple[int, str], int] = defaultdict(int)
    for slot in range(len(problem.slots)):
        votes[_hour(problem, slot)] += sum(
            any(problem.can_come(p, slot, room) for room in range(len(problem.rooms)))
            for p in range(len(problem.people))
        )
    came = {hour: _held_weekly(problem, hour, classes) for hour in sorted(votes)}
    winner = max(sorted(votes), key=lambda hour: votes[hour])
    return sum(came.values()) / len(came), came[winner]


def measure(people: int, slots: int, *, gap: float, seed: int) -> tuple[list[dict[str, Any]], bool]:
    """Figures of one term, and whether they are good."""
    from bench._riders import term
    from courses.tutoring.planner import misses, rules
    from courses.tutoring.planner.highs import solve as highs
    from courses.tutoring.planner.solve import solve

    problem = term(people, slots, STATIONS, seed=seed)
    cpu_s, plan = _site.cpu_of(lambda: solve(problem, highs, gap=gap))
    again = solve(problem, highs, gap=gap)
    explained_s, missed = _site.cpu_of(lambda: misses.misses(problem, plan))
    due = sum(len(topic.people) for topic in problem.topics)
    about = {"seed": seed, "people": people, "slots": slots, "stations": STATIONS}
    frugal = replace(problem, tutors=tuple(replace(t, per_week=1) for t in problem.tutors))
    few = solve(frugal, highs, gap=gap)
    fixed, vote = _references(problem, few)
    figures = [
        {"figure": f"planner_{people}_cpu_s", "value": round(cpu_s, 3), "unit": "s", **about,
         "tutors": len(problem.tutors), "classes": len(plan.sessions)},
        {"figure": f"planner_{people}_gap", "value": round(plan.gap, 5), "unit": "share", **about,
         "worth": round(plan.worth, 3), "bound": round(plan.bound, 3)},
        {"figure": f"planner_{people}_attendance", "value": plan.attendance, "unit": "attendances",
         **about, "due": due, "never": sum(miss.never for miss in missed),
         "explained": sum(miss.change is not None for miss in missed), "missed": len(missed),
         "explaining_cpu_s": round(explained_s, 3)},
        {"figure": f"planner_{people}_broken_rules", "value": len(rules.broken(problem, plan)),
         "unit": "rules", **about},
        {"figure": f"planner_{people}_differences", "value": int(again != plan), "unit": "runs"},
        {"figure": f"planner_{people}_vs_fixed", "value": round(few.attendance / fixed, 3),
         "unit": "ratio", "attendance": few.attendance, "reference": round(fixed, 1),
         "with_repeats": round(plan.attendance / fixed, 3), **about},
        {"figure": f"planner_{people}_vs_vote", "value": round(few.attendance / vote, 3),
         "unit": "ratio", "attendance": few.attendance, "reference": vote,
         "with_repeats": round(plan.attendance / vote, 3), **about},
    ]  # fmt: skip
    near = plan.gap <= gap + 1e-6 or _nothing_between(problem, plan)
    return figures, not rules.broken(problem, plan) and again == plan and near


def _nothing_between(problem: Any, plan: Any) -> bool:
    """Nearer to the bound than half of the least by which two plans differ: there is no better one."""
    from courses.tutoring.planner.solve import price_of_repeat

    least = price_of_repeat(problem) - problem.pays_from + 1
    return plan.bound - plan.worth <= least / 2


def _load_the_solver() -> None:
    """Loading is not planning; and HiGHS greets on standard output, where only figures belong."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    from courses.tutoring.planner import highs
    from courses.tutoring.planner.solving import Programme

    programme = Programme()
    programme.row({programme.column(1.0, whole=True): 1.0}, high=1.0)
    highs.solve(programme, gap=0.0, slack=0.0)
    os.dup2(kept, 1)
    os.close(kept)


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench planner", description=__doc__)
    parser.add_argument("--seed", type=int, default=20260901)
    parser.add_argument("--terms", type=int, default=5, help="small terms, with rising seeds")
    parser.add_argument("--people", type=int, default=500, help="of the big term")
    parser.add_argument("--slots", type=int, default=120, help="of the big term")
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    _load_the_solver()
    good, small = True, []
    for seed in range(given.seed, given.seed + given.terms):
        figures, fine = measure(50, 60, gap=0.0, seed=seed)
        small.append({figure["figure"]: figure for figure in figures})
        good &= fine
        for figure in figures:
            print(json.dumps(figure))
    figures, fine = measure(given.people, given.slots, gap=BIG_GAP / 2, seed=given.seed)
    for figure in figures:
        print(json.dumps(figure))
    big = {figure["figure"]: figure for figure in figures}
    slowest = max(run["planner_50_cpu_s"]["value"] for run in small)
    good &= fine and slowest <= EXACT_S
    good &= big[f"planner_{given.people}_cpu_s"]["value"] <= BIG_S
    print(json.dumps({"figure": "planner_50_cpu_s_slowest", "value": slowest, "unit": "s",
                      "of_terms": given.terms, "seed": given.seed}))  # fmt: skip
    for against in ("fixed", "vote"):
        ratios = sorted(run[f"planner_50_vs_{against}"]["value"] for run in small)
        print(json.dumps({"figure": f"planner_attendance_vs_{against}", "unit": "ratio",
                          "value": ratios[len(ratios) // 2], "lowest": ratios[0],
                          "highest": ratios[-1], "seed": given.seed}))  # fmt: skip
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
