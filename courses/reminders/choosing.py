"""Setting, turning off, turning on again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from django.db import transaction

from courses.reminders.models import Reminder
from enrollment.api import Student
from lms.accounts.models import User
from lms.base import audit


@dataclass(frozen=True)
class Choice:
    """What a student wants; ``by`` None: nothing.

    Args:
        at: when the window begins, by the clock in Shanghai.
        weekdays: ``"135"`` for Monday, Wednesday, Friday.
    """

    by: Reminder.By | None
    at: time
    weekdays: str


def reminder_of(student: Student) -> Reminder | None:
    """The student's own choice, if there ever was one."""
    return Reminder.objects.filter(student=student).first()


@transaction.atomic
def choose(student: Student, choice: Choice, *, by: User, at: datetime) -> Reminder:
    """Remind like this from now on; a time that was chosen is remembered when it is turned off."""
    values = {
        "is_on": choice.by is not None,
        "at": choice.at,
        "weekdays": choice.weekdays,
        "set_at": at,
    }
    if choice.by is not None:
        values["by"] = choice.by
    reminder, _made = Reminder.objects.update_or_create(student=student, defaults=values)
    audit.record(
        "reminder.chosen",
        by=by,
        on=student,
        at=at,
        data={"is_on": reminder.is_on, "by": reminder.by},
    )
    return reminder


@transaction.atomic
def switch(reminder: Reminder, *, on: bool, by: User | None, at: datetime) -> None:
    """Off or on, all else as it was. Twice is once.

    Args:
        by: None when it is done from the message, where nobody is signed in.
    """
    if Reminder.objects.filter(pk=reminder.pk, is_on=not on).update(is_on=on, set_at=at):
        name = "reminder.turned_on" if on else "reminder.turned_off"
        audit.record(name, by=by, on=reminder.student, at=at)
    reminder.refresh_from_db()
