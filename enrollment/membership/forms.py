"""What officers type about members."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from enrollment.membership import joining, reasons
from enrollment.membership.models import JoinRequest
from lms.accounts.models import OrgUnit
from lms.base import sheets
from lms.base.workbook import XLSX


class RosterForm(forms.Form):
    """A workbook and for whom it is; the choice is asked only of those who have one."""

    unit = forms.ModelChoiceField(
        label=_("导入到"), queryset=OrgUnit.objects.none(), empty_label=None
    )
    file = forms.FileField(
        label=_("名册文件"),
        help_text=_("xlsx 格式，最大 5 MB、20000 行。先核对给你看，你点“导入”才会写进会员册。"),
        error_messages={
            "required": _("请选一个文件。"),
            "empty": _("这个文件是空的，请换一个。"),
        },
        widget=forms.FileInput(attrs={"accept": f".xlsx,{XLSX}"}),
    )

    def __init__(self, scopes: QuerySet[OrgUnit], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["unit"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset = scopes.order_by("path")
        units = list(field.queryset[:2])
        if len(units) == 1:
            field.widget = forms.HiddenInput()
        if units:
            field.initial = units[0]

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        try:
            sheets.look_at(file, size_bytes=file.size or 0)  # type: ignore[arg-type]
        except sheets.NotAWorkbook as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return file


class AcceptForm(forms.Form):
    """Of which unit the new member is."""

    unit = forms.ModelChoiceField(
        label=_("编入哪个工会"),
        queryset=OrgUnit.objects.none(),
        empty_label=None,
        error_messages={"invalid_choice": joining.UnitElsewhere.sentence},
    )

    def __init__(self, request: JoinRequest, data: Any = None) -> None:
        wanted = request.application.enterprise or request.district
        super().__init__(data, initial={"unit": wanted}, prefix="accept")
        field = self.fields["unit"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset = joining.units_for(request).order_by("path")


class RefuseForm(forms.Form):
    """Why not."""

    reason = forms.ChoiceField(
        label=_("原因"), error_messages={"required": joining.JoinReasonMissing.sentence}
    )
    words = forms.CharField(
        label=_("说明"),
        max_length=300,
        required=False,
        help_text=_("申请人会看到这句话。选“其他原因”时必须写。"),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, prefix="refuse")
        field = self.fields["reason"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [("", _("请选择")), *((each.code, each.words) for each in reasons.ALL)]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("reason") == "other" and not found.get("words"):
            self.add_error("words", joining.JoinReasonMissing.sentence)
        return found
