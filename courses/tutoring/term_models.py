"""What a term is planned from, and the plan that is being made.

Personal: ``ShiftWeek`` and ``Whereabouts`` say when and where somebody works. Read by the student
and the planner only; tutors see what follows for a class, never the weeks themselves.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.tutoring.models import Station
from enrollment.registry.models import Cohort, Student

HOURS_A_WEEK = 7 * 24


class ShiftWeek(models.Model):
    """The hours of a week in which a student works; without ``monday`` the usual week.

    ``cells`` has a character for every hour from Monday 0:00, ``1`` where a shift lies.
    """

    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="shift_weeks")
    monday = models.DateField(_("哪一周"), null=True, blank=True)
    cells = models.CharField(_("班次"), max_length=HOURS_A_WEEK)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["student", "monday"]
        constraints = [
            models.UniqueConstraint(fields=["student", "monday"], name="shift_week_once"),
            models.UniqueConstraint(
                fields=["student"], condition=Q(monday__isnull=True), name="one_usual_week"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.monday or 'usual'}"


class Whereabouts(models.Model):
    """Which station a student is usually near, and how long a way is not too long."""

    student = models.OneToOneField(Student, on_delete=models.CASCADE, related_name="whereabouts")
    station = models.ForeignKey(
        Station, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reach_min = models.PositiveSmallIntegerField(_("最远（分钟）"), default=30)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.student_id} {self.reach_min} min"


class TutorHours(models.Model):
    """The hours in which a tutor would teach (``1`` in ``cells``), and how many classes a week."""

    tutor = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="teaching_hours"
    )
    cells = models.CharField(max_length=HOURS_A_WEEK)
    per_week = models.PositiveSmallIntegerField(_("每周最多几节"), default=3)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.tutor_id} {self.per_week} a week"


class Holiday(models.Model):
    """A day without classes; editors keep the table in the back office."""

    day = models.DateField(_("日期"), unique=True)
    name = models.CharField(_("名称"), max_length=40)
    source = models.CharField(
        _("依据"),
        max_length=60,
        blank=True,
        help_text=_("通知的文号；没有写的，页面上会提示待核对。"),
    )

    class Meta:
        ordering = ["day"]
        verbose_name = _("放假日")
        verbose_name_plural = _("放假日")

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class TermPlan(models.Model):
    """A term that a tutor is planning for a class: what is due, what was moved by hand, the answer.

    ``asked`` and ``answer`` are JSON made and read by ``terms``; ``version`` counts the changes, so
    that an answer to an older question is not taken for the newest.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("正在排")
        READY = "ready", _("排好了")
        FAILED = "failed", _("排不了")
        PUBLISHED = "published", _("已发布")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="term_plans")
    tutor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="term_plans"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    version = models.PositiveIntegerField(default=1)
    asked = models.JSONField(default=dict)
    answer = models.JSONField(default=dict)
    job = models.CharField(max_length=120, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return f"{self.cohort_id} {self.tutor_id} v{self.version}"
