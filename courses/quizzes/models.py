"""Questions with versions, quizzes, and attempts that freeze what was asked."""

from __future__ import annotations

import uuid

from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enrollment.registry.models import Student


class Question(models.Model):
    """A question of the bank; what it says lives in its versions."""

    class Kind(models.TextChoices):
        SINGLE = "single", _("单选题")
        MULTIPLE = "multiple", _("多选题")
        TRUE_FALSE = "true_false", _("判断题")
        FILL = "fill", _("填空题")
        NUMERIC = "numeric", _("计算题")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(
        max_length=60, unique=True, null=True, help_text="set by imports and seeds"
    )
    kind = models.CharField(_("题型"), max_length=10, choices=Kind.choices)
    difficulty = models.PositiveSmallIntegerField(_("难度（1 到 3）"), default=1)

    def __str__(self) -> str:
        return self.key or str(self.uuid)


class QuestionVersion(models.Model):
    """The wording and the key of a question; never changed once it was asked.

    ``body`` by kind: ``options`` (list of key, text, correct, feedback) for single, multiple and
    true_false; ``answers`` (accepted texts) for fill; ``answer``, ``tolerance``, ``unit`` for numeric.
    """

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(default=1)
    stem = models.TextField()
    body = models.JSONField()
    explanation = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["question", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["question", "number"], name="question_version_once")
        ]

    def __str__(self) -> str:
        return self.stem[:60]


class Quiz(models.Model):
    """A short test; ``pass_percent`` of the points finishes its unit."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(
        max_length=60, unique=True, null=True, help_text="set by imports and seeds"
    )
    title = models.CharField(_("标题"), max_length=200)
    pass_percent = models.PositiveSmallIntegerField(_("及格线（%）"), default=60)

    class Meta:
        ordering = ["title"]
        verbose_name = _("小测")
        verbose_name_plural = _("小测")

    def __str__(self) -> str:
        return self.title

    @admin.display(description=_("题数"))
    def question_count(self) -> int:
        return self.items.count()


class QuizItem(models.Model):
    """A question's place in a quiz."""

    quiz = models.ForeignKey(Quiz, on_delete=models.CASCADE, related_name="items")
    question = models.ForeignKey(
        Question, on_delete=models.PROTECT, related_name="items", verbose_name=_("题目")
    )
    order = models.PositiveSmallIntegerField(default=0)
    points = models.PositiveSmallIntegerField(_("分值"), default=1)

    class Meta:
        ordering = ["order", "id"]
        constraints = [models.UniqueConstraint(fields=["quiz", "question"], name="quiz_item_once")]

    def __str__(self) -> str:
        return f"{self.quiz_id} {self.order}"


class Attempt(models.Model):
    """One try at a quiz. Freezes the versions asked; the best submitted try counts."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, help_text="may be made by the client")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="attempts")
    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="attempts")
    version_ids = models.JSONField(help_text="QuestionVersion keys in the order asked, with points")
    started_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    score = models.FloatField(null=True, blank=True)
    max_score = models.FloatField()
    passed = models.BooleanField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["student", "quiz"],
                condition=Q(submitted_at__isnull=True),
                name="one_open_attempt",
            )
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.quiz_id} {self.score}"


class Answer(models.Model):
    """What was answered, appended; the newest per question counts at submit."""

    uuid = models.UUIDField(unique=True, help_text="made by the client; sending twice is once")
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="answers")
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="answers")
    given = models.JSONField()
    at = models.DateTimeField()
    points = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.attempt_id} {self.version_id}"
