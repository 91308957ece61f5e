"""Were the signs of the rule right? Every threshold tried on classes that are over.

A sign is silence (days without study) or being short (share of the term gone beyond the share of
units done). Whoever showed it at least once and did not finish was rightly called; whoever finished
all the same was a call too many.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from enrollment.completion import ledger, rules
from enrollment.completion.desk_models import BackTest
from enrollment.completion.models import LearningEntry, Milestone
from enrollment.registry.models import Cohort
from lms.base import clock

SILENT_DAYS = (7, 10, 14, 21, 28)
SHORT_PERCENT = (5, 10, 15, 20, 30)
# A sign of the last weeks comes too late for a call to help.
TOO_LATE = timedelta(weeks=4)


@dataclass(frozen=True)
class Line:
    """One line of the ledger as far as signs are concerned."""

    at: datetime
    last_study_at: datetime | None
    share: float


@dataclass(frozen=True)
class Signs:
    """The worst that one student showed while a call could still help."""

    silent_days: int
    short: float
    finished: bool


def worst(lines: Sequence[Line], term: rules.Term, *, finished: bool) -> Signs:
    """The longest silence and the widest gap of one student's year. Pure.

    Args:
        lines: in the order of the ledger; between two of them nothing was studied.
    """
    last_call = term.ends_at - TOO_LATE
    silent, short = timedelta(), 0.0
    studied, share = term.starts_at, 0.0
    for line in (*lines, None):
        until = min(line.at if line else last_call, last_call)
        if share < 1:
            silent = max(silent, until - studied)
            elapsed = (until - term.starts_at) / (term.ends_at - term.starts_at)
            short = max(short, min(1.0, elapsed) - share)
        if line is None or line.at > last_call:
            break
        studied = max(studied, line.last_study_at or term.starts_at)
        share = line.share
    return Signs(max(0, silent // rules.DAY), short, finished)


def table(found: Iterable[Signs]) -> list[dict[str, Any]]:
    """Per sign and threshold: how many were flagged, and how many of those did not finish."""
    known = list(found)
    rows = []
    for sign, thresholds in (("silent_days", SILENT_DAYS), ("short_percent", SHORT_PERCENT)):
        for threshold in thresholds:
            flagged = [one for one in known if _shows(one, sign, threshold)]
            rows.append(
                {
                    "sign": sign,
                    "threshold": threshold,
                    "flagged": len(flagged),
                    "unfinished": sum(not one.finished for one in flagged),
                }
            )
    return rows


def _shows(one: Signs, sign: str, threshold: int) -> bool:
    if sign == "silent_days":
        return one.silent_days >= threshold
    return one.short * 100 > threshold


def test(cohort: Cohort, *, at: datetime) -> BackTest | None:
    """Try the thresholds on a class that is over, and keep what was found; None if nobody was in it."""
    done = Milestone.objects.filter(student__cohort=cohort, key="programme.completed").order_by()
    finished = set(done.values_list("student_id", flat=True))
    term = ledger.term_of(cohort)
    rows = (
        LearningEntry.objects.filter(student__cohort=cohort)
        .order_by("student_id", "pk")
        .values_list("student_id", "at", "last_study_at", "units_done", "units_required")
    )
    found = [
        worst(
            [Line(when, last, n / of if of else 0.0) for _pk, when, last, n, of in lines],
            term,
            finished=student in finished,
        )
        for student, lines in groupby(rows.iterator(2000), key=lambda row: row[0])
    ]
    if not found:
        return None
    kept, _new = BackTest.objects.update_or_create(
        cohort=cohort,
        defaults={
            "at": at,
            "students": len(found),
            "finished": sum(one.finished for one in found),
            "rows": table(found),
        },
    )
    return kept


def test_all(*, at: datetime) -> int:
    """Every class that is over and was not tried since; returns how many were."""
    over = Cohort.objects.filter(ends_on__lt=clock.local_date(at), students__isnull=False)
    untried = over.filter(back_test=None).distinct()
    return sum(test(cohort, at=at) is not None for cohort in untried)
