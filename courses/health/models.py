"""What the nightly look at lessons and questions found."""

from __future__ import annotations

from django.db import models

from courses.catalogue.models import Lesson
from courses.quizzes.models import Question


class LessonCheck(models.Model):
    """What is broken in a published lesson, and where its links lead."""

    lesson = models.OneToOneField(Lesson, on_delete=models.CASCADE, related_name="check_row")
    broken = models.JSONField(default=list, help_text="[kind, what] of each thing that is gone")
    outside = models.JSONField(default=list, help_text="addresses of other sites; never fetched")
    checked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.lesson_id} {len(self.broken)}"


class QuestionFigures(models.Model):
    """How a question was answered, by the first try of each student (see ``items``)."""

    question = models.OneToOneField(Question, on_delete=models.CASCADE, related_name="figures")
    answered = models.PositiveIntegerField()
    facility = models.FloatField(help_text="mean share of the points, 0 to 1")
    discrimination = models.FloatField(null=True, help_text="-1 to 1; none of too few answers")
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.question_id} {self.facility:.2f}"
