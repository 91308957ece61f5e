"""What editors fill in: a file and a title first, title and captions later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from lms.base.errors import Refused
from media import chapters, sniff
from media.captions import reading
from media.chapters import Chapter
from media.models import Video

Read = TypeVar("Read")
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
        return _or_say(lambda: reading.to_vtt(reading.decode(file.read(reading.MAX_BYTES + 1))))

    def clean_captions_vtt(self) -> str:
        pasted = _or_say(lambda: reading.to_vtt(self.cleaned_data["captions_vtt"]))
        return self.cleaned_data.get("captions_file") or pasted


def _or_say(read: Callable[[], Read]) -> Read:
    try:
        return read()
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


class PosterChoice(forms.RadioSelect):
    """Pictures to choose from; each choice's label is the address of its picture."""

    option_template_name = "media/backoffice/poster_choice.html"


class EditForm(WagtailAdminModelForm):
    """Title, poster and chapters of a video that is here already.

    ``cleaned_data["chapters"]`` is None when they were left as they are.
    """

    chapters = forms.CharField(
        label=_("章节"),
        required=False,
        help_text=_(
            "每行一章：先写时间，空一格，再写标题，例如“3:25 仓储”。幻灯片换页的地方系统会先找好，可以直接改标题。"
        ),
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "data-chapters": ""}),
    )
    poster = forms.ChoiceField(
        label=_("封面"),
        required=False,
        help_text=_("学员点播放以前看到的画面。"),
        widget=PosterChoice,
    )
    field_order = ("title", "poster", "chapters")

    class Meta:
        model = Video
        fields = ("title",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("chapters", chapters.as_text(self.instance.chapters))
        self.initial.setdefault("poster", self.instance.poster)
        poster = self.fields["poster"]
        poster.choices = [(one["name"], one["name"]) for one in self.instance.posters]  # type: ignore[attr-defined]
        if len(self.instance.posters) < 2:
            del self.fields["poster"]

    def offer_pictures(self, addresses: Mapping[str, str]) -> None:
        """Show the candidates themselves: ``addresses`` by name."""
        if "poster" in self.fields:
            self.fields["poster"].choices = [  # type: ignore[attr-defined]
                (one["name"], _Candidate(addresses[one["name"]], chapters.time_of(one["at_s"])))
                for one in self.instance.posters
            ]

    def clean_chapters(self) -> list[Chapter] | None:
        text = self.cleaned_data["chapters"]
        if "chapters" not in self.changed_data:
            return None
        return _or_say(lambda: chapters.parse(text, duration_s=self.instance.duration_s or 0))


@dataclass(frozen=True)
class _Candidate:
    """What stands for a poster in the list of choices."""

    address: str
    time: str

    def __str__(self) -> str:
        return str(_("第 %(time)s 的画面") % {"time": self.time})
