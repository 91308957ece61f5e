"""Moving the dates of a class as a registrar does."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, datetime

from enrollment.registry import setting_up
from enrollment.registry.models import Cohort


def move(cohort: Cohort, starts_on: date, ends_on: date, *, at: datetime) -> None:
    """Another first and last day of class; all else stays."""
    dates = setting_up.Dates(**{f.name: getattr(cohort, f.name) for f in fields(setting_up.Dates)})
    money = setting_up.Money(**{f.name: getattr(cohort, f.name) for f in fields(setting_up.Money)})
    setting_up.change_cohort(
        cohort,
        name=cohort.name,
        college=cohort.college,
        dates=replace(dates, starts_on=starts_on, ends_on=ends_on),
        money=money,
        ceremony_at=cohort.ceremony_at,
        ceremony_place=cohort.ceremony_place,
        by=None,
        at=at,
    )
