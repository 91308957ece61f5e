"""The editors' screens of a video: upload, list, progress and preview, retry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.log_actions import log
from wagtail.snippets.views import snippets

from lms.accounts.models import User
from lms.base import clock
from lms.base.errors import Refused
from media import chapters, uploads
from media.incoming import receiving
from media.incoming.models import Upload
from media.models import Rendition, Video
from media.playback import playback, poster_urls
from media.status import Status, status_of


class StateColumn(Column):
    cell_template_name = "media/backoffice/state_cell.html"

    def get_value(self, instance: Video) -> Status:
        return status_of(instance)


class LengthColumn(Column):
    def get_value(self, instance: Video) -> str:
        return length(instance.duration_s)


def length(seconds: float | None) -> str:
    """``1:02:03`` or ``2:03``; empty while unknown."""
    if not seconds:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


class VideoIndex(snippets.IndexView):
    """The list; a title leads to the video's own page, where it is seen and edited from."""

    page_title = gettext_lazy("视频")
    add_item_label = gettext_lazy("上传视频")

    @cached_property
    def columns(self) -> list[Column]:
        return [
            TitleColumn(
                "title",
                label=_("标题"),
                sort_key="title",
                get_url=lambda video: reverse(self.inspect_url_name, args=[video.pk]),
            ),
            StateColumn("state", label=_("状态")),
            LengthColumn("length", label=_("时长")),
            DateColumn("created_at", label=_("上传时间"), sort_key="created_at"),
        ]


@dataclass(frozen=True)
class Unfinished:
    """An upload that can go on, as the page lists it.

    Args:
        percent: of the parts that are here.
    """

    name: str
    size_bytes: int
    percent: int
    active_at: datetime
    cancel_url: str

    @classmethod
    def of(cls, upload: Upload, cancel_url: str) -> Unfinished:
        percent = 100 * len(receiving.arrived(upload)) // max(upload.part_count, 1)
        return cls(upload.name, upload.size_bytes, percent, upload.active_at, cancel_url)


class VideoUpload(snippets.CreateView):
    """Upload; the script asks for JSON, a browser without it gets the usual pages."""

    page_title = page_subtitle = gettext_lazy("上传视频")
    submit_button_label = gettext_lazy("上传")
    submit_button_active_label = gettext_lazy("正在上传…")
    inspect_url_name = begin_url_name = cancel_url_name = ""

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        # Wagtail's own last item ("New: …") has no Chinese.
        *above, _last = super().get_breadcrumbs_items()
        return [*above, {"url": "", "label": self.page_title}]

    def form_valid(self, form: Any) -> HttpResponse:
        # Not inside a transaction, as the parent would: hashing and copying take their time.
        self.form, data = form, form.cleaned_data
        try:
            self.object = self._video(data)
        except Refused as refusal:
            form.add_error("file", str(refusal))
            self.produced_error_code = "validation_error"
            self.produced_error_message = self.get_error_message()
            return self.form_invalid(form)
        log(self.object, "wagtail.create", content_changed=True)  # what "history" shows
        return self.save_action()

    def _video(self, data: dict[str, Any]) -> Video:
        rest = {
            "title": data["title"],
            "captions_vtt": data["captions_vtt"],
            "by": self.request.user,
            "at": clock.now(),
        }
        if data["upload"]:
            return receiving.finish(data["upload"], **rest)
        return uploads.add_video(data["file"], **rest)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        now = clock.now()
        return context | {
            "begin_url": reverse(self.begin_url_name),
            "unfinished": [
                Unfinished.of(upload, reverse(self.cancel_url_name, args=[upload.uuid]))
                for upload in receiving.open_uploads(self.request.user, at=now)
            ],
        }

    def get_error_message(self) -> str:
        """What is wrong itself, not that something is."""
        if self.expects_json_response:
            return " ".join(str(error) for errors in self.form_errors() for error in errors)
        return _("没有上传成功，请看下面的提示。")

    def form_errors(self) -> list[Any]:
        form = getattr(self, "form", None) or self._checked
        return list(form.errors.values())

    def is_valid(self, form: Any) -> bool:
        self._checked = form
        return super().is_valid(form)

    def get_success_json(self) -> dict[str, Any]:
        return {"success": True, "url": self.get_success_url()}

    def get_success_url(self) -> str:
        return reverse(self.inspect_url_name, args=[self.object.pk])

    def get_success_message(self, instance: Video) -> str:
        return _("“%(title)s”已上传，正在处理。") % {"title": instance.title}

    def get_success_buttons(self) -> list[Any]:
        return []


