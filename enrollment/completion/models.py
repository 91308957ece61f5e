"""The ledger of what students achieved, and the standing derived from it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from enrollment.registry.models import Cohort, Programme, Student
from lms.accounts.models import OrgUnit


class AppendOnly(models.QuerySet[Any]):
    """Rows of a ledger are added and read; nothing else."""

    def update(self, **kwargs: Any) -> int:
        raise TypeError("The ledger is not changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("The ledger is not deleted.")


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

    objects: ClassVar[models.Manager[Milestone]] = AppendOnly.as_manager()

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.UniqueConstraint(fields=["student", "key"], name="milestone_once")]

    def __str__(self) -> str:
        return f"{self.student_id} {self.key}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise TypeError("Milestones are not changed.")
        super().save(*args, **kwargs)


class LearningEntry(models.Model):
    """What ``courses`` counted of one student at one moment. Append-only, each chained to the last.

    A line is written when a count changes and with the first study of a local day, so that the
    standing of any day can be derived again from the last line before it.
    """

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="learning_entries")
    at = models.DateTimeField()
    units_done = models.PositiveIntegerField()
    units_required = models.PositiveIntegerField()
    courses_done = models.PositiveSmallIntegerField()
    courses_required = models.PositiveSmallIntegerField()
    meetings_attended = models.PositiveSmallIntegerField()
    minutes_left = models.PositiveIntegerField()
    last_study_at = models.DateTimeField(null=True)
    rule_version = models.CharField(max_length=20)
    sha256 = models.CharField(max_length=64, help_text="of the line before and of this one")

    objects: ClassVar[models.Manager[LearningEntry]] = AppendOnly.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["student", "-id"], name="learning_entry_last")]

    def __str__(self) -> str:
        return f"{self.student_id} {self.at:%Y-%m-%d} {self.units_done}/{self.units_required}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise TypeError("The ledger is not changed.")
        super().save(*args, **kwargs)


class Move(models.Model):
    """Where a student belonged until then: union and programme before a change. Append-only.

    Figures of a past day count everybody where they belonged that day.
    """

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="moves")
    org_unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects: ClassVar[models.Manager[Move]] = AppendOnly.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.student_id} {self.at:%Y-%m-%d}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise TypeError("Where somebody belonged is not changed.")
        super().save(*args, **kwargs)


class Standing(models.Model):
    """Where a student stands: a pure function of the ledger, the status and the cohort's rule.

    Derived, may be rebuilt at any time; pages of the union read only this. ``cohort`` and
    ``org_unit`` repeat the student's, so that the list of a district is read off one index.
    """

    class State(models.TextChoices):
        FINISHED = "finished", _("已完成")
        ON_TRACK = "on_track", _("正常")
        BEHIND = "behind", _("落后")
        WAITING = "waiting", _("未开始")
        AWAY = "away", _("休学")

    student = models.OneToOneField(Student, on_delete=models.CASCADE, related_name="standing")
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="+")
    org_unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+")
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
    ledger_sha256 = models.CharField(max_length=64, blank=True, help_text="of the last line")
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["state"], name="standing_state"),
            models.Index(
                fields=["cohort", "state", "share", "last_study_at"], name="standing_to_call"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.state}"


class StandingTally(models.Model):
    """How many stand where, per cell of the union's pages. A change adds a row; the sum is the truth.

    Rows are only added while students learn, so that nobody waits for a row that everybody writes;
    the nightly fold replaces the rows of a cell by their sum.
    """

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="+")
    org_unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    occupation = models.CharField(max_length=40, blank=True)
    students = models.IntegerField(default=0)
    started = models.IntegerField(default=0)
    finished = models.IntegerField(default=0)
    on_track = models.IntegerField(default=0)
    behind = models.IntegerField(default=0)
    waiting = models.IntegerField(default=0)
    away = models.IntegerField(default=0)
    share_bp = models.BigIntegerField(default=0, help_text="sum of shares, in 1/10,000")
    minutes_left = models.BigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["cohort", "org_unit"], name="standing_tally_cell")]

    def __str__(self) -> str:
        return f"{self.cohort_id} {self.org_unit_id} {self.students:+d}"


class MonthTally(models.Model):
    """Achievements of a local month, per cell; read like ``StandingTally``.

    ``station`` is the key of the station where a meeting was, 0 elsewhere.
    """

    class Figure(models.TextChoices):
        COURSES = "courses", _("修完课程")
        MEETINGS = "meetings", _("线下课出席")
        FINISHED = "finished", _("完成学业")

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="+")
    org_unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    occupation = models.CharField(max_length=40, blank=True)
    station = models.BigIntegerField(default=0)
    month = models.DateField(help_text="its first day")
    figure = models.CharField(max_length=10, choices=Figure.choices)
    n = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["cohort", "month"], name="month_tally_cell")]

    def __str__(self) -> str:
        return f"{self.cohort_id} {self.month:%Y-%m} {self.figure} {self.n:+d}"


class DayTally(models.Model):
    """Minutes studied and applications handed in, per unit and local day; counted anew by a job."""

    class Figure(models.TextChoices):
        MINUTES = "minutes", _("学习分钟")
        APPLIED = "applied", _("报名")

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="+")
    org_unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    figure = models.CharField(max_length=10, choices=Figure.choices)
    n = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cohort", "figure", "org_unit", "day"], name="day_tally_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.cohort_id} {self.day} {self.figure} {self.n}"


class Reconciliation(models.Model):
    """What the nightly comparison with the ledger found, before it put it right."""

    at = models.DateTimeField()
    standings = models.PositiveIntegerField(help_text="compared")
    standing_differences = models.PositiveIntegerField()
    cells = models.PositiveIntegerField(help_text="compared")
    cell_differences = models.PositiveIntegerField()
    broken_evidence = models.PositiveIntegerField(help_text="lines whose hash does not fit")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.differences}"

    @property
    def differences(self) -> int:
        return self.standing_differences + self.cell_differences + self.broken_evidence


class Call(models.Model):
    """An officer rang a student up: when, and what came of it. Append-only."""

    class Outcome(models.TextChoices):
        WILL_STUDY = "will_study", _("答应继续学")
        NEEDS_HELP = "needs_help", _("需要帮助")
        NO_ANSWER = "no_answer", _("没接通")
        WRONG_NUMBER = "wrong_number", _("号码不对")
        WANTS_LEAVE = "wants_leave", _("想休学")
        WANTS_OUT = "wants_out", _("想退学")

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="calls")
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    note = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["student", "-at"], name="call_latest")]

    def __str__(self) -> str:
        return f"{self.student_id} {self.outcome} {self.at:%Y-%m-%d}"
