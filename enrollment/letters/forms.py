"""What people type about letters."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from enrollment.applications import names
from enrollment.letters import reasons, texts, verification
from enrollment.letters.reasons import Reason
from enrollment.registry.models import Cohort
from lms.base import clock, ids

_NOTE = _("给同事看的说明，不对外公开。")


class NameField(forms.CharField):
    """A person's name, tidied; hands on ``str``."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("姓名"))
        super().__init__(max_length=names.MAX_LENGTH, **kwargs)

    def clean(self, value: Any) -> str:
        name = names.tidy(super().clean(value))
        if names.has_private_sign(name):
            raise forms.ValidationError(_("名字里有一个别的电脑显示不出的字，请重新输入。"))
        return name


class CodeForm(forms.Form):
    """The code as somebody typed it; hands on twenty signs without spaces."""

    code = forms.CharField(
        label=_("验证码"),
        max_length=60,
        help_text=_("印在二维码旁边，20 位字母和数字。大小写、空格都没关系。"),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def clean_code(self) -> str:
        code = ids.tidy_code(self.cleaned_data["code"])
        if not code:
            raise forms.ValidationError(_("请输入验证码。"))
        return code


class FileForm(forms.Form):
    """A PDF to be checked; hands on its bytes."""

    file = forms.FileField(
        label=_("PDF 文件"),
        help_text=_("选通知书的 PDF 原文件。检查完就丢弃，不保存。"),
        widget=forms.FileInput(attrs={"accept": "application/pdf,.pdf"}),
    )

    def clean_file(self) -> bytes:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > verification.LARGEST_FILE:
            raise forms.ValidationError(_("文件太大了。通知书的 PDF 不到 1 MB，请选原文件。"))
        content = file.read()
        if not content.startswith(b"%PDF-"):
            raise forms.ValidationError(_("这不是 PDF 文件。图片请改用验证码查。"))
        return content


class ReissueForm(forms.Form):
    """Why a letter is given anew; what it says comes from the roll."""

    note = forms.CharField(label=_("原因"), max_length=200, help_text=_NOTE)


class RevokeForm(forms.Form):
    """Why a letter ends without a new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # It stands on one page with the form above.
        super().__init__(*args, **{"auto_id": "revoke_%s"} | kwargs)

    reason = forms.ChoiceField(
        label=_("公开的原因"),
        choices=[(reason.value, reason.label) for reason in reasons.FOR_REVOCATION],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("说明"), max_length=200, help_text=_NOTE)

    def clean_reason(self) -> Reason:
        return Reason(self.cleaned_data["reason"])


class CeremonyForm(forms.Form):
    """When and where the cohort meets first; hands on an aware time."""

    starts_at = forms.DateTimeField(
        label=_("时间"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    place = forms.CharField(label=_("地点"), max_length=200)

    @classmethod
    def of(cls, cohort: Cohort) -> CeremonyForm:
        """The form with what is known so far."""
        known = cohort.ceremony_at
        return cls(
            initial={
                "starts_at": clock.local(known) if known else None,
                "place": cohort.ceremony_place,
            }
        )


class PreviewForm(forms.Form):
    """A name to try the page with."""

    name = NameField(label=_("试一个名字"), required=False)


class TextForm(forms.Form):
    """What letters say, one paragraph a line; hands on paragraphs as they are kept."""

    text = forms.CharField(
        label=_("正文"),
        max_length=texts.LONGEST,
        help_text=_(
            "一行一段。{姓名}、{专业}、{层次}、{班级} 会换成每个人自己的，*两个星号之间* 的字会突出。"
        ),
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    after = forms.IntegerField(widget=forms.HiddenInput)

    @classmethod
    def of(cls, cohort: Cohort) -> TextForm:
        """The form with the text in force."""
        wording = texts.in_force(cohort)
        return cls(initial={"text": texts.typed(wording.paragraphs), "after": wording.version})

    def clean_text(self) -> list[str]:
        text: str = self.cleaned_data["text"]
        if complaint := texts.complaint(text):
            raise forms.ValidationError(complaint)
        return texts.kept(text)
