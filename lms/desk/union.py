"""The union's home: how the class does, district by district, and whom to call."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enrollment.completion.models import Standing
from enrollment.completion.scope import READERS
from lms.accounts import policies
from lms.base import clock
from lms.desk import choosing, union_words
from lms.desk.completion import WEEKS, Completion

FIRST_TO_CALL = 8


@policies.roles(*READERS)
@require_safe
def union(request: HttpRequest) -> HttpResponse:
    """Ring, bars, funnel, study strip, classes side by side and the first people to call."""
    completion = choosing.chosen(request)
    if completion is None:
        return render(request, "lms/desk/union_empty.html")
    behind = completion.behind()[:FIRST_TO_CALL]
    context = {
        **choosing.frame(completion, "union"),
        **board(completion),
        "checked": union_words.checked(completion.cohort, completion.at),
        "behind": [
            union_words.behind_row(standing, completion.cohort, completion.scope, completion.at)
            for standing in behind
        ],
        "behind_url": choosing.address("union_behind", completion.cohort),
        "cohorts_url": choosing.address("union_cohorts", completion.cohort),
        "compared": cohort_bars(completion),
    }
    return render(request, "lms/desk/union.html", context)


@policies.roles(*READERS)
@require_safe
def wall(request: HttpRequest) -> HttpResponse:
    """The same figures for a screen in the hall: nobody's name, drawn large, looks again by itself."""
    completion = choosing.must_choose(request)
    shown = board(completion)
    context = {
        **shown,
        # A screen in a hall leads nowhere.
        "wall_bars": [{**bar, "url": ""} for bar in shown["district_bars"]],
        "cohort": completion.cohort,
        "checked": union_words.checked(completion.cohort, completion.at),
        "moment": clock.local(completion.at),
        "union_url": choosing.address("union", completion.cohort),
    }
    return render(request, "lms/desk/union_wall.html", context)


def board(completion: Completion) -> dict[str, Any]:
    """Figures and charts of one class."""
    names = {
        "applied": _("报名"), "admitted": _("录取"), "studying": _("在学"), "finished": _("完成"),
    }  # fmt: skip
    figures = completion.figures
    return {
        "students": completion.students,
        "by_state": {state: figures[state] for state in Standing.State.values},
        "mean_percent": completion.mean_percent,
        "district_bars": [
            {
                "label": row.unit.short_name,
                "value": row.finished,
                "total": row.students,
                "note": _("%(n)d 人落后") % {"n": row.behind} if row.behind else "",
                "url": choosing.address("union_behind", completion.cohort, district=row.unit.code),
            }
            for row in completion.districts
        ],
        "funnel": [{"label": names[code], "value": n} for code, n in completion.funnel],
        "studied": completion.minutes_by_day,
        "steps": heat_steps(completion.students),
        "today": clock.local_date(completion.at),
        "weeks": WEEKS,
    }


def heat_steps(people: int) -> list[int]:
    """Minutes of all from which a day is drawn darker: a twentieth, a fifth, a half of everybody's half hour.

    By the size of the group, not by its best day: a quiet month must not look like a busy one.
    """
    half_hours = 30 * people
    return [1, max(2, half_hours // 20), max(3, half_hours // 5), max(4, half_hours // 2)]


def cohort_bars(completion: Completion) -> list[dict[str, Any]]:
    """Classes side by side: who finished of how many, the mean beside it."""
    return [
        {
            "label": row.cohort.name,
            "value": row.figures["finished"],
            "total": row.figures["students"],
            "note": _("平均 %(percent)d%%") % {"percent": row.mean_percent},
            "url": choosing.address("union", row.cohort),
        }
        for row in completion.compared
    ]
