"""What officers type at the desk."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from enrollment.completion.models import Call


class CallForm(forms.Form):
    """What came of a call; hands on an outcome and a tidy note."""

    outcome = forms.ChoiceField(
        label=_("这次联系的结果"), choices=Call.Outcome.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("备注"),
        max_length=200,
        required=False,
        help_text=_("给同事看的一句话，比如约好的时间。不要写病情和家事。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class PastDayForm(forms.Form):
    """A day of the class; hands on a date from its first day until today."""

    day = forms.DateField(
        label=_("日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, first: date, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first, self.today = first, today
        self.fields["day"].widget.attrs |= {"min": f"{first:%Y-%m-%d}", "max": f"{today:%Y-%m-%d}"}

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if not self.first <= day <= self.today:
            reach = {"first": f"{self.first:%Y-%m-%d}", "today": f"{self.today:%Y-%m-%d}"}
            raise forms.ValidationError(_now("请选 %(first)s 到 %(today)s 之间的一天。") % reach)
        return day
