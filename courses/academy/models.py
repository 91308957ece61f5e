"""What members learn in open courses: theirs alone, and never part of a degree."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from courses.catalogue.models import Unit


class MemberProgress(models.Model):
    """What one person has of one unit of an open course. Only ever grows.

    The same figures as a student's ``UnitProgress``, but of a person and not of a place on the
    roll: no roll-up, no milestone and no rule of a cohort can count it.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="open_progress"
    )
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="open_progress")
    spans = models.JSONField(default=list, help_text="disjoint [start_s, end_s] in rising order")
    share = models.FloatField(default=0, help_text="0 to 1")
    position_s = models.FloatField(default=0, help_text="where to go on")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "unit"], name="member_progress_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.unit_id} {self.share:.0%}"
