"""What everybody may know of the class in figures: sums, and nothing about a few people.

A figure of fewer than ``LEAST`` people is not said. Nor can it be had by subtraction: the smallest cell
that is said goes as well where exactly one would be hidden.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db.models import Count, Sum

from enrollment.completion.models import Milestone, Standing
from enrollment.fees.models import FundEntry
from enrollment.registry.models import Cohort, Student
from lms.base import clock

LEAST = 5
K = TypeVar("K")
Status = Student.Status


@dataclass(frozen=True)
class ClassFigures:
    """One class; None where the figure would be about a few people."""

    cohort: Cohort
    students: int | None
    finished: int | None
    programmes: Sequence[tuple[str, int | None]]


@dataclass(frozen=True)
class PublicFigures:
    """All classes that have begun."""

    students: int | None
    finished: int | None
    courses: int | None
    paid_fen: int | None
    classes: Sequence[ClassFigures]


def said(count: int) -> int | None:
    """The count, or None where it is about a few people; nobody at all is no secret."""
    return count if count == 0 or count >= LEAST else None


def cells(counts: Mapping[K, int]) -> dict[K, int | None]:
    """Cells of one total. If exactly one is hidden, the next smallest is hidden with it. Pure."""
    shown = {name: said(count) for name, count in counts.items()}
    hidden = [name for name, count in shown.items() if count is None]
    if len(hidden) == 1:
        others = [name for name, count in counts.items() if name not in hidden and count]
        if others:
            shown[min(others, key=lambda name: counts[name])] = None
    return shown


def figures(at: datetime) -> PublicFigures:
    """The figures of all classes that have begun by now; a few queries for any number."""
    cohorts = list(Cohort.objects.filter(starts_on__lte=clock.local_date(at)))
    on_the_roll = Student.objects.filter(cohort__in=cohorts).exclude(status=Status.WITHDRAWN)
    by_programme: dict[int, dict[str, int]] = {cohort.pk: {} for cohort in cohorts}
    counted = on_the_roll.order_by().values_list("cohort", "programme__title")
    for cohort, title, n in counted.annotate(n=Count("pk")):
        by_programme[cohort][title] = n
    finished = dict(
        Standing.objects.filter(cohort__in=cohorts, state=Standing.State.FINISHED)
        .exclude(student__status=Status.WITHDRAWN)
        .order_by()
        .values_list("cohort")
        .annotate(n=Count("pk"))
    )
    people = {pk: sum(each.values()) for pk, each in by_programme.items()}
    # The classes are cells of the totals above them: what one hides is not had from the others.
    students, done_with = cells(people), cells({pk: finished.get(pk, 0) for pk in people})
    paid = FundEntry.objects.filter(student__cohort__in=cohorts).aggregate(
        fen=Sum("amount_fen"), people=Count("student", distinct=True)
    )
    done = Milestone.objects.filter(key__startswith="course.completed:").aggregate(
        n=Count("pk"), people=Count("student", distinct=True)
    )
    return PublicFigures(
        students=said(sum(people.values())),
        finished=said(sum(finished.values())),
        courses=done["n"] if said(done["people"]) is not None else None,
        paid_fen=(paid["fen"] or 0) if said(paid["people"]) is not None else None,
        classes=[
            ClassFigures(
                cohort,
                students[cohort.pk],
                done_with[cohort.pk],
                _parts(by_programme[cohort.pk], students[cohort.pk]),
            )
            for cohort in cohorts
        ],
    )


def _parts(counts: Mapping[str, int], whole: int | None) -> list[tuple[str, int | None]]:
    """The programmes of a class; none of them where their sum must not be known."""
    if whole is None:
        return [(title, None) for title in counts]
    return list(cells(counts).items())
