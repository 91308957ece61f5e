"""Painted weeks and terms as they are typed, handed on as typed values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.catalogue.models import Course
from courses.tutoring import shifts, weeks
from courses.tutoring.forms import (
    LENGTHS_MIN,
    USUAL_LENGTH_MIN,
    CourseChoice,
    StationChoice,
    _length,
)
from courses.tutoring.models import Station
from courses.tutoring.terms import Due, spread
from enrollment.api import Cohort

DAYS = (
    gettext_lazy("一"),
    gettext_lazy("二"),
    gettext_lazy("三"),
    gettext_lazy("四"),
    gettext_lazy("五"),
    gettext_lazy("六"),
    gettext_lazy("日"),
)
LONGEST_TERM = timedelta(days=200)
TOPICS_AT_MOST = 20


class PaintedWeek(forms.Field):
    """Checkboxes named ``h``, one for each painted hour; cleaned to the text of a week."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> str:
        try:
            return weeks.paint(int(cell) for cell in value or [])
        except (TypeError, ValueError) as error:
            raise ValidationError(_("请重新涂一遍。")) from error


def grid(cells: str, *, of_tutor: bool = False) -> list[dict[str, Any]]:
    """Rows of the ``week_grid`` component: hours downwards, days across.

    Args:
        of_tutor: leaves out the hours before six, when nobody teaches.
    """
    hours = range(6 if of_tutor else 0, 24)
    # The night begins where most sleep: first the day, then what lies before six.
    order = sorted(hours, key=lambda hour: (hour < 6, hour))
    return [
        {
            "hour": hour,
            "cells": [
                {
                    "n": day * 24 + hour,
                    "on": cells[day * 24 + hour] == "1",
                    "label": _("周%(day)s %(hour)d 点") % {"day": DAYS[day], "hour": hour},
                }
                for day in range(7)
            ],
        }
        for hour in order
    ]


class ShiftForm(forms.Form):
    """A student's week and ways."""

    h = PaintedWeek(required=False)
    station = StationChoice(
        label=gettext_lazy("平时离哪个驿站近"),
        queryset=Station.objects.none(),
        required=False,
        empty_label=gettext_lazy("按所在的区算"),
    )
    reach_min = forms.TypedChoiceField(label=gettext_lazy("上课最远愿意走"), coerce=int)

    def __init__(self, *args: Any, stations: QuerySet[Station], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["station"].queryset = stations  # type: ignore[attr-defined]
        self.fields["reach_min"].choices = [  # type: ignore[attr-defined]
            (minutes, _("%(n)d 分钟") % {"n": minutes}) for minutes in shifts.REACH_MIN
        ]


class TermForm(forms.Form):
    """What is due in a term and when the tutor would teach; ``dues()`` gives the topics."""

    cohort = forms.TypedChoiceField(label=gettext_lazy("班级"), choices=())
    topics = forms.CharField(
        label=gettext_lazy("要上的主题"),
        help_text=gettext_lazy("一行一个，按先后。每个主题分到学期里相应的几周。"),
        widget=forms.Textarea(attrs={"rows": "5"}),
    )
    course = CourseChoice(
        label=gettext_lazy("课程"),
        queryset=Course.objects.none(),
        required=False,
        empty_label=gettext_lazy("全班都上"),
    )
    first = forms.DateField(
        label=gettext_lazy("从哪天"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    last = forms.DateField(
        label=gettext_lazy("到哪天"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    minutes = forms.TypedChoiceField(label=gettext_lazy("每节时长"), coerce=int)
    per_week = forms.IntegerField(
        label=gettext_lazy("每周最多上几节"), min_value=1, max_value=14, initial=3
    )
    pays_from = forms.IntegerField(
        label=gettext_lazy("多开一节至少要多来几人"),
        min_value=1,
        max_value=50,
        initial=1,
        help_text=gettext_lazy("填 1：只要多一个人能来，就重复开课。"),
    )
    h = PaintedWeek(required=False)

    def __init__(
        self,
        *args: Any,
        cohorts: Sequence[Cohort],
        courses: QuerySet[Course],
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._today = today
        self._cohorts = {str(cohort.pk): cohort for cohort in cohorts}
        self.fields["course"].queryset = courses  # type: ignore[attr-defined]
        classes = self.fields["cohort"]
        assert isinstance(classes, forms.TypedChoiceField)  # noqa: S101 - for the type checker
        classes.choices = [(pk, cohort.name) for pk, cohort in self._cohorts.items()]
        classes.coerce = self._cohorts.__getitem__
        if len(cohorts) == 1:
            del self.fields["cohort"]
        lengths = self.fields["minutes"]
        assert isinstance(lengths, forms.TypedChoiceField)  # noqa: S101 - for the type checker
        lengths.choices = [_length(minutes) for minutes in LENGTHS_MIN]
        lengths.initial = USUAL_LENGTH_MIN

    def clean_topics(self) -> list[str]:
        titles = [line.strip()[:120] for line in self.cleaned_data["topics"].splitlines()]
        titles = [title for title in titles if title]
        if not titles:
            raise ValidationError(_("请至少写一个主题。"))
        if len(titles) > TOPICS_AT_MOST:
            raise ValidationError(_("一次最多排 20 个主题，请分两次排。"))
        return titles

    def clean_h(self) -> str:
        cells: str = self.cleaned_data["h"]
        if cells == weeks.EMPTY:
            raise ValidationError(_("请涂出你能上课的时间。"))
        return cells

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        first, last = said.get("first"), said.get("last")
        if first and first <= self._today:
            self.add_error("first", _("请从明天或以后开始排。"))
        if first and last:
            if last < first:
                self.add_error("last", _("结束的日子在开始之前，请检查。"))
            elif last - first > LONGEST_TERM:
                self.add_error("last", _("一次最多排 200 天，请分两次排。"))
            elif len(said.get("topics") or []) > (last - first).days + 1:
                self.add_error("topics", _("主题比天数还多，请把日期放宽。"))
        return said

    def chosen_cohort(self) -> Cohort:
        chosen: Cohort = self.cleaned_data.get("cohort") or next(iter(self._cohorts.values()))
        return chosen

    def dues(self) -> list[Due]:
        said = self.cleaned_data
        return spread(said["topics"], said["first"], said["last"], said["course"])
