"""Sentences of the union's desk: rows of people, the last comparison with the ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.completion import words
from enrollment.completion.models import Call, Standing
from enrollment.completion.scope import Scope
from enrollment.registry.models import Cohort
from lms.base import clock

_OUTCOMES = dict(Call.Outcome.choices)
# After these the officer need not ring again about the same.
_SETTLED = frozenset({Call.Outcome.WILL_STUDY, Call.Outcome.WANTS_LEAVE, Call.Outcome.WANTS_OUT})


def checked(cohort: Cohort, now: datetime) -> dict[str, str]:
    """What the last comparison with the ledger found, and whether somebody has to look: {text, tone}."""
    at: datetime | None = cohort.checked_at  # type: ignore[attr-defined]
    if at is None:
        return {"text": _("还没有与台账核对过"), "tone": "info"}
    n: int = cohort.check_differences  # type: ignore[attr-defined]
    local = clock.local(at)
    when = words.ago(at, now)
    if when == _("今天") and local.hour < 12:
        when = _("今早")
    told = {"when": when, "time": f"{local:%H:%M}", "n": n}
    if n:
        text = _("%(when)s %(time)s 与台账核对：%(n)d 处不同，已按台账改正") % told
        return {"text": text, "tone": "warn"}
    return {"text": _("%(when)s %(time)s 与台账核对：0 处不同") % told, "tone": "good"}


def behind_row(standing: Standing, cohort: Cohort, scope: Scope, now: datetime) -> dict[str, Any]:
    """A person to call: why, what it takes, what to suggest, and the last call."""
    student = standing.student
    why = words.why(standing, cohort, at=now)
    minutes = words.minutes_to_catch_up(standing)
    called_at: datetime | None = standing.called_at  # type: ignore[attr-defined]
    outcome: str | None = standing.call_outcome  # type: ignore[attr-defined]
    return {
        "id": f"s{student.pk}",
        "name": student.name,
        "url": reverse("desk:union_call", args=[student.uuid]),
        "why": why,
        "note": _("%(why)s。补上约需 %(minutes)d 分钟") % {"why": why, "minutes": minutes},
        "step": words.next_step(standing.reasons, minutes),
        "where": _("%(programme)s，%(unit)s") % {
            "programme": student.programme.title,
            "unit": scope.units[student.org_unit_id].short_name,
        },
        "tag": _("%(when)s：%(outcome)s") % {
            "when": words.ago(called_at, now), "outcome": _OUTCOMES[outcome],
        } if called_at and outcome else "",
        "tone": "good" if outcome in _SETTLED else "neutral",
    }  # fmt: skip
