"""Figures per unit and local day: counted anew by jobs, written only where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.db.models import Count
from django.db.models.functions import TruncDate

from enrollment.applications.flow import State
from enrollment.applications.models import Application
from enrollment.completion.models import DayTally
from lms.base import clock

# Cohort, unit, day.
Key = tuple[int, int, date]


@transaction.atomic
def keep(figure: str, counts: Mapping[Key, int], *, since: date | None = None) -> int:
    """Make the days from ``since`` on say what was counted; returns how many did not."""
    rows = DayTally.objects.filter(figure=figure)
    if since is not None:
        rows = rows.filter(day__gte=since)
    known = {
        (cohort, unit, day): (pk, n)
        for pk, cohort, unit, day, n in rows.values_list(
            "pk", "cohort_id", "org_unit_id", "day", "n"
        )
    }
    gone = [pk for key, (pk, _n) in known.items() if not counts.get(key)]
    wrong = {key: n for key, n in counts.items() if n and (key not in known or known[key][1] != n)}
    for first in range(0, len(gone), 500):
        DayTally.objects.filter(pk__in=gone[first : first + 500]).delete()
    DayTally.objects.bulk_create(
        (
            DayTally(figure=figure, cohort_id=cohort, org_unit_id=unit, day=day, n=n)
            for (cohort, unit, day), n in wrong.items()
        ),
        batch_size=500,
        update_conflicts=True,
        unique_fields=["cohort", "figure", "org_unit", "day"],
        update_fields=["n"],
    )
    return len(gone) + len(wrong)


def count_applications() -> int:
    """Applications handed in, by the district asked for; returns how many days were wrong."""
    handed_in = Application.objects.exclude(state=State.DRAFT).exclude(submitted_at=None)
    counts: dict[Key, int] = {}
    for unit in ("enterprise", "district"):
        rows = handed_in.filter(**{f"{unit}__isnull": False})
        if (
            unit == "district"
        ):  # an enterprise union lies in its district, and counts the person there
            rows = rows.filter(enterprise=None)
        found = (
            rows.order_by()
            .values_list(
                "cohort_id", f"{unit}_id", TruncDate("submitted_at", tzinfo=clock.SHANGHAI)
            )
            .annotate(n=Count("pk"))
        )
        for cohort, key, day, n in found:
            counts[cohort, key, day] = counts.get((cohort, key, day), 0) + n
    return keep(DayTally.Figure.APPLIED, counts)
