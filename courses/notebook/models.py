"""What a student writes beside a lesson: notes for themselves, questions to the tutor."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from courses.catalogue.models import Unit
from enrollment.registry.models import Student
from lms.base import private


class Note(models.Model):
    """A student's own note, read by nobody else; deleted when the student deletes it."""

    # Made by the phone: a note that was written without a signal and sent twice is one note.
    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="notes")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="notes")
    at_s = models.FloatField(null=True, help_text="seconds of the video; null: the whole unit")
    text = private.PrivateField()
    written_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.student_id} {self.unit_id}"


class TutorQuestion(models.Model):
    """A question to the tutor. Between the student and their tutors; the class does not see it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="questions")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="questions")
    at_s = models.FloatField(null=True, help_text="seconds of the video; null: the whole unit")
    text = private.PrivateField()
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, help_text="first answer")
    taken_back_at = models.DateTimeField(null=True, help_text="by the student; the words are gone")

    class Meta:
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=Q(answered_at=None, taken_back_at=None),
                name="question_waits",
            )
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.unit_id}"


class Reply(models.Model):
    """A tutor's answer. Append-only: two tutors who answer at once have both answered."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, help_text="of the form that sent it")
    question = models.ForeignKey(TutorQuestion, on_delete=models.PROTECT, related_name="replies")
    tutor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = private.PrivateField()
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, help_text="by the student")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.question_id} {self.tutor_id}"
