"""The ledger of achievements and the standing derived from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from enrollment.completion import rules, tallies
from enrollment.completion.models import LearningEntry, Milestone, Standing
from enrollment.registry.models import Cohort, Student
from lms.base import clock

COUNTS = (
    "units_done", "units_required", "courses_done", "courses_required", "meetings_attended",
    "minutes_left",
)  # fmt: skip
# What a comparison with the ledger looks at; the moment of writing is not part of the truth.
DERIVED = (
    "state", "share", *COUNTS, "last_study_at", "reasons", "rule_version", "ledger_sha256",
    "cohort_id", "org_unit_id",
)  # fmt: skip


def canonical(evidence: Mapping[str, Any]) -> str:
    """The one way in which evidence is written before its hash is taken."""
    return json.dumps(evidence, sort_keys=True, cls=DjangoJSONEncoder)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def record_milestone(
    student: Student,
    *,
    key: str,
    at: datetime,
    evidence: dict[str, Any],
    recorded_at: datetime | None = None,
) -> Milestone:
    """Write an achievement once; the same key again gives the row that exists.

    Args:
        key: e.g. ``course.completed:<uuid>``.
        at: when it was achieved (may be earlier than now: phones come back online late).
        evidence: identifiers and figures that prove it; its hash is kept beside it.
    """
    text = canonical(evidence)
    milestone, created = Milestone.objects.get_or_create(
        student=student,
        key=key,
        defaults={
            "at": at,
            "recorded_at": recorded_at or at,
            "rule_version": student.cohort.completion_rule,
            "evidence": json.loads(text),
            "evidence_sha256": digest(text),
        },
    )
    if created and (row := tallies.month_row(student, key, at, evidence)) is not None:
        row.save()
    return milestone


def term_of(cohort: Cohort) -> rules.Term:
    return term_between(cohort.starts_on, cohort.ends_on)


def term_between(first: date, last: date) -> rules.Term:
    """The time from the first day of class to the end of the last."""
    return rules.Term(clock.start_of_day(first), clock.end_of_day(last))


# ---------------------------------------------------------------- facts in, standing out


def entry_of(
    student: Student, facts: rules.LearningFacts, chained_to: str, *, at: datetime
) -> LearningEntry:
    """The ledger's line for these facts, not saved; ``chained_to`` is the hash of the line before."""
    entry = LearningEntry(
        student=student,
        at=at,
        units_done=facts.units_done,
        units_required=facts.units_required,
        courses_done=facts.courses_done,
        courses_required=facts.courses_required,
        meetings_attended=facts.meetings_attended,
        minutes_left=clock.whole_minutes(facts.seconds_left),
        last_study_at=facts.last_study_at,
        rule_version=student.cohort.completion_rule,
    )
    entry.sha256 = chain(entry, chained_to)
    return entry


def chain(entry: LearningEntry, before: str) -> str:
    """The hash of a line: of the line before it, whose it is, when, and its figures."""
    told = {name: getattr(entry, name) for name in COUNTS}
    last = entry.last_study_at
    told |= {
        "before": before,
        "student": entry.student_id,
        "at": entry.at.timestamp(),
        "last_study_at": last.timestamp() if last else None,
        "rule": entry.rule_version,
    }
    return digest(canonical(told))


def facts_in(entry: LearningEntry) -> rules.LearningFacts:
    return rules.LearningFacts(
        units_done=entry.units_done,
        units_required=entry.units_required,
        courses_done=entry.courses_done,
        courses_required=entry.courses_required,
        meetings_attended=entry.meetings_attended,
        seconds_left=entry.minutes_left * 60,
        last_study_at=entry.last_study_at,
    )


def stand(
    student: Student, entry: LearningEntry, rule: str, term: rules.Term, *, judged_at: datetime
) -> Standing:
    """Where the student stands by the last line of the ledger and the cohort's rule. Pure, not saved.

    Args:
        term: the cohort's, as its dates were at that moment.
    """
    verdict = rules.judge(rule, facts_in(entry), term, judged_at, student.status)
    return Standing(
        student=student,
        cohort_id=student.cohort_id,
        org_unit_id=student.org_unit_id,
        state=verdict.state,
        share=verdict.share,
        last_study_at=entry.last_study_at,
        reasons=[asdict(reason) for reason in verdict.reasons],
        rule_version=rule,
        ledger_sha256=entry.sha256,
        updated_at=judged_at,
        **{name: getattr(entry, name) for name in COUNTS},
    )


