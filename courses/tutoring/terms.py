"""A tutor plans a term: ask, wait for the answer, change by hand, publish."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from courses.catalogue.models import Course
from courses.tutoring import planning, term_problem
from courses.tutoring.models import Meeting, Station
from courses.tutoring.planner import misses, rules
from courses.tutoring.planner.misses import Miss
from courses.tutoring.planner.model import Plan, Session
from courses.tutoring.planner.solve import PinsClash, solve
from courses.tutoring.refusals import CannotStand, PlanChanged, PlanNotReady
from courses.tutoring.term_models import TermPlan, TutorHours
from courses.tutoring.term_problem import Term
from enrollment.api import Cohort
from lms.accounts.models import User
from lms.base import audit
from lms.base.jobs import api as jobs

KIND = "term.solve"
# Within a thousandth of the best nobody could tell two plans apart; the screen says how near.
GAP = 0.001
State = TermPlan.State


@dataclass(frozen=True)
class Due:
    """A topic that a term has to bring, within these days (both count)."""

    title: str
    first: date
    last: date
    course: Course | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "course": self.course.pk if self.course else None,
        }


def spread(titles: list[str], first: date, last: date, course: Course | None) -> list[Due]:
    """Give each topic its share of the term, in order: what comes later builds on what came first."""
    days = (last - first).days + 1
    count = len(titles)
    edges = [first.toordinal() + days * n // count for n in range(count + 1)]
    return [
        Due(title, date.fromordinal(edges[n]), date.fromordinal(edges[n + 1] - 1), course)
        for n, title in enumerate(titles)
    ]


@transaction.atomic
def keep_hours(tutor: User, *, cells: str, per_week: int, at: datetime) -> TutorHours:
    hours, _made = TutorHours.objects.update_or_create(
        tutor=tutor, defaults={"cells": cells, "per_week": per_week, "changed_at": at}
    )
    return hours


@transaction.atomic
def ask(
    cohort: Cohort,
    topics: list[Due],
    *,
    minutes: int,
    pays_from: int,
    tutor: User,
    at: datetime,
) -> TermPlan:
    """Have a term planned; the answer comes by a job."""
    plan = TermPlan.objects.create(
        cohort=cohort,
        tutor=tutor,
        made_at=at,
        asked={
            "first": min(topic.first for topic in topics).isoformat(),
            "last": max(topic.last for topic in topics).isoformat(),
            "minutes": minutes,
            "pays_from": pays_from,
            "topics": [topic.as_json() for topic in topics],
            "pins": [],
            "bans": [],
        },
    )
    audit.record("term.asked", by=tutor, on=plan, at=at, data={"topics": len(topics)})
    _enqueue(plan, by=tutor)
    return plan


def _enqueue(plan: TermPlan, *, by: User) -> None:
    key = f"{KIND}:{plan.uuid}:{plan.version}"
    jobs.enqueue(KIND, key=key, payload={"plan": str(plan.uuid), "version": plan.version}, by=by)
    TermPlan.objects.filter(pk=plan.pk).update(job=key)


# --- Changes by hand ---------------------------------------------------------------------------


def pin(plan: TermPlan, number: int, *, by: User, at: datetime) -> None:
    """Let the class stay where it is; the rest may move."""
    _by_hand(plan, {"pins": [*plan.asked["pins"], _kept(plan, number)]}, by=by, at=at)


def unpin(plan: TermPlan, number: int, *, by: User, at: datetime) -> None:
    pins = [pin for pin in plan.asked["pins"] if pin != _kept(plan, number)]
    _by_hand(plan, {"pins": pins}, by=by, at=at)


def move(
    plan: TermPlan, number: int, *, starts_at: datetime, station: Station, by: User, at: datetime
) -> None:
    """Put the class elsewhere and pin it there.

    Raises:
        CannotStand: there it would break a hard rule beside what is pinned.
    """
    old = _kept(plan, number)
    new = {**old, "starts_at": starts_at.isoformat(), "station": station.code}
    pins = [pin for pin in plan.asked["pins"] if pin != old]
    bans = [ban for ban in plan.asked["bans"] if ban != new]
    _by_hand(plan, {"pins": [*pins, new], "bans": bans}, by=by, at=at)


def drop(plan: TermPlan, number: int, *, by: User, at: datetime) -> None:
    """Take the class off; it does not come back at this time and place."""
    old = _kept(plan, number)
    pins = [pin for pin in plan.asked["pins"] if pin != old]
    _by_hand(plan, {"pins": pins, "bans": [*plan.asked["bans"], old]}, by=by, at=at)


def loosen(plan: TermPlan, *, by: User, at: datetime) -> None:
    """Forget every pin and everything taken off."""
    _by_hand(plan, {"pins": [], "bans": []}, by=by, at=at)


def _kept(plan: TermPlan, number: int) -> dict[str, Any]:
    sessions = plan.answer.get("sessions", [])
    if plan.state != State.READY or not 0 <= number < len(sessions):
        raise PlanNotReady(plan)
    return {key: sessions[number][key] for key in ("topic", "starts_at", "station")}


@transaction.atomic
def _by_hand(plan: TermPlan, changes: dict[str, Any], *, by: User, at: datetime) -> None:
    """Ask anew with other pins, if they can stand together; of two tabs the second is told."""
    plan.asked = {**plan.asked, **changes}
    problem = term_problem.load(plan).problem
    wrong = rules.clashes(problem, problem.pinned)
    if wrong:
        raise CannotStand(plan, why=why_not(wrong[0][0]))
    held = TermPlan.objects.filter(pk=plan.pk, version=plan.version).exclude(state=State.PUBLISHED)
    if not held.update(asked=plan.asked, version=plan.version + 1, state=State.WAITING):
        raise PlanChanged(plan)
    plan.refresh_from_db()
    audit.record("term.changed", by=by, on=plan, at=at, data={"version": plan.version})
    _enqueue(plan, by=by)


def why_not(broken: rules.Broken) -> str:
    """A broken rule in the tutor's words."""
    from courses.tutoring.term_words import BROKEN

    return str(BROKEN[broken])


