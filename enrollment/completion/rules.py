"""When is a student finished, on track, behind? A pure rule, frozen per cohort by its version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True)
class LearningFacts:
    """What ``courses`` knows of one student. Times aware; ``seconds_left`` of required units."""

    units_done: int
    units_required: int
    courses_done: int
    courses_required: int
    meetings_attended: int
    seconds_left: int
    last_study_at: datetime | None


@dataclass(frozen=True)
class Term:
    """The time a cohort has, by its own dates."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Reason:
    """Why somebody is behind: a code and its figure; pages put it in words."""

    code: str
    figure: int


@dataclass(frozen=True)
class Verdict:
    """``state`` is one of finished, on_track, behind, waiting, away."""

    state: str
    share: float
    reasons: tuple[Reason, ...]


# Version 1: behind means silent for two weeks, or more than a tenth of the course short of
# where an even pace would be.
SILENT_DAYS = 14
SLACK = 0.10


def judge_v1(facts: LearningFacts, term: Term, now: datetime) -> Verdict:
    """Judge by version 1 of the rule.

    Args:
        facts: counts of required units and courses, never negative.
        term: first and last moment of the cohort.
        now: the moment of judging.
    """
    share = facts.units_done / facts.units_required if facts.units_required else 0.0
    if facts.courses_required and facts.courses_done >= facts.courses_required:
        return Verdict("finished", 1.0, ())
    if now < term.starts_at:
        return Verdict("waiting", share, ())
    reasons: list[Reason] = []
    last = max(facts.last_study_at or term.starts_at, term.starts_at)
    silent_days = (now - last) // DAY
    if silent_days >= SILENT_DAYS:
        reasons.append(Reason("silent_days", silent_days))
    elapsed = min(1.0, (now - term.starts_at) / (term.ends_at - term.starts_at))
    units_short = round((elapsed - SLACK) * facts.units_required) - facts.units_done
    if units_short > 0:
        reasons.append(Reason("units_short", units_short))
    if reasons:
        return Verdict("behind", share, tuple(reasons))
    return Verdict("on_track" if facts.last_study_at else "waiting", share, ())


# Version 2 also asks for meetings: one in each whole four weeks of the term.
MEETING_EVERY = timedelta(weeks=4)
ASKS_FOR_MEETINGS = frozenset({"v2"})


def meetings_short(version: str, attended: int, term: Term, now: datetime) -> int:
    """How many meetings this version still asks for, whatever else was done; graduation asks it too.

    Args:
        attended: meetings that count, made-up ones among them.
    """
    if version not in ASKS_FOR_MEETINGS or now < term.starts_at:
        return 0
    due = (min(now, term.ends_at) - term.starts_at) // MEETING_EVERY
    return max(0, due - attended)


def judge_v2(facts: LearningFacts, term: Term, now: datetime) -> Verdict:
    """Judge by version 2: version 1, and one meeting in four weeks."""
    verdict = judge_v1(facts, term, now)
    short = meetings_short("v2", facts.meetings_attended, term, now)
    if verdict.state == "finished" or not short:
        return verdict
    reasons = (*verdict.reasons, Reason("meetings_short", short))
    return Verdict("behind", verdict.share, reasons)


RULES = {"v1": judge_v1, "v2": judge_v2}
# Somebody on leave is not late, whatever the clock says; a graduate owes nothing more.
AWAY, OVER = "on_leave", "graduated"


def judge(
    version: str, facts: LearningFacts, term: Term, now: datetime, status: str = "enrolled"
) -> Verdict:
    """Judge by the rule of this version (the cohort's frozen one); ``status`` is the roll's."""
    if status == OVER:
        return Verdict("finished", 1.0, ())
    verdict = RULES[version](facts, term, now)
    if status == AWAY and verdict.state != "finished":
        return Verdict("away", verdict.share, ())
    return verdict