@transaction.atomic
def report_learning(student: Student, facts: rules.LearningFacts, *, at: datetime) -> Standing:
    """Take the facts that ``courses`` counted, write the ledger's line and roll the standing up.

    Call it in the transaction of what changed the facts, after the student was held: two lines of
    one student are never written at once.
    """
    known = Standing.objects.filter(student=student).first()
    entry = entry_of(student, facts, known.ledger_sha256 if known else "", at=at)
    if known is None or not _says_the_same(known, entry):
        entry.save()
    else:
        entry.sha256 = known.ledger_sha256
    return _write(student, entry, known, at=at)


def _says_the_same(known: Standing, entry: LearningEntry) -> bool:
    names = (*COUNTS, "last_study_at", "rule_version")
    return all(getattr(known, name) == getattr(entry, name) for name in names)


def _write(
    student: Student, entry: LearningEntry, known: Standing | None, *, at: datetime
) -> Standing:
    before = tallies.weight(known, student)
    cohort = student.cohort
    standing = stand(student, entry, cohort.completion_rule, term_of(cohort), judged_at=at)
    if known is None:
        standing.save(force_insert=True)
    else:
        standing.pk = known.pk
        standing.save(force_update=True)
    tallies.add([tallies.shift(student, before, tallies.weight(standing, student))])
    if standing.state == Standing.State.FINISHED:
        record_milestone(
            student,
            key="programme.completed",
            at=at,
            evidence={"courses": entry.courses_done, "units": entry.units_done},
        )
    return standing


def last_entry(student: Student) -> LearningEntry | None:
    return LearningEntry.objects.filter(student=student).order_by("-id").first()


@transaction.atomic
def judge_one(student: Student, *, at: datetime) -> Standing | None:
    """Judge a student anew, after something other than learning changed (the status, the unit)."""
    known = Standing.objects.filter(student=student).first()
    entry = last_entry(student)
    if known is None or entry is None:
        return None
    return _write(student, entry, known, at=at)


def judge_again(cohort: Cohort, *, at: datetime) -> int:
    """Judge every student of a cohort anew as time passes; returns how many changed."""
    changed = 0
    term = term_of(cohort)
    found = Standing.objects.filter(cohort=cohort).select_related("student")
    for standing in found.defer("student__id_number", "student__id_lookup").iterator(2000):
        facts = rules.LearningFacts(
            units_done=standing.units_done,
            units_required=standing.units_required,
            courses_done=standing.courses_done,
            courses_required=standing.courses_required,
            meetings_attended=standing.meetings_attended,
            seconds_left=standing.minutes_left * 60,
            last_study_at=standing.last_study_at,
        )
        status = standing.student.status
        verdict = rules.judge(cohort.completion_rule, facts, term, at, status)
        reasons = [asdict(reason) for reason in verdict.reasons]
        shown = (standing.state, standing.share, standing.reasons)
        if shown != (verdict.state, verdict.share, reasons):
            changed += _judge_anew(standing, verdict, reasons, at=at)
    return changed


@transaction.atomic
def _judge_anew(
    standing: Standing, verdict: rules.Verdict, reasons: list[dict[str, Any]], *, at: datetime
) -> int:
    before = tallies.weight(standing, standing.student)
    # Named by the moment it was read at: a report that came in between wins.
    unchanged = Standing.objects.filter(pk=standing.pk, updated_at=standing.updated_at)
    said = {"state": verdict.state, "share": verdict.share, "reasons": reasons}
    if not unchanged.update(**said, updated_at=at):
        return 0
    standing.state, standing.share = verdict.state, verdict.share
    after = tallies.weight(standing, standing.student)
    tallies.add([tallies.shift(standing.student, before, after)])
    return 1
