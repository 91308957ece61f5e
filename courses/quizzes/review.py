"""Questions that were imported wait until somebody has read them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from courses.quizzes.models import Question
from lms.accounts.models import User
from lms.base import audit

Review = Question.Review
DECISIONS = (Review.READY, Review.RETURNED, Review.RETIRED)


@transaction.atomic
def decide(
    questions: Iterable[Question], decision: str, *, note: str = "", by: User, at: datetime
) -> int:
    """Say of these questions whether they may be asked; answers how many changed.

    Raises:
        ValueError: not a decision.
    """
    if decision not in DECISIONS:
        raise ValueError(decision)
    wanted = Question.objects.filter(pk__in=[question.pk for question in questions])
    changed = list(wanted.exclude(review=decision))
    Question.objects.filter(pk__in=[question.pk for question in changed]).update(
        review=decision, review_note=note[:300], reviewed_by=by, reviewed_at=at
    )
    audit.record_many(f"question.{decision}", by=by, on=changed, at=at)
    return len(changed)
