"""The minutes of everybody, per unit of the union and day, for the strip of the union's desk."""

from __future__ import annotations

from datetime import date

from django.db.models import Sum

from courses.learning.models import StudyDay
from enrollment.api import keep_days


def count(since: date | None = None) -> int:
    """Count the days from ``since`` on anew (None: all); returns how many were wrong.

    Phones tell of a day up to a week late, and a student takes their days along to another union.
    """
    rows = StudyDay.objects.all()
    if since is not None:
        rows = rows.filter(day__gte=since)
    found = (
        rows.order_by()
        .values_list("student__cohort_id", "student__org_unit_id", "day")
        .annotate(seconds=Sum("seconds"))
    )
    return keep_days(
        "minutes",
        {(cohort, unit, day): seconds // 60 for cohort, unit, day, seconds in found},
        since=since,
    )
