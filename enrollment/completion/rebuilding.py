"""Deriving everything again from the ledger, and comparing it with what the pages show."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, QuerySet

from enrollment.completion import ledger, rules, tallies
from enrollment.completion.models import LearningEntry, Milestone, Reconciliation, Standing
from enrollment.registry.models import Cohort, Student

# Columns of a student that decide cells and verdicts; never the number of the identity card.
_OF_STUDENT = ("pk", "status", *tallies.CELL)
Figures = Mapping[Any, Any]


@dataclass(frozen=True)
class Picture:
    """All that is derived of one cohort: standings by student, cells, months."""

    standings: Figures
    cells: Figures
    months: Figures

    def differs_from(self, other: Picture) -> Picture:
        """What is not the same in both, per kind, by key."""
        return Picture(
            _differences(self.standings, other.standings),
            _differences(self.cells, other.cells),
            _differences(self.months, other.months),
        )

    @property
    def size(self) -> int:
        return len(self.standings) + len(self.cells) + len(self.months)


def _differences(one: Figures, other: Figures) -> Figures:
    keys = one.keys() | other.keys()
    return {key: (one.get(key), other.get(key)) for key in keys if one.get(key) != other.get(key)}


def stored(cohort: Cohort) -> Picture:
    """What the pages read now."""
    rows = Standing.objects.filter(cohort=cohort).values("student_id", *ledger.DERIVED)
    return Picture(
        {row["student_id"]: _plain(row) for row in rows.iterator(2000)},
        tallies.stored_cells(cohort),
        tallies.stored_months(cohort),
    )


def _plain(row: dict[str, Any]) -> tuple[Any, ...]:
    reasons = tuple((reason["code"], reason["figure"]) for reason in row["reasons"])
    return tuple(reasons if name == "reasons" else row[name] for name in ledger.DERIVED)


@dataclass(frozen=True)
class Sources:
    """What figures are derived from: the roll, its people's lines and achievements, the class's term."""

    roll: Mapping[int, Student]
    entries: QuerySet[LearningEntry]
    milestones: QuerySet[Milestone]
    term: rules.Term


def everything(cohort: Cohort) -> Sources:
    """All that is written of the cohort by now."""
    roll = {
        student.pk: student for student in Student.objects.filter(cohort=cohort).only(*_OF_STUDENT)
    }
    return Sources(
        roll,
        LearningEntry.objects.filter(student__cohort=cohort),
        Milestone.objects.filter(student__cohort=cohort),
        ledger.term_of(cohort),
    )


def derive(cohort: Cohort, sources: Sources, *, at: datetime) -> Iterator[Standing]:
    """Every standing as the last lines have it, judged at that moment; not saved."""
    last = sources.entries.order_by().values("student").annotate(last=Max("pk")).values("last")
    for entry in LearningEntry.objects.filter(pk__in=last).order_by().iterator(2000):
        student = sources.roll[entry.student_id]
        yield ledger.stand(student, entry, cohort.completion_rule, sources.term, judged_at=at)


def derived(cohort: Cohort, *, at: datetime, sources: Sources | None = None) -> Picture:
    """What the pages ought to read, from the ledger alone.

    Args:
        sources: of another moment than now; see ``past``.
    """
    known = sources or everything(cohort)
    standings, cells = {}, Counter[tuple[tallies.Cell, str]]()
    for standing in derive(cohort, known, at=at):
        row = {name: getattr(standing, name) for name in ledger.DERIVED}
        standings[standing.student_id] = _plain(row)
        key = tuple(tallies.cell_of(standing.student).values())
        for name, figure in tallies.weight(standing, standing.student).items():
            cells[key, name] += figure
    keys = {key for key, _name in cells}
    summed = {key: tuple(cells[key, name] for name in tallies.FIGURES) for key in keys}
    return Picture(
        standings,
        {key: figures for key, figures in summed.items() if any(figures)},
        _months(known),
    )


def _months(sources: Sources) -> Figures:
    months: Counter[tallies.Cell] = Counter()
    rows = sources.milestones.order_by().values_list("student_id", "key", "at", "evidence")
    for student_id, key, at, evidence in rows.iterator(2000):
        row = tallies.month_row(sources.roll[student_id], key, at, evidence)
        if row is not None:
            months[tuple(getattr(row, name) for name in tallies.MONTH_CELL)] += row.n
    return {key: n for key, n in months.items() if n}


def rebuild(cohort: Cohort, *, at: datetime) -> None:
    """Throw away everything derived of the cohort and derive it again from the ledger."""
    with tallies.one_view():
        Standing.objects.filter(cohort=cohort).delete()
        sources = everything(cohort)
        Standing.objects.bulk_create(derive(cohort, sources, at=at), batch_size=500)
        picture = derived(cohort, at=at, sources=sources)
        tallies.write_cells(cohort, picture.cells, picture.months)


def broken_evidence(cohort: Cohort) -> int:
    """Lines of the ledger whose hash does not fit what they say."""
    milestones = Milestone.objects.filter(student__cohort=cohort).order_by()
    broken = sum(
        ledger.digest(ledger.canonical(evidence)) != sha256
        for evidence, sha256 in milestones.values_list("evidence", "evidence_sha256").iterator(2000)
    )
    before: tuple[int, str] = (0, "")
    entries = LearningEntry.objects.filter(student__cohort=cohort).order_by("student_id", "pk")
    for entry in entries.iterator(2000):
        chained_to = before[1] if before[0] == entry.student_id else ""
        broken += ledger.chain(entry, chained_to) != entry.sha256
        before = entry.student_id, entry.sha256
    return broken


def reconcile(*, at: datetime) -> Reconciliation:
    """Compare every cohort with its ledger, put right what differs, and write down what was found."""
    found: Counter[str] = Counter()
    for cohort in Cohort.objects.filter(students__isnull=False).distinct():
        ledger.judge_again(cohort, at=at)
        with tallies.one_view():
            shown, truth = stored(cohort), derived(cohort, at=at)
        wrong = truth.differs_from(shown)
        found.update(
            standings=len(truth.standings),
            standing_differences=len(wrong.standings),
            cells=len(truth.cells) + len(truth.months),
            cell_differences=len(wrong.cells) + len(wrong.months),
            broken_evidence=broken_evidence(cohort),
        )
        if wrong.size:
            rebuild(cohort, at=at)
        else:
            tallies.fold(cohort)
    return Reconciliation.objects.create(at=at, **{name: found[name] for name in _COUNTED})


_COUNTED = (
    "standings", "standing_differences", "cells", "cell_differences", "broken_evidence",
)  # fmt: skip


def say(picture: Picture) -> str:
    """Some of the differences as text, for whoever looks into them."""
    some = [*picture.standings.items(), *picture.cells.items(), *picture.months.items()][:20]
    return json.dumps(some, default=str, ensure_ascii=False)
