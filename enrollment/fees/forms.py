"""What people type about money: yuan on the screen, fen in the ledger."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.fees import payments
from enrollment.fees.funding import Part
from lms.base import sheets


class YuanField(forms.CharField):
    """An amount in yuan; hands on fen as an ``int``."""

    def __init__(self, *, signed: bool = False, most_fen: int = 0, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_length=20, widget=widget, **kwargs)
        self.signed, self.most_fen = signed, most_fen

    def clean(self, value: Any) -> int | None:
        typed = str(super().clean(value)).strip()
        if not typed and not self.required:
            return None
        negative = self.signed and typed.startswith(("-", "−"))
        fen = payments.fen_of(typed.lstrip("-−") if self.signed else typed)
        if fen is None:
            raise forms.ValidationError(_("请填金额，例如 1200 或 1200.50。"))
        return -fen if negative else fen


class PaymentForm(forms.Form):
    amount = YuanField(label=_("金额（元）"))
    reference = forms.CharField(
        label=_("流水号"), max_length=60, required=False, help_text=_("同一个流水号只记一次。")
    )
    note = forms.CharField(label=_("备注"), max_length=200, required=False)


class CorrectionForm(forms.Form):
    amount = YuanField(
        label=_("增减（元）"), signed=True, help_text=_("正数是多欠，负数（-）是少欠。")
    )
    note = forms.CharField(label=_("原因"), max_length=200)


class WorkbookForm(forms.Form):
    """Payments as .xlsx; hands on its bytes."""

    file = forms.FileField(
        label=_("缴费表（.xlsx）"),
        help_text=_("第一行写：学号、金额（元）、流水号、备注。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
    )

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        try:
            sheets.look_at(file, size_bytes=file.size or 0)
        except sheets.NotAWorkbook as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return bytes(file.read())


class FundForm(forms.Form):
    year = forms.IntegerField(label=_("年份"), min_value=2020, max_value=2100)
    amount = forms.DecimalField(
        label=_("全年资金（元）"), min_value=0, max_digits=12, decimal_places=2
    )

    def fen(self) -> int:
        return int(self.cleaned_data["amount"] * 100)


class PartForm(forms.Form):
    """One instalment; a line without a day is none."""

    due_on = forms.DateField(
        label=_("日期"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    amount = YuanField(label=_("金额（元）"), required=False)
    least_percent = forms.IntegerField(
        label=_("至少学完（%）"), min_value=0, max_value=100, required=False
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("due_on") and not values.get("amount"):
            self.add_error("amount", _("请填金额，例如 1200 或 1200.50。"))
        return values

    def part(self) -> Part | None:
        values = self.cleaned_data
        if not values.get("due_on"):
            return None
        return Part(values["due_on"], values["amount"], values.get("least_percent") or 0)


Parts = forms.formset_factory(PartForm, extra=2, max_num=12, absolute_max=20)
