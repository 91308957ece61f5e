"""From an accepted offer to the roll."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from enrollment.applications import moves
from enrollment.applications.flow import State
from enrollment.applications.models import Application
from enrollment.registry import roll
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import User


@transaction.atomic
def matriculate(application: Application, *, by: User | None, at: datetime) -> Student:
    """Put one person who accepted on the roll.

    Raises:
        moves.NotNow, moves.AlreadyMoved: not accepted, or already done.
    """
    moves.move(application, State.MATRICULATED, by=by, at=at)
    unit = application.enterprise or application.district or application.cohort.city
    return roll.matriculate(application, org_unit=unit, by=by, at=at)


def matriculate_accepted(cohort: Cohort, *, by: User | None, at: datetime) -> list[Student]:
    """Put everybody who accepted on the roll, each in a transaction of their own."""
    accepted = Application.objects.filter(cohort=cohort, state=State.ACCEPTED).select_related(
        "cohort__city", "district", "enterprise", "place__programme", "user"
    )
    students = []
    for application in accepted.order_by("rank"):
        try:
            students.append(matriculate(application, by=by, at=at))
        except moves.AlreadyMoved:
            continue
    return students
