"""Fields that every house's forms share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.accounts.phones import NotAPhone, normalise


class PhoneField(forms.CharField):
    """Hands on ``+8613800000000`` however it was typed."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("手机号"))
        kwargs.setdefault(
            "widget",
            forms.TextInput(
                attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel", "placeholder": ""}
            ),
        )
        kwargs["max_length"] = 24
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        if not typed:
            return ""
        try:
            return normalise(typed)
        except NotAPhone as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