# --- The answer --------------------------------------------------------------------------------


def answer(plan: TermPlan, *, say: Callable[[float], None]) -> dict[str, Any]:
    """Solve the term; the JSON that is kept as ``answer``.

    Raises:
        CannotStand: the pins clash, because something else changed meanwhile.
    """
    from courses.tutoring.planner.highs import solve as highs

    term = term_problem.load(plan)
    try:
        solved = solve(term.problem, highs, gap=GAP, say=say)
    except PinsClash as clash:
        raise CannotStand(plan, why=why_not(clash.found[0][0])) from clash
    return _as_json(plan, term, solved)


def _as_json(plan: TermPlan, term: Term, solved: Plan) -> dict[str, Any]:
    problem = term.problem
    missed = misses.misses(problem, solved)
    return {
        "sessions": [_session(term, solved, session) for session in solved.sessions],
        "attendance": solved.attendance,
        "due": sum(len(topic.people) for topic in problem.topics),
        "gap": round(solved.gap, 5),
        "slots": [slot.starts_at.isoformat() for slot in problem.slots],
        "misses": [_miss(term, miss) for miss in missed],
        "unknown": len(term.students) - len(term.said),
    }


def _session(term: Term, solved: Plan, session: Session) -> dict[str, Any]:
    slot, station = term.problem.slots[session.slot], term.stations[session.room]
    return {
        "topic": session.topic,
        "starts_at": slot.starts_at.isoformat(),
        "ends_at": slot.ends_at.isoformat(),
        "station": station.code,
        "filled": solved.filled(session),
        "seats": station.capacity,
        "pinned": session in term.problem.pinned,
    }


def _miss(term: Term, miss: Miss) -> dict[str, Any]:
    change = miss.change
    found: dict[str, Any] = {
        "topic": miss.topic,
        "student": str(term.students[miss.person].uuid),
        "never": miss.never,
        "kind": change.kind.name if change else "",
    }
    if change:
        found |= {
            "starts_at": term.problem.slots[change.session.slot].starts_at.isoformat(),
            "station": term.stations[change.session.room].code,
            "minutes": change.minutes,
            "in_week": change.in_week,
        }
    return found


# --- Publishing --------------------------------------------------------------------------------


@transaction.atomic
def publish(plan: TermPlan, *, by: User, at: datetime) -> list[Meeting]:
    """Turn the plan into meetings that students can book, all or none.

    Raises:
        PlanNotReady: it is still being solved, or was published already.
        and whatever ``plan_meeting`` raises: somebody may have taken a room meanwhile.
    """
    ready = TermPlan.objects.filter(pk=plan.pk, state=State.READY, version=plan.version)
    if not ready.update(state=State.PUBLISHED):
        raise PlanNotReady(plan)
    stations = {station.code: station for station in Station.objects.all()}
    topics = plan.asked["topics"]
    courses = Course.objects.in_bulk([topic["course"] for topic in topics if topic["course"]])
    made = []
    for session in plan.answer["sessions"]:
        topic = topics[session["topic"]]
        wanted = planning.Plan(
            topic=topic["title"],
            station=stations[session["station"]],
            starts_at=datetime.fromisoformat(session["starts_at"]),
            ends_at=datetime.fromisoformat(session["ends_at"]),
            course=courses.get(topic["course"]),
        )
        meeting = planning.plan_meeting(plan.cohort, wanted, tutor=plan.tutor, by=by, at=at)
        planning.publish(meeting, by=by, at=at)
        made.append(meeting)
    Meeting.objects.filter(pk__in=[meeting.pk for meeting in made]).update(series=plan.uuid)
    audit.record("term.published", by=by, on=plan, at=at, data={"meetings": len(made)})
    return made