class VideoEdit(snippets.EditView):
    """Title, poster and chapters; beside them the film, to look up the times."""

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        video: Video = self.object
        if video.stills_prefix and video.posters:
            form.offer_pictures(poster_urls(video, user=self.request.user, at=clock.now()))
        return form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        if self.object.is_playable:
            context["playback"] = playback(self.object, user=self.request.user, at=clock.now())
        return context

    def save_instance(self) -> Video:
        data = self.form.cleaned_data
        uploads.edit_video(
            self.object,
            title=data["title"],
            chapters=data["chapters"],
            poster=data.get("poster", ""),
            by=self.request.user,
            at=clock.now(),
        )
        self.has_content_changes = self.form.has_changed()
        log(self.object, "wagtail.edit", content_changed=self.has_content_changes)
        return self.object

    def get_success_url(self) -> str:
        return reverse(self.inspect_url_name, args=[self.object.pk])

    def get_success_message(self) -> str:
        return _("“%(title)s”已保存。") % {"title": self.object.title}

    def get_success_buttons(self) -> list[Any]:
        return []


class VideoInspect(snippets.InspectView):
    """The video's page: how it is doing, and once it can be played, a plain player."""

    page_title = gettext_lazy("视频")
    progress_url_name = retry_url_name = cancel_url_name = ""
    original_delete_url_name = captions_url_name = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        video: Video = self.object
        context |= status_context(self, video)
        context["length"] = length(video.duration_s)
        context["edit_url"] = self.get_edit_url()
        context["captions_url"] = reverse(self.captions_url_name, args=[video.pk])
        context["chapters"] = [
            (chapters.time_of(one["start_s"]), one["title"]) for one in video.chapters
        ]
        if video.original and not context["status"].is_moving:
            context["original_delete_url"] = reverse(self.original_delete_url_name, args=[video.pk])
        if video.is_playable:
            context["playback"] = playback(video, user=self.request.user, at=clock.now())
            context["sizes"] = _sizes(video)
        return context


def _sizes(video: Video) -> list[dict[str, Any]]:
    """Per rendition: what it is, how large, how much a minute costs a student's data plan."""
    minutes = max(video.duration_s or 0, 1) / 60
    return [
        {
            "kind": Rendition.Kind(row.kind).label,
            "name": "" if row.kind == Rendition.Kind.AUDIO else row.name,
            "width": row.width_px,
            "height": row.height_px,
            "bytes": row.size_bytes,
            "bytes_per_minute": round(row.size_bytes / minutes),
        }
        for row in video.renditions.order_by("-kind", "-height_px")
    ]


def status_context(view: Any, video: Video) -> dict[str, Any]:
    """What the status panel needs, on the page and when it asks for itself again."""
    return {
        "status": status_of(video),
        "progress_url": reverse(view.progress_url_name, args=[video.pk]),
        "retry_url": reverse(view.retry_url_name, args=[video.pk]),
        "cancel_url": reverse(view.cancel_url_name, args=[video.pk]),
        "may_change": view.user_has_permission("change"),
    }


class VideoProgress(PermissionCheckedMixin, View):
    """The status panel alone, asked for every two seconds while something moves."""

    http_method_names = ["get", "head"]
    any_permission_required = ["change", "view"]
    model = Video
    progress_url_name = retry_url_name = cancel_url_name = ""

    def get(self, request: HttpRequest, pk: str) -> HttpResponse:
        video = get_object_or_404(Video, pk=pk)
        context = status_context(self, video)
        answer = TemplateResponse(request, "media/backoffice/status.html", context)
        answer["Cache-Control"] = "no-store"
        if not context["status"].is_moving:
            answer["HX-Refresh"] = "true"  # the whole page changes: player, sizes, buttons
        return answer


class _Act(PermissionCheckedMixin, View):
    """A button beside a video: do it, say how it went, go back to the video."""

    http_method_names = ["post"]
    permission_required = "change"
    model = Video
    inspect_url_name = ""
    # A sentence where the page that follows does not show by itself what happened.
    done: str | Promise = ""

    def post(self, request: HttpRequest, pk: str) -> HttpResponse:
        video = get_object_or_404(Video, pk=pk)
        try:
            self.act(video, by=cast("User", request.user), at=clock.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            if self.done:
                messages.success(request, self.done % {"title": video.title})
        return redirect(self.inspect_url_name, pk)

    def act(self, video: Video, *, by: User, at: datetime) -> None:
        raise NotImplementedError


class OriginalDelete(_Act):
    """Give the space of the original back."""

    done = gettext_lazy("“%(title)s”的原文件已删除。")

    def act(self, video: Video, *, by: User, at: datetime) -> None:
        uploads.delete_original(video, by=by, at=at)


class VideoCancel(_Act):
    """Stop what is being done with a video."""

    def act(self, video: Video, *, by: User, at: datetime) -> None:
        uploads.cancel(video, by=by, at=at)


class VideoRetry(_Act):
    """Start a failed video again."""

    def act(self, video: Video, *, by: User, at: datetime) -> None:
        uploads.retry(video, by=by, at=at)
