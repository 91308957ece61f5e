"""Calls that officers made: who, when, what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from enrollment.completion.models import Call, Standing
from enrollment.registry.models import Student
from lms.accounts.models import User
from lms.base import audit

# So long after a call somebody is not called again about the same.
REST = timedelta(days=7)


@transaction.atomic
def log(student: Student, outcome: str, *, note: str, by: User, at: datetime) -> Call:
    """Write down what came of a call."""
    call = Call.objects.create(
        student=student, outcome=Call.Outcome(outcome), note=note.strip(), at=at, by=by
    )
    audit.record("student.called", by=by, on=student, at=at, data={"outcome": call.outcome})
    return call


def with_last_call(standings: QuerySet[Standing]) -> QuerySet[Standing]:
    """The last call beside each, as ``called_at`` and ``call_outcome``."""
    last = Call.objects.filter(student=OuterRef("student")).order_by("-at")
    return standings.annotate(
        called_at=Subquery(last.values("at")[:1]),
        call_outcome=Subquery(last.values("outcome")[:1]),
    )
