"""What the registrar types about kits."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.kits import contents
from enrollment.registry.models import Cohort, Programme

LONGEST = 1000


class ContentsForm(forms.Form):
    """What everybody gets, and each programme's students besides; hands on texts by programme."""

    def __init__(self, cohort: Cohort, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.programmes = list(Programme.objects.filter(places__cohort=cohort).distinct())
        known = contents.things_of(cohort)
        self.fields["all"] = self._field(_("每个人都有"), known.get(None, []))
        self.fields["all"].help_text = _("一行写一样，扫码后照着发。")
        for programme in self.programmes:
            things = known.get(programme.pk, [])
            label = _("%(programme)s另有") % {"programme": programme.title}
            self.fields[f"p{programme.pk}"] = self._field(label, things)

    def _field(self, label: Any, things: list[str]) -> forms.CharField:
        widget = forms.Textarea(attrs={"rows": 3})
        initial = "\n".join(things)
        return forms.CharField(
            label=label, required=False, max_length=LONGEST, widget=widget, initial=initial
        )

    def items(self) -> dict[Programme | None, str]:
        """Texts with one thing a line, by programme; None for everybody."""
        cleaned = self.cleaned_data
        return {None: cleaned["all"]} | {each: cleaned[f"p{each.pk}"] for each in self.programmes}
