"""What stands beside a presence: leave asked for, a recording, a missed meeting made up.

Personal: the reason of a leave and the words of an answer. Read by the student and the tutor of
the meeting only.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.quizzes.models import Quiz
from courses.tutoring.models import Meeting
from enrollment.registry.models import Student
from lms.base import private
from media.models import Video


class LeaveRequest(models.Model):
    """A student says beforehand why they cannot come, and the tutor answers."""

    class State(models.TextChoices):
        ASKED = "asked", _("等老师回复")
        AGREED = "agreed", _("已同意")
        DECLINED = "declined", _("没有同意")
        WITHDRAWN = "withdrawn", _("已撤回")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="leaves")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="leaves")
    reason = private.PrivateField(_("请假原因"))
    state = models.CharField(max_length=9, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField()
    answer = private.PrivateField(_("老师的话"))
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "student"], name="leave_once"),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.student_id} {self.state}"


class Recording(models.Model):
    """The film of a meeting and the quiz about it: what somebody who missed it can do instead."""

    meeting = models.OneToOneField(Meeting, on_delete=models.PROTECT, related_name="recording")
    video = models.ForeignKey(Video, on_delete=models.PROTECT, related_name="recordings")
    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="recordings")
    added_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"recording of {self.meeting_id}"


class MakeUp(models.Model):
    """A missed meeting that was made up, as the student asks and the tutor judges."""

    class Way(models.TextChoices):
        RECORDING = "recording", _("看录像、做小测")
        REPEAT = "repeat", _("上了重开的一节")

    class State(models.TextChoices):
        WAITING = "waiting", _("等老师认定")
        APPROVED = "approved", _("认定了")
        RETURNED = "returned", _("请再补一补")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="make_ups")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="make_ups")
    way = models.CharField(max_length=9, choices=Way.choices)
    repeat = models.ForeignKey(Meeting, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    evidence = models.JSONField(default=dict)
    asked_at = models.DateTimeField()
    answer = private.PrivateField(_("老师的话"))
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "student"], name="make_up_once"),
            models.CheckConstraint(
                condition=Q(way="repeat", repeat__isnull=False)
                | Q(way="recording", repeat__isnull=True),
                name="repeat_iff_way_is_repeat",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.student_id} {self.way} {self.state}"
