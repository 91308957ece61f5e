"""The enrollment house's door: what other houses may use."""

from __future__ import annotations

from enrollment.completion.ledger import record_milestone, report_learning
from enrollment.completion.models import Milestone, Standing
from enrollment.completion.rules import LearningFacts
from enrollment.registry.events import StudentMatriculated
from enrollment.registry.intake import Intake, intake_of, open_intake
from enrollment.registry.models import Cohort, Place, Programme, Student
from lms.accounts.models import User


def student_of(user: object) -> Student | None:
    """The student record of a signed-in user who is on the roll and not withdrawn, or None."""
    if not isinstance(user, User):
        return None
    return (
        Student.objects.select_related("cohort", "programme", "org_unit", "user")
        .filter(user=user)
        .exclude(status=Student.Status.WITHDRAWN)
        .first()
    )


__all__ = [
    "Cohort",
    "Intake",
    "LearningFacts",
    "Milestone",
    "Place",
    "Programme",
    "Standing",
    "Student",
    "StudentMatriculated",
    "intake_of",
    "open_intake",
    "record_milestone",
    "report_learning",
    "student_of",
]
