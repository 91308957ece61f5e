"""By when a reviewer decides, and how long somebody has waited beyond it, in words and as a tag."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.applications import deadlines
from enrollment.applications.models import Application
from lms.base import clock


def _day(application: Application) -> date | None:
    return deadlines.due_on(
        application.state, application.state_since, decides_on=application.cohort.decides_on
    )


def _waited(application: Application, today: date) -> str:
    waited = (today - clock.local_date(application.state_since)).days
    return _("已等 %(days)d 天，超期") % {"days": waited}


def in_words(application: Application, *, today: date) -> str:
    """One line for the head of a case; empty where nothing is awaited."""
    day = _day(application)
    if day is None:
        return ""
    if day < today:
        return _waited(application, today)
    return _("请在 %(day)s前办理") % {"day": date_format(day, _("n月j日"))}


def tag(application: Application, *, today: date) -> dict[str, str]:
    """The tag of a row in a stage of review, where something is always awaited."""
    day = _day(application)
    assert day is not None  # noqa: S101 - for the type checker
    if day < today:
        return {"label": _waited(application, today), "tone": "accent", "icon": "warning"}
    label = _("%(day)s前办") % {"day": date_format(day, _("n月j日"))}
    return {
        "label": label,
        "tone": "warn" if (day - today).days <= 1 else "neutral",
        "icon": "clock",
    }
