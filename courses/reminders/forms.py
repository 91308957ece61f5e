"""The choice of a reminder as a form."""

from __future__ import annotations

from datetime import time
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.learning import words
from courses.reminders import windows
from courses.reminders.choosing import Choice
from courses.reminders.models import EVERY_DAY, Reminder

OFF = "off"


class ReminderForm(forms.Form):
    """By what, when, on which days; hands on a ``Choice``."""

    by = forms.ChoiceField(
        label=_("怎样提醒"),
        choices=[
            (OFF, _("不提醒")),
            (Reminder.By.SMS, _("发短信，一天最多一条")),
            (Reminder.By.CALENDAR, _("放进手机日历，到点响")),
        ],
        widget=forms.RadioSelect,
    )
    at = forms.TimeField(
        label=_("从几点起"),
        help_text=_("选你不跑单的时候，比如午高峰后 14:50，收工后 22:30。"),
        initial=time(14, 50),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    weekdays = forms.MultipleChoiceField(
        label=_("哪几天"),
        choices=[],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "short-choices"}),
        initial=list(EVERY_DAY),
    )

    def __init__(self, data: Any = None, *, reminder: Reminder | None = None) -> None:
        initial: dict[str, Any] = {"by": OFF}
        if reminder is not None:
            initial = {
                "by": reminder.by if reminder.is_on else OFF,
                "at": reminder.at,
                "weekdays": list(reminder.weekdays),
            }
        super().__init__(data, initial=initial)
        days = cast(forms.MultipleChoiceField, self.fields["weekdays"])
        days.choices = [
            (key, _("周%(day)s") % {"day": words.WEEKDAYS[int(key) - 1]}) for key in EVERY_DAY
        ]

    def choice(self) -> Choice:
        """What was chosen; after ``is_valid``."""
        given = self.cleaned_data
        by = None if given["by"] == OFF else Reminder.By(given["by"])
        return Choice(by, given["at"], windows.as_text(given["weekdays"]))
