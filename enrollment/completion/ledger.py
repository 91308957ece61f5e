"""The ledger of achievements and the standing derived from facts."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from enrollment.completion import rules
from enrollment.completion.models import Milestone, Standing
from enrollment.registry.models import Cohort, Student
from lms.base import clock


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
    canonical = json.dumps(evidence, sort_keys=True, cls=DjangoJSONEncoder)
    milestone, _created = Milestone.objects.get_or_create(
        student=student,
        key=key,
        defaults={
            "at": at,
            "recorded_at": recorded_at or at,
            "rule_version": student.cohort.completion_rule,
            "evidence": json.loads(canonical),
            "evidence_sha256": hashlib.sha256(canonical.encode()).hexdigest(),
        },
    )
    return milestone


def term_of(cohort: Cohort) -> rules.Term:
    return rules.Term(clock.start_of_day(cohort.starts_on), clock.end_of_day(cohort.ends_on))


@transaction.atomic
def report_learning(student: Student, facts: rules.LearningFacts, *, at: datetime) -> Standing:
    """Take the facts that ``courses`` counted and roll the standing up, in the caller's transaction."""
    verdict = rules.judge(student.cohort.completion_rule, facts, term_of(student.cohort), at)
    standing, _created = Standing.objects.update_or_create(
        student=student,
        defaults={
            "state": verdict.state,
            "share": verdict.share,
            "units_done": facts.units_done,
            "units_required": facts.units_required,
            "courses_done": facts.courses_done,
            "courses_required": facts.courses_required,
            "meetings_attended": facts.meetings_attended,
            "minutes_left": -(-facts.seconds_left // 60),
            "last_study_at": facts.last_study_at,
            "reasons": [asdict(reason) for reason in verdict.reasons],
            "rule_version": student.cohort.completion_rule,
            "updated_at": at,
        },
    )
    if verdict.state == Standing.State.FINISHED:
        record_milestone(
            student,
            key="programme.completed",
            at=at,
            evidence={"courses": facts.courses_done, "units": facts.units_done},
        )
    return standing


def judge_again(cohort: Cohort, *, at: datetime) -> int:
    """Judge every student of a cohort anew as time passes; returns how many changed."""
    changed = 0
    term = term_of(cohort)
    for standing in Standing.objects.filter(student__cohort=cohort).iterator():
        facts = rules.LearningFacts(
            units_done=standing.units_done,
            units_required=standing.units_required,
            courses_done=standing.courses_done,
            courses_required=standing.courses_required,
            meetings_attended=standing.meetings_attended,
            seconds_left=standing.minutes_left * 60,
            last_study_at=standing.last_study_at,
        )
        verdict = rules.judge(cohort.completion_rule, facts, term, at)
        reasons = [asdict(reason) for reason in verdict.reasons]
        if (standing.state, standing.reasons) != (verdict.state, reasons):
            # Named by the moment it was read at: a report that came in between wins.
            changed += Standing.objects.filter(
                pk=standing.pk, updated_at=standing.updated_at
            ).update(state=verdict.state, reasons=reasons, updated_at=at)
    return changed
