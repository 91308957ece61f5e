"""What editors fill in: a file and a title first, title and captions later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from lms.base.errors import Refused
from media import captions, sniff
from media.models import Video

_ACCEPTED = "video/*,audio/*,.mkv,.flv,.avi"


class CaptionsMixin(forms.Form):
    """Captions pasted or as a file; ``cleaned_data["captions_vtt"]`` is clean WebVTT or empty."""

    captions_file = forms.FileField(
        label=_("字幕文件"),
        required=False,
        help_text=_("可选。支持 .vtt 和 .srt，编码 UTF-8 或 GB18030 都行。"),
        widget=forms.FileInput(attrs={"accept": ".vtt,.srt,.txt"}),
    )
    captions_vtt = forms.CharField(
        label=_("字幕"),
        required=False,
        help_text=_("可选。也可以把字幕直接粘贴在这里。选了字幕文件就以文件为准。"),
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )

    def clean_captions_file(self) -> str:
        file: UploadedFile | None = self.cleaned_data["captions_file"]
        if not file:
            return ""
        # One byte more than allowed is enough to know.
        return _or_say(lambda: captions.to_vtt(captions.decode(file.read(captions.MAX_BYTES + 1))))

    def clean_captions_vtt(self) -> str:
        pasted = _or_say(lambda: captions.to_vtt(self.cleaned_data["captions_vtt"]))
        return self.cleaned_data.get("captions_file") or pasted


def _or_say(read: Any) -> str:
    try:
        return str(read())
    except Refused as refusal:
        raise forms.ValidationError(str(refusal)) from refusal


class UploadForm(CaptionsMixin, WagtailAdminModelForm):
    """A new video: the file itself, or the name of an upload that brought it in parts."""

    upload = forms.UUIDField(required=False, widget=forms.HiddenInput)
    file = forms.FileField(
        label=_("视频文件"),
        help_text=_(
            "MP4、MOV、MKV、WebM、AVI、FLV，或者只有声音的 MP3、WAV、M4A。最长 4 小时，"
            "上传后自动转成手机能流畅播放的格式。"
        ),
        required=False,
        widget=forms.FileInput(attrs={"accept": _ACCEPTED, "data-upload-file": ""}),
        error_messages={
            "empty": _("这个文件是空的，可能没有录上，也可能没有传完。请重新导出后再上传。"),
        },
    )
    title = forms.CharField(
        label=_("标题"),
        max_length=200,
        required=False,
        help_text=_("不填就用文件名。"),
    )
    field_order = ("upload", "file", "title", "captions_file", "captions_vtt")

    class Meta:
        model = Video
        fields = ("title",)

    def clean_file(self) -> UploadedFile | None:
        file: UploadedFile | None = self.cleaned_data["file"]
        if self.cleaned_data.get("upload"):
            return None
        if not file:
            raise forms.ValidationError(_("请选择一个视频文件。"))
        _or_say(lambda: sniff.container(file.read(sniff.HEAD_BYTES)))
        return file

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("title") and cleaned.get("file"):
            cleaned["title"] = Path(cleaned["file"].name or "").stem[:200]
        return cleaned


class EditForm(CaptionsMixin, WagtailAdminModelForm):
    """Title and captions of a video that is here already."""

    field_order = ("title", "captions_file", "captions_vtt")

    class Meta:
        model = Video
        fields = ("title",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("captions_vtt", self.instance.captions_vtt)
