"""The published rule that puts applicants in order: points, explained; ties by a published seed.

A rule version is never changed once a cohort was ranked by it: a new one gets a new name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# v1
POINTS_PER_MEMBER_YEAR, MOST_MEMBER_POINTS = 3, 30
POINTS_PER_WORK_YEAR, MOST_WORK_POINTS = 2, 20
HARDSHIP_POINTS = 15
MODEL_WORKER_POINTS = 15


@dataclass(frozen=True)
class Facts:
    """What the rule may look at; ``key`` names the applicant for the drawing of lots."""

    key: str
    member_since: date | None
    working_since: date | None
    hardship: bool
    model_worker: bool


@dataclass(frozen=True)
class Line:
    """Points for one thing; ``years`` where time was counted."""

    what: str
    points: int
    years: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {"what": self.what, "points": self.points, "years": self.years}


@dataclass(frozen=True)
class Ranked:
    """One applicant's place in the order; ranks run from 1 without gaps or ties."""

    key: str
    rank: int
    score: int
    lines: tuple[Line, ...]


def _years(since: date | None, on: date) -> int:
    # Calendar years: people remember the year, and the rule must not turn on a forgotten month.
    return max(0, on.year - since.year) if since else 0


def _v1(facts: Facts, on: date) -> tuple[Line, ...]:
    member, work = _years(facts.member_since, on), _years(facts.working_since, on)
    return (
        Line("membership", min(member * POINTS_PER_MEMBER_YEAR, MOST_MEMBER_POINTS), member),
        Line("work", min(work * POINTS_PER_WORK_YEAR, MOST_WORK_POINTS), work),
        Line("hardship", HARDSHIP_POINTS if facts.hardship else 0),
        Line("model_worker", MODEL_WORKER_POINTS if facts.model_worker else 0),
    )


_RULES: dict[str, Callable[[Facts, date], tuple[Line, ...]]] = {"v1": _v1}


def score(rule: str, facts: Facts, *, on: date) -> tuple[Line, ...]:
    """How the rule counts one applicant on a day."""
    return _RULES[rule](facts, on)


def lot(seed: str, key: str) -> str:
    """The lot that decides among equal points: SHA-256 of seed and key, the smaller goes first.

    Anyone who knows the published seed can work it out again.
    """
    return hashlib.sha256(f"{seed}:{key}".encode()).hexdigest()


def order(
    rule: str, applicants: Iterable[Facts], *, on: date, seed: str, first_rank: int = 1
) -> list[Ranked]:
    """Everybody in order, best first; the same whatever order they came in."""
    counted = [(facts, score(rule, facts, on=on)) for facts in applicants]
    counted.sort(key=lambda pair: (-sum(line.points for line in pair[1]), lot(seed, pair[0].key)))
    return [
        Ranked(facts.key, rank, sum(line.points for line in lines), lines)
        for rank, (facts, lines) in enumerate(counted, start=first_rank)
    ]


_WORDS: dict[str, Promise] = {
    "membership": gettext_lazy("工会会员年限"),
    "work": gettext_lazy("从业年限"),
    "hardship": gettext_lazy("在档困难职工"),
    "model_worker": gettext_lazy("劳模或先进"),
}


def in_words(line: Mapping[str, Any]) -> str:
    """A stored line as people read it: ``工会会员年限（6 年）``."""
    what = str(_WORDS.get(line["what"], line["what"]))
    if line.get("years") is None:
        return what
    return _("%(what)s（%(years)d 年）") % {"what": what, "years": line["years"]}


def rule_in_words(rule: str) -> list[str]:
    """The rule as it is published, one sentence per line."""
    if rule != "v1":
        return []
    return [
        _("工会会员年限：每年 %(each)d 分，最多 %(most)d 分")
        % {"each": POINTS_PER_MEMBER_YEAR, "most": MOST_MEMBER_POINTS},
        _("从业年限：每年 %(each)d 分，最多 %(most)d 分")
        % {"each": POINTS_PER_WORK_YEAR, "most": MOST_WORK_POINTS},
        _("在档困难职工：%(points)d 分") % {"points": HARDSHIP_POINTS},
        _("劳动模范或区级以上先进：%(points)d 分") % {"points": MODEL_WORKER_POINTS},
        _("同分时按公布的随机种子抽签，任何人都可以复算。"),
    ]
