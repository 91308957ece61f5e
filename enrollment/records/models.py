"""What the registrar's office writes down of a student: acts with their papers, marks per course."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from enrollment.registry.models import Student
from lms.base.storage import private_files


class Added(models.QuerySet[Any]):
    """Rows that are added and read; what was wrong is put right by another row."""

    def update(self, **kwargs: Any) -> int:
        raise TypeError("The record is not changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("The record is not deleted.")


class RollAct(models.Model):
    """One change on the roll and what it rests on. Append-only."""

    class Kind(models.TextChoices):
        LEAVE = "leave", _("休学")
        RETURN = "return", _("复学")
        WITHDRAWAL = "withdrawal", _("退学")
        PROGRAMME = "programme", _("转专业")
        UNION = "union", _("转工会")
        NAME = "name", _("更正姓名")
        RECOGNITION = "recognition", _("认定学习成果")
        GRADUATION = "graduation", _("毕业")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="roll_acts")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    was = models.CharField(max_length=200, blank=True)
    became = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    facts = models.JSONField(default=dict, help_text="what it was decided by, frozen")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)

    objects: ClassVar[models.Manager[RollAct]] = Added.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.student_id} {self.kind} {self.at:%Y-%m-%d}"


def _paper_place(paper: RollPaper, _name: str) -> str:
    return f"roll/{paper.uuid}"


class RollPaper(models.Model):
    """A paper an act rests on (a certificate, a letter of the employer), sealed in private storage."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    act = models.ForeignKey(RollAct, on_delete=models.PROTECT, related_name="papers")
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=40)
    file = models.FileField(storage=private_files, upload_to=_paper_place)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.act_id} {self.name}"


class CourseRecord(models.Model):
    """A mark, or a recognition, of one course. Append-only: the newest of a course counts.

    ``course`` is the uuid by which the courses' house knows it; title and credits are written
    down as they were, because courses are renamed.
    """

    class Source(models.TextChoices):
        EXAM = "exam", _("院校考试")
        LEARNING = "learning", _("平时成绩")
        RECOGNISED = "recognised", _("学分认定")

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="course_records")
    course = models.UUIDField()
    title = models.CharField(max_length=255)
    credits = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=12, choices=Source.choices)
    mark = models.PositiveSmallIntegerField(null=True, help_text="0 to 100; none if recognised")
    note = models.CharField(max_length=200, blank=True)
    act = models.ForeignKey(RollAct, null=True, on_delete=models.PROTECT, related_name="records")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)

    objects: ClassVar[models.Manager[CourseRecord]] = Added.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["student", "course", "-id"], name="course_record_newest")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(source="recognised", mark__isnull=True)
                | models.Q(mark__gte=0, mark__lte=100) & ~models.Q(source="recognised"),
                name="course_record_mark_fits",
            )
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.title} {self.mark}"
