"""The captions of a video: film and words side by side, each saving a version.

Nothing that was typed is lost: what cannot be read comes back as it was with the faulty lines
named, and what a colleague saved meanwhile is shown beside it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from lms.accounts.models import User
from lms.base import clock
from lms.base.errors import Refused
from lms.base.jobs.models import JobState
from media import refusals
from media.captions import hints, listening, reading, versions
from media.captions.cues import Cue
from media.captions.models import CaptionVersion
from media.models import Video
from media.playback import playback

_SHOWN = 12


class CaptionsEdit(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """The page itself; posted to with ``do``: ``save``, ``upload``, ``restore`` or ``listen``."""

    http_method_names = ["get", "head", "post"]
    permission_required = "change"
    model = Video
    template_name = "media/backoffice/captions.html"
    page_title = gettext_lazy("字幕")
    header_icon = "openquote"
    index_url_name = inspect_url_name = captions_url_name = check_url_name = ""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.video = get_object_or_404(Video, pk=kwargs["pk"])

    def get_page_subtitle(self) -> str:
        return self.video.title

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        inspect = reverse(self.inspect_url_name, args=[self.video.pk])
        return [
            {"url": reverse(self.index_url_name), "label": _("视频")},
            {"url": inspect, "label": self.video.title},
            {"url": "", "label": self.page_title},
        ]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        acts = {
            "save": self._save,
            "upload": self._upload,
            "restore": self._restore,
            "listen": self._listen,
        }
        act = acts.get(request.POST.get("do", ""))
        if act is None:
            return HttpResponse(status=400)
        return act(_number(request.POST.get("base")))

    @property
    def person(self) -> User:
        return cast(User, self.request.user)

    def _save(self, base: int) -> HttpResponse:
        text = self.request.POST.get("captions_vtt", "")
        return self._keep(text, base, CaptionVersion.Source.EDIT)

    def _upload(self, base: int) -> HttpResponse:
        file = cast(UploadedFile | None, self.request.FILES.get("captions_file"))
        if file is None:
            return self._again("", _("请选择一个 .vtt 或 .srt 文件。"))
        try:
            # One byte more than allowed is enough to know.
            text = reading.decode(file.read(reading.MAX_BYTES + 1))
        except Refused as refusal:
            return self._again("", str(refusal))
        return self._keep(text, base, CaptionVersion.Source.UPLOAD)

    def _keep(self, text: str, base: int, source: CaptionVersion.Source) -> HttpResponse:
        try:
            changed = versions.save(
                self.video, text, base=base, source=source, by=self.person, at=clock.now()
            )
        except Refused as refusal:
            return self._again(text, str(refusal))
        return self._done(_("字幕已保存。") if changed else _("字幕没有改动。"))

    def _restore(self, base: int) -> HttpResponse:
        number = _number(self.request.POST.get("number"))
        try:
            versions.restore(self.video, number, base=base, by=self.person, at=clock.now())
        except CaptionVersion.DoesNotExist:
            return HttpResponse(status=404)
        except Refused as refusal:
            messages.error(self.request, str(refusal))
            return redirect(self.captions_url_name, self.video.pk)
        return self._done(_("已恢复第 %(number)s 版。") % {"number": number})

    def _listen(self, base: int) -> HttpResponse:
        try:
            listening.ask(self.video, by=self.person)
        except Refused as refusal:
            messages.error(self.request, str(refusal))
            return redirect(self.captions_url_name, self.video.pk)
        return self._done(_("已经开始听写，完成后字幕会出现在这里。"))

    def _done(self, sentence: str) -> HttpResponse:
        messages.success(self.request, sentence)
        return redirect(self.captions_url_name, self.video.pk)

    def _again(self, text: str, sentence: str) -> HttpResponse:
        """The page with what was typed, and why it was not saved."""
        context = self.get_context_data(typed=text, sentence=sentence)
        return self.render_to_response(context, status=422)

    def get_context_data(
        self, *, typed: str | None = None, sentence: str = "", **kwargs: Any
    ) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        video = self.video
        text = video.captions_vtt if typed is None else typed
        read = reading.parse(text)
        job = listening.latest(video) if listening.is_there() else None
        return context | {
            "video": video,
            "text": text,
            "sentence": sentence,
            "problems": read.problems,
            # Words that cannot all be turned into rows are shown as they are.
            "as_rows": bool(read.cues or not text.strip()) and not read.problems,
            "cues": [_row(cue) for cue in read.cues],
            "base": versions.newest(video),
            "versions": list(video.versions.select_related("made_by")[:_SHOWN]),
            "playback": playback(video, user=self.person, at=clock.now())
            if video.is_playable
            else None,
            "check_url": reverse(self.check_url_name, args=[video.pk]),
            "may_listen": listening.is_there() and not video.captions_vtt and video.is_playable,
            "listening": job is not None and job.state in (JobState.QUEUED, JobState.RUNNING),
            "listening_failed": job.error_text
            if job is not None and job.state == JobState.FAILED
            else "",
        }


class CaptionsCheck(PermissionCheckedMixin, View):
    """What the rules say about captions that are being edited, before anybody saves them."""

    http_method_names = ["post"]
    permission_required = "change"
    model = Video

    def post(self, request: HttpRequest, pk: str) -> HttpResponse:
        video = get_object_or_404(Video, pk=pk)
        try:
            cues = _sent(request.body)
        except (ValueError, KeyError, TypeError):
            return JsonResponse({"error": str(refusals.CaptionsUnreadable())}, status=400)
        found = hints.hints(cues, duration_s=video.duration_s or 0)
        answer = {"hints": [{"cue": hint.cue, "sentence": hint.sentence} for hint in found]}
        return JsonResponse(answer)


def _sent(body: bytes) -> Sequence[Cue]:
    """Cues as the page has them, in order.

    Raises:
        ValueError, KeyError, TypeError: this is not what the page sends.
    """
    if len(body) > 2 * reading.MAX_BYTES:
        raise ValueError
    return [
        Cue(int(cue["start_ms"]), int(cue["end_ms"]), str(cue["text"]))
        for cue in json.loads(body)["cues"]
    ]


def _row(cue: Cue) -> dict[str, Any]:
    return {"start_ms": cue.start_ms, "end_ms": cue.end_ms, "text": cue.text}


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0
