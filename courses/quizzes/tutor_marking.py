"""Answers that a person reads: the tutor's queue, and marks by rubric."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from courses.learning import access
from courses.quizzes import grading, kinds
from courses.quizzes.models import Attempt, Grading, QuestionVersion, TutorMark
from courses.tutoring import queries
from lms.accounts.models import User
from lms.base import audit, storable
from lms.base.errors import Refused


class MarkUnfit(Refused):
    """Points that the rubric does not know."""

    sentence = _("分数不对：每一项请填 0 到这一项满分之间的整数。")
    status = 400


class NothingToMark(Refused):
    """It is not handed in, or nothing of it is for a tutor."""

    sentence = _("这份作答不需要批改。请刷新页面看最新情况。")


def within_reach(tutor: User, *, at: datetime) -> QuerySet[Attempt]:
    """Handed-in attempts of the tutor's own students."""
    students = queries.students_of(tutor, at=at).values("pk")
    return Attempt.objects.filter(student__in=students, submitted_at__isnull=False)


def waiting(tutor: User, *, at: datetime) -> QuerySet[Attempt]:
    """What the tutor has to read, the oldest first."""
    rows = within_reach(tutor, at=at).filter(pending=True).select_related("student__user", "quiz")
    return rows.order_by("submitted_at", "pk")


def rubric_of(version: QuestionVersion, points: int) -> list[dict[str, object]]:
    """What a tutor marks by; without a rubric one line with all the points."""
    return list(version.body.get("rubric") or [{"text": str(_("整体")), "points": points}])


@transaction.atomic
def mark(
    attempt: Attempt,
    version: QuestionVersion,
    given: Sequence[int],
    *,
    comment: str = "",
    by: User,
    at: datetime,
) -> TutorMark:
    """Mark one answer; marking it again appends, and the newest counts.

    Args:
        given: points for each line of the rubric, in its order.

    Raises:
        NothingToMark: not handed in, not asked, or not for a tutor.
        MarkUnfit: points that the rubric does not know.
    """
    most = dict(attempt.version_ids).get(version.pk)
    if attempt.submitted_at is None or most is None or version.question.kind not in kinds.BY_TUTOR:
        raise NothingToMark(attempt)
    rubric = rubric_of(version, most)
    limits = [int(str(row["points"])) for row in rubric]
    if len(given) != len(limits) or any(
        not 0 <= points <= limit for points, limit in zip(given, limits, strict=False)
    ):
        raise MarkUnfit(attempt)
    access.hold(attempt.student, at=at)
    made = TutorMark.objects.create(
        attempt=attempt, version=version, share=sum(given) / sum(limits), rubric=list(given),
        comment=storable.text(comment)[:2000], by=by, at=at,
    )  # fmt: skip
    attempt.refresh_from_db(fields=["score", "passed", "pending"])
    grading.grade(attempt, reason=Grading.Reason.TUTOR, by=by, at=at)
    grading.count(attempt, at=at)
    audit.record("answer.marked", by=by, on=attempt, at=at, data={"points": list(given)})
    return made
