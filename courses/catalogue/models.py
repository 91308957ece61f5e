"""What is taught: pages for authors, flat rows for everybody else.

Authors write Wagtail pages; at publish, in the same transaction, ``Course``, ``Lesson`` and
``Unit`` rows are projected from them. Learner requests read only the rows.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from enrollment.registry.models import Programme
from media.models import Video


class Course(models.Model):
    """A course as learners and records know it; ``uuid`` survives renames and moves."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    page = models.OneToOneField(Page, null=True, on_delete=models.SET_NULL, related_name="+")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="courses")
    title = models.CharField(max_length=255)
    summary = models.CharField(max_length=300, blank=True)
    credits = models.PositiveSmallIntegerField(default=3)
    order = models.PositiveSmallIntegerField(default=0)
    url_path = models.CharField(max_length=500, blank=True)
    is_open = models.BooleanField(
        default=False, help_text="for everybody who signed in; counts for no degree"
    )
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["programme", "order", "id"]

    def __str__(self) -> str:
        return self.title


class Lesson(models.Model):
    """A lesson as learners and records know it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    page = models.OneToOneField(Page, null=True, on_delete=models.SET_NULL, related_name="+")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="lessons")
    title = models.CharField(max_length=255)
    summary = models.CharField(max_length=300, blank=True)
    minutes = models.PositiveSmallIntegerField(
        default=0, help_text="reading and watching, estimated"
    )
    order = models.PositiveSmallIntegerField(default=0)
    url_path = models.CharField(max_length=500, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["course", "order", "id"]

    def __str__(self) -> str:
        return self.title


class Unit(models.Model):
    """The smallest thing that can be finished: the text, a video or a quiz of a lesson.

    Identified by its StreamField block id within the lesson. A block that vanishes retires its
    unit; it is never deleted, because progress points here.
    """

    class Kind(models.TextChoices):
        TEXT = "text", _("课文")
        VIDEO = "video", _("视频")
        QUIZ = "quiz", _("小测")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="units")
    block_id = models.CharField(
        max_length=36, help_text="StreamField block id; 'text' for the text"
    )
    kind = models.CharField(max_length=6, choices=Kind.choices)
    title = models.CharField(max_length=255, blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    required = models.BooleanField(default=True)
    duration_s = models.PositiveIntegerField(
        default=0, help_text="video length or reading estimate"
    )
    video = models.ForeignKey(
        Video, null=True, blank=True, on_delete=models.PROTECT, related_name="units"
    )
    quiz = models.ForeignKey(
        "courses.Quiz", null=True, blank=True, on_delete=models.PROTECT, related_name="units"
    )
    size_bytes = models.PositiveBigIntegerField(
        default=0, help_text="of the smallest picture: the price a phone pays at least"
    )
    version = models.PositiveIntegerField(default=1)
    fingerprint = models.CharField(
        max_length=64, blank=True, help_text="of the content; a new one is a new version"
    )
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["lesson", "order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["lesson", "block_id"], name="unit_block_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.title}"


class LoadedPage(models.Model):
    """Which page a content file became, and what the file said when it was last loaded.

    The key survives a renamed slug; the hash leaves an editor's later corrections alone as
    long as the file itself did not change.
    """

    key = models.CharField(max_length=120, unique=True)
    sha256 = models.CharField(max_length=64)
    page = models.ForeignKey(Page, null=True, on_delete=models.SET_NULL, related_name="+")
    loaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key
