"""The ledger of what students achieved, and the standing derived from it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from enrollment.registry.models import Student


class Milestone(models.Model):
    """Something achieved, with its evidence. Append-only; the same key twice is once.

    Keys are dotted: ``course.completed:<course uuid>``, ``meeting.attended:<meeting uuid>``,
    ``programme.completed``.
    """

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="milestones")
    key = models.CharField(max_length=100)
    at = models.DateTimeField(help_text="when it was achieved")
    recorded_at = models.DateTimeField()
    rule_version = models.CharField(max_length=20)
    evidence = models.JSONField(default=dict)
    evidence_sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.UniqueConstraint(fields=["student", "key"], name="milestone_once")]

    def __str__(self) -> str:
        return f"{self.student_id} {self.key}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise TypeError("Milestones are not changed.")
        super().save(*args, **kwargs)


class Standing(models.Model):
    """Where a student stands: rolled up from facts that ``courses`` pushes and from the ledger.

    Derived, may be rebuilt at any time; pages of the union read only this.
    """

    class State(models.TextChoices):
        FINISHED = "finished", _("已完成")
        ON_TRACK = "on_track", _("正常")
        BEHIND = "behind", _("落后")
        WAITING = "waiting", _("未开始")

    student = models.OneToOneField(Student, on_delete=models.CASCADE, related_name="standing")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    share = models.FloatField(default=0, help_text="0 to 1 of required units")
    units_done = models.PositiveIntegerField(default=0)
    units_required = models.PositiveIntegerField(default=0)
    courses_done = models.PositiveSmallIntegerField(default=0)
    courses_required = models.PositiveSmallIntegerField(default=0)
    meetings_attended = models.PositiveSmallIntegerField(default=0)
    minutes_left = models.PositiveIntegerField(default=0)
    last_study_at = models.DateTimeField(null=True)
    reasons = models.JSONField(
        default=list, help_text="codes with figures; words are made on the page"
    )
    rule_version = models.CharField(max_length=20, default="v1")
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["state"], name="standing_state")]

    def __str__(self) -> str:
        return f"{self.student_id} {self.state}"
