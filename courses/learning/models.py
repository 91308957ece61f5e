"""What was learnt: evidence first, roll-ups beside it in the same transaction."""

from __future__ import annotations

from django.db import models

from courses.catalogue.models import Course, Unit
from enrollment.registry.models import Student


class Learner(models.Model):
    """What the learning room knows of a student as a whole.

    Every act on a student's progress begins by writing this row: the database then lets one
    such act at a time through, on every backend, without asking for a lock.
    """

    student = models.OneToOneField(Student, on_delete=models.PROTECT, related_name="learner")
    goal_days = models.PositiveSmallIntegerField(
        default=4, help_text="study days a week, own choice"
    )
    last_study_at = models.DateTimeField(null=True, blank=True)
    touched_at = models.DateTimeField()
    unseen_replies = models.PositiveSmallIntegerField(
        default=0, help_text="of tutors; here, so that Today asks nothing more"
    )

    def __str__(self) -> str:
        return f"{self.student_id}"


class WatchSegment(models.Model):
    """A stretch of video that a device says it played. Append-only; the client's uuid dedupes.

    What could not be credited is kept with its reason, never dropped.
    """

    uuid = models.UUIDField(unique=True, help_text="made by the client")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="watch_segments")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="watch_segments")
    device = models.CharField(max_length=36)
    start_s = models.FloatField(help_text="seconds from the first frame")
    end_s = models.FloatField()
    rate = models.FloatField(default=1)
    client_started_at = models.DateTimeField(help_text="by the device's clock")
    client_stopped_at = models.DateTimeField()
    started_at = models.DateTimeField(help_text="the same moments by the server's clock")
    stopped_at = models.DateTimeField()
    received_at = models.DateTimeField()
    credited_s = models.FloatField(default=0, help_text="seconds of video accepted, before union")
    refused_reason = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [models.Index(fields=["student", "stopped_at"], name="segment_own_time")]

    def __str__(self) -> str:
        return f"{self.student_id} {self.unit_id} {self.start_s:.0f}–{self.end_s:.0f}"


class UnitProgress(models.Model):
    """What one student has of one unit. Only ever grows."""

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="unit_progress")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="progress")
    spans = models.JSONField(default=list, help_text="disjoint [start_s, end_s] in rising order")
    share = models.FloatField(default=0, help_text="0 to 1")
    position_s = models.FloatField(default=0, help_text="where to go on")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["student", "unit"], name="unit_progress_once")
        ]
        indexes = [models.Index(fields=["student", "-last_at"], name="unit_progress_recent")]

    def __str__(self) -> str:
        return f"{self.student_id} {self.unit_id} {self.share:.0%}"


class CourseProgress(models.Model):
    """Roll-up of one student's course; opened at matriculation, frozen when complete."""

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="course_progress")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="progress")
    units_done = models.PositiveIntegerField(default=0)
    units_required = models.PositiveIntegerField(default=0)
    seconds_left = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True, blank=True)
    rule_version = models.CharField(max_length=20, blank=True, help_text="set when complete")
    frozen_units = models.JSONField(default=list, help_text="uuids that counted when complete")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["student", "course"], name="course_progress_once")
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.course_id} {self.units_done}/{self.units_required}"

    @property
    def is_waived(self) -> bool:
        """Whether it counts by what was learnt elsewhere: its lessons are asked of nobody.

        Known of rows of ``queries.own_courses`` and ``own_course``.
        """
        return self.completed_at is None and getattr(self, "recognised", False)


class StudyDay(models.Model):
    """Seconds studied on one local day: the heat strip and the weekly goal."""

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="study_days")
    day = models.DateField()
    seconds = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["student", "day"], name="study_day_once")]
        # The union's strip counts the last days of everybody.
        indexes = [models.Index(fields=["day"], name="study_day_day")]

    def __str__(self) -> str:
        return f"{self.student_id} {self.day}"
