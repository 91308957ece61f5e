"""What a search looks through: the published words of courses and lessons, never a draft."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.catalogue.models import Course, Lesson, Unit
from courses.finding.lookups import TokensField


class Passage(models.Model):
    """A stretch of words that is found and shown as one; written anew at every publishing.

    The databases keep a full-text index over ``tokens`` beside it (migration 0018), which follows
    every change in the same transaction.
    """

    class Kind(models.IntegerChoices):
        """The order is how much a hit says."""

        TITLE = 1, _("标题")
        TERM = 2, _("术语")
        TEXT = 3, _("课文")
        CAPTIONS = 4, _("视频字幕")

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="passages")
    lesson = models.ForeignKey(
        Lesson, null=True, on_delete=models.CASCADE, related_name="passages",
        help_text="none for what the course itself says",
    )  # fmt: skip
    unit = models.ForeignKey(
        Unit, null=True, on_delete=models.CASCADE, related_name="passages",
        help_text="the video of captions",
    )  # fmt: skip
    kind = models.PositiveSmallIntegerField(choices=Kind.choices)
    order = models.PositiveIntegerField(default=0)
    text = models.TextField(help_text="as people read it")
    folded = models.TextField(help_text="without width, case and needless blanks")
    tokens = TokensField(help_text="characters, pairs and words, separated by blanks")
    starts = models.JSONField(
        default=list, help_text="of captions: [place in text, seconds] of each cue"
    )

    class Meta:
        ordering = ["lesson", "kind", "order", "id"]

    def __str__(self) -> str:
        return self.text[:40]
