"""A student's own weeks: keeping them, copying them, taking them away again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from courses.tutoring import weeks
from courses.tutoring.models import Station
from courses.tutoring.term_models import ShiftWeek, Whereabouts
from enrollment.api import Student
from lms.accounts.models import User
from lms.base import audit

REACH_MIN = (15, 30, 45, 60)


def _weeks(student: Student) -> QuerySet[ShiftWeek]:
    return ShiftWeek.objects.filter(student=student)


def cells_of(student: Student, monday: date | None) -> str:
    """What the student said about this week; else the usual week; else nothing painted."""
    said = dict(_weeks(student).filter(monday__isnull=True).values_list("monday", "cells"))
    if monday is not None:
        said |= dict(_weeks(student).filter(monday=monday).values_list("monday", "cells"))
    return said.get(monday) or said.get(None) or weeks.EMPTY


def has_said(student: Student) -> bool:
    return _weeks(student).exists()


@transaction.atomic
def keep_week(
    student: Student, cells: str, *, monday: date | None, by: User, at: datetime
) -> ShiftWeek:
    """Note the hours of the usual week (``monday`` None) or of one that differs.

    A week that is like the usual one is no exception and is not kept.
    """
    usual = _weeks(student).filter(monday__isnull=True).values_list("cells", flat=True).first()
    if monday is not None and cells == usual:
        _weeks(student).filter(monday=monday).delete()
        return _weeks(student).get(monday__isnull=True)
    week, _made = ShiftWeek.objects.update_or_create(
        student=student, monday=monday, defaults={"cells": cells, "changed_at": at}
    )
    # That it changed is on the record; when somebody works is nobody's business there.
    audit.record("shifts.kept", by=by, on=student, at=at)
    return week


def copy_last_week(student: Student, *, monday: date, by: User, at: datetime) -> ShiftWeek:
    """Give a week the hours of the week before it."""
    cells = cells_of(student, monday - timedelta(days=7))
    return keep_week(student, cells, monday=monday, by=by, at=at)


@transaction.atomic
def keep_whereabouts(
    student: Student, *, station: Station | None, reach_min: int, at: datetime
) -> None:
    Whereabouts.objects.update_or_create(
        student=student,
        defaults={"station": station, "reach_min": reach_min, "changed_at": at},
    )


@transaction.atomic
def forget(student: Student, *, by: User, at: datetime) -> None:
    """Take away everything the student said about shifts and ways, at once and for good."""
    _weeks(student).delete()
    Whereabouts.objects.filter(student=student).delete()
    audit.record("shifts.forgotten", by=by, on=student, at=at)


def calendars_of(students: Iterable[Student]) -> dict[int, weeks.Calendar]:
    """Student's key → weeks, for those who have said anything: one statement."""
    usual: dict[int, str] = {}
    others: dict[int, dict[date, str]] = {}
    for week in ShiftWeek.objects.filter(student__in=students):
        if week.monday is None:
            usual[week.student_id] = week.cells
        else:
            others.setdefault(week.student_id, {})[week.monday] = week.cells
    return {
        key: weeks.Calendar(usual.get(key, weeks.UNKNOWN), others.get(key, {}))
        for key in {*usual, *others}
    }
