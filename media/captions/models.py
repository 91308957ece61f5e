"""Every state of a video's captions that was ever saved."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class CaptionVersion(models.Model):
    """Captions as somebody left them; never changed afterwards. The newest is in force."""

    class Source(models.TextChoices):
        UPLOAD = "upload", _("上传")
        EDIT = "edit", _("编辑")
        MACHINE = "machine", _("机器识别")
        RESTORED = "restored", _("恢复旧版")

    video = models.ForeignKey("media.Video", on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    vtt = models.TextField(blank=True)
    source = models.CharField(max_length=10, choices=Source.choices)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [
            # Two people who save from the same version: the second one's insert fails.
            models.UniqueConstraint(fields=["video", "number"], name="caption_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.video_id} v{self.number}"
