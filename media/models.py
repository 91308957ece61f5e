"""Videos and their renditions."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.base.storage import video_files
from media.captions.models import CaptionVersion
from media.incoming.models import Upload, UploadPart
from media.states import State


def _original_path(video: Video, filename: str) -> str:
    # Never the uploader's file name: it goes to command lines and to storage keys.
    return f"originals/{video.uuid}"


class Video(models.Model):
    """A lecture recording. Everything derived from it hangs under ``published_prefix``."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(_("标题"), max_length=200)
    original = models.FileField(
        _("视频文件"), storage=video_files, upload_to=_original_path, max_length=200, blank=True
    )
    original_name = models.CharField(max_length=255, blank=True)
    size_bytes = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    # The hash of the hashes of its parts (see incoming.digests), by which browsers ask for a twin.
    tree_sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    captions_vtt = models.TextField(_("字幕（WebVTT）"), blank=True)
    # ``[{"start_s": 0, "title": "…"}]`` in order; found in the slides until an editor says otherwise.
    chapters = models.JSONField(default=list, blank=True)
    chapters_by_hand = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    reason = models.CharField(
        max_length=300, blank=True, help_text="why refused or failed, for people"
    )
    probe = models.JSONField(default=dict, blank=True)
    duration_s = models.FloatField(null=True, blank=True)
    width_px = models.PositiveIntegerField(null=True, blank=True)
    height_px = models.PositiveIntegerField(null=True, blank=True)
    # Content-addressed folder in the video storage; switched last, so players never see half a set.
    published_prefix = models.CharField(max_length=120, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    # Pictures made of the published set (see the room ``stills``): likewise a folder by content.
    stills_prefix = models.CharField(max_length=120, blank=True)
    posters = models.JSONField(default=list, blank=True, help_text="[{name, at_s}], best first")
    poster = models.CharField(max_length=20, blank=True, help_text="one of the posters")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("视频")
        verbose_name_plural = _("视频")

    def __str__(self) -> str:
        return self.title

    @property
    def is_playable(self) -> bool:
        return bool(self.published_prefix)


class Rendition(models.Model):
    """One playable version of a video."""

    class Kind(models.TextChoices):
        HLS = "hls", _("自适应流")
        FILE = "file", _("单个视频文件")
        AUDIO = "audio", _("只听声音")
        AV1 = "av1", _("自适应流（AV1）")

    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="renditions")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    name = models.CharField(max_length=20, help_text="720p, 480p, 360p, 240p, audio")
    path = models.CharField(max_length=200, help_text="below published_prefix")
    width_px = models.PositiveIntegerField(null=True)
    height_px = models.PositiveIntegerField(null=True)
    size_bytes = models.PositiveBigIntegerField()
    bandwidth_bps = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["kind", "-height_px"]
        constraints = [
            models.UniqueConstraint(fields=["video", "kind", "name"], name="rendition_once")
        ]

    def __str__(self) -> str:
        return f"{self.video_id} {self.kind} {self.name}"


__all__ = ["CaptionVersion", "Rendition", "Upload", "UploadPart", "Video"]
