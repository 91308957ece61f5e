"""The weekly goal: chosen by the student, rest days are free."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.db import transaction

from courses.learning import access
from courses.learning.models import Learner
from enrollment.api import Student
from lms.accounts.models import User
from lms.base import audit


class GoalForm(forms.Form):
    """Study days a week."""

    days = forms.IntegerField(min_value=1, max_value=7)


@transaction.atomic
def set_goal(student: Student, days: int, *, by: User, at: datetime) -> None:
    """Study this many days a week from now on."""
    access.hold(student, at=at)
    Learner.objects.filter(student=student).update(goal_days=days)
    audit.record("learner.goal_set", by=by, on=student, at=at, data={"days": days})
