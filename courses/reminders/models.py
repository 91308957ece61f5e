"""When a student wants to be reminded, and what they were told."""

from __future__ import annotations

from datetime import time

from django.db import models
from django.utils.translation import gettext_lazy as _

from enrollment.registry.models import Student

EVERY_DAY = "1234567"


class Reminder(models.Model):
    """A student's own choice; without a row nobody is reminded of anything."""

    class By(models.TextChoices):
        SMS = "sms", _("短信")
        CALENDAR = "calendar", _("手机日历")

    student = models.OneToOneField(Student, on_delete=models.PROTECT, related_name="reminder")
    is_on = models.BooleanField(default=True)
    by = models.CharField(max_length=10, choices=By.choices, default=By.SMS)
    at = models.TimeField(default=time(14, 50), help_text="in Shanghai; the window begins")
    weekdays = models.CharField(max_length=7, default=EVERY_DAY, help_text="1 is Monday: 1357")
    set_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.student_id} {self.at:%H:%M} {self.weekdays}"


class Digest(models.Model):
    """One message of one day: the constraint is what makes it at most one."""

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="digests")
    day = models.DateField()
    at = models.DateTimeField()
    told = models.JSONField(default=list, help_text="kinds of news: lesson, meeting, replies")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["student", "day"], name="digest_once_a_day")]

    def __str__(self) -> str:
        return f"{self.student_id} {self.day}"
