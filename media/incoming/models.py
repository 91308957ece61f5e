"""Uploads under way: what is announced, and which parts of it are here."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from media.incoming import digests


class Upload(models.Model):
    """A file that somebody is sending in parts. The row goes when the file became a video.

    Personal data: the owner, and a file name that may say anything; gone a week after the
    last part.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=255)
    title = models.CharField(max_length=200, blank=True)
    size_bytes = models.PositiveBigIntegerField()
    modified_ms = models.BigIntegerField(help_text="the file's time on the sender's machine")
    tree_sha256 = models.CharField(max_length=64, blank=True, help_text="as the sender says")
    remote_id = models.CharField(max_length=1024, blank=True, help_text="S3's name of the upload")
    created_at = models.DateTimeField()
    active_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-active_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def original(self) -> str:
        """The storage name of the whole file, known before its first byte."""
        return f"originals/{self.uuid}"

    @property
    def part_count(self) -> int:
        return digests.part_count(self.size_bytes)


class UploadPart(models.Model):
    """One part: what the sender says that it hashes to, and when just that arrived.

    In an object store parts arrive past us; there the store itself is asked.
    """

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    arrived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["upload", "number"], name="upload_part_once")
        ]

    def __str__(self) -> str:
        return f"{self.upload_id} {self.number}"
