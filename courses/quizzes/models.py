"""Questions with versions, quizzes, and attempts that freeze what was asked."""

from __future__ import annotations

import uuid

from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from taggit.managers import TaggableManager
from taggit.models import ItemBase, Tag
from wagtail.models import PreviewableMixin

from courses.catalogue.phones import ShownOnPhones
from courses.quizzes import kinds
from enrollment.registry.models import Student
from lms.accounts.models import User
from lms.base import clock, storage


class QuestionBank(models.Model):
    """A shelf of questions; what quizzes draw from it are its releases."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(_("名称"), max_length=120)
    note = models.CharField(_("说明"), max_length=300, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["title", "id"]
        verbose_name = _("题库")
        verbose_name_plural = _("题库")

    def __str__(self) -> str:
        return self.title


class Question(ShownOnPhones, PreviewableMixin, models.Model):  # type: ignore[django-manager-missing]
    """A question; what it says lives in its versions.

    ``fingerprint`` and ``search_text`` are of the newest wording, kept here so that lists and the
    hunt for duplicates ask one table.
    """

    class Kind(models.TextChoices):
        SINGLE = kinds.SINGLE, _("单选题")
        MULTIPLE = kinds.MULTIPLE, _("多选题")
        TRUE_FALSE = kinds.TRUE_FALSE, _("判断题")
        FILL = kinds.FILL, _("填空题")
        NUMERIC = kinds.NUMERIC, _("计算题")
        MATCHING = kinds.MATCHING, _("配对题")
        ORDERING = kinds.ORDERING, _("排序题")
        SHORT = kinds.SHORT, _("简答题")
        UPLOAD = kinds.UPLOAD, _("作业题")
        CASE = kinds.CASE, _("案例题")

    class Review(models.TextChoices):
        WAITING = "waiting", _("待审核")
        READY = "ready", _("可以用")
        RETURNED = "returned", _("退回修改")
        RETIRED = "retired", _("停用")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(
        max_length=60, unique=True, null=True, help_text="set by imports and seeds"
    )
    bank = models.ForeignKey(
        QuestionBank,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="questions",
        verbose_name=_("题库"),
    )
    title = models.CharField(_("名称"), max_length=200, blank=True)
    kind = models.CharField(_("题型"), max_length=10, choices=Kind.choices)
    difficulty = models.PositiveSmallIntegerField(_("难度（1 到 3）"), default=1)
    points = models.PositiveSmallIntegerField(_("分值"), default=1)
    tags = TaggableManager(_("标签"), through="courses.QuestionTag", blank=True)
    review = models.CharField(
        _("审核"), max_length=8, choices=Review.choices, default=Review.READY, db_index=True
    )
    review_note = models.CharField(_("审核意见"), max_length=300, blank=True)
    reviewed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    fingerprint = models.CharField(max_length=32, blank=True, db_index=True)
    search_text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("题目")
        verbose_name_plural = _("题目")

    def __str__(self) -> str:
        return self.title or self.search_text[:40] or self.key or str(self.uuid)

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        """What the form says now, as a student would see it; kept nowhere."""
        from courses.quizzes.backoffice.previews import preview

        return preview(request, self)


class QuestionTag(ItemBase):
    """A word by which a question is found and drawn."""

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="question_tags")
    content_object = models.ForeignKey(
        Question, on_delete=models.CASCADE, related_name="tagged_items"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["content_object", "tag"], name="question_tag_once")
        ]

    def __str__(self) -> str:
        return f"{self.content_object_id} {self.tag_id}"


class QuestionVersion(models.Model):
    """The wording and the key of a question; never changed once it was asked.

    Texts are markup as ``wording.markup`` reads it. ``body`` by kind: ``options`` (key, text,
    correct, feedback, and ``share`` where options weigh differently) for single, multiple and
    true_false; ``answers`` for fill (see ``typed.word``); ``answer``, ``tolerance``, ``unit`` for
    numeric (see ``typed.figure``); ``pairs`` and ``extra`` for matching, ``items`` for ordering
    (see ``arranged``); ``sample`` and ``rubric`` (text, points) for short and upload, ``files``
    (how many at most) for upload; ``parts`` (key, kind, stem, body, points) for case.
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


class BankRelease(models.Model):
    """What a bank held at a moment: quizzes draw from the newest one, whatever is being edited."""

    bank = models.ForeignKey(QuestionBank, on_delete=models.PROTECT, related_name="releases")
    number = models.PositiveIntegerField()
    note = models.CharField(_("说明"), max_length=200, blank=True)
    released_at = models.DateTimeField()
    released_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    size = models.PositiveIntegerField()
    versions = models.ManyToManyField(QuestionVersion, related_name="releases")

    class Meta:
        ordering = ["bank", "-number"]
        constraints = [models.UniqueConstraint(fields=["bank", "number"], name="bank_release_once")]

    def __str__(self) -> str:
        return f"{self.bank} v{self.number}"


class Quiz(models.Model):
    """A short test; ``pass_percent`` of the points finishes its unit."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(
        max_length=60, unique=True, null=True, help_text="set by imports and seeds"
    )
    title = models.CharField(_("标题"), max_length=200)
    pass_percent = models.PositiveSmallIntegerField(_("及格线（%）"), default=60)
    opens_at = models.DateTimeField(_("考试开始"), null=True, blank=True)
    closes_at = models.DateTimeField(_("考试结束"), null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(
        _("限时（分钟）"),
        null=True,
        blank=True,
        help_text=_("填了就是考试：到时自动交卷，断网时暂停计时（最多 15 分钟）。"),
    )
    tries = models.PositiveSmallIntegerField(
        _("最多做几次"), null=True, blank=True, help_text=_("不填就不限次数。")
    )

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


class QuizDraw(models.Model):
    """So many questions of a bank, another choice for every attempt."""

    quiz = models.ForeignKey(Quiz, on_delete=models.CASCADE, related_name="draws")
    bank = models.ForeignKey(
        QuestionBank, on_delete=models.PROTECT, related_name="draws", verbose_name=_("题库")
    )
    count = models.PositiveSmallIntegerField(_("抽几题"), default=5)
    tag = models.CharField(_("只抽这个标签"), max_length=100, blank=True)
    difficulty = models.PositiveSmallIntegerField(_("只抽这个难度"), null=True, blank=True)
    points = models.PositiveSmallIntegerField(_("每题分值"), default=1)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return f"{self.quiz_id} {self.bank_id} {self.count}"


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
    pending = models.BooleanField(default=False, db_index=True, help_text="a tutor has to read it")
    seen_at = models.DateTimeField(null=True, blank=True, help_text="last sign of the phone")
    paused_s = models.PositiveIntegerField(default=0, help_text="without a signal, in an exam")

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


class Grading(models.Model):
    """What an attempt was worth at a moment and why; the newest counts, none is ever changed."""

    class Reason(models.TextChoices):
        SUBMITTED = "submitted", _("交卷")
        TUTOR = "tutor", _("老师批改")
        REGRADED = "regraded", _("题目更正后重新评分")

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="gradings")
    number = models.PositiveIntegerField()
    reason = models.CharField(max_length=9, choices=Reason.choices)
    score = models.FloatField()
    passed = models.BooleanField(null=True)
    points = models.JSONField(help_text="points by the key of the version asked")
    marked_by = models.JSONField(help_text="the version whose key was used, by the version asked")
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["attempt", "number"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "number"], name="grading_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id} #{self.number} {self.score}"


class TutorMark(models.Model):
    """What a tutor gave for one answer; the newest counts."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="tutor_marks")
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="+")
    share = models.FloatField(help_text="of the points, 0 to 1")
    rubric = models.JSONField(default=list, help_text="points given, in the order of the rubric")
    comment = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.attempt_id} {self.version_id} {self.share}"


class AttemptPause(models.Model):
    """A stretch of an exam without a signal, and how much of it the clock stood still."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="pauses")
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()
    counted_s = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.attempt_id} {self.counted_s} s"


def _answer_file_place(instance: AnswerFile, _name: str) -> str:
    return f"answers/{instance.attempt_id}/{instance.uuid}"


class AnswerFile(models.Model):
    """A photo or document handed in; sealed, and opened only by its student and tutors."""

    class Kind(models.TextChoices):
        PHOTO = "photo", _("照片")
        DOCUMENT = "document", _("文件")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="files")
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=200)
    file = models.FileField(storage=storage.private_files, upload_to=_answer_file_place)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveIntegerField()
    uploaded_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["attempt", "version", "sha256"], name="answer_file_once"
            )
        ]

    def __str__(self) -> str:
        return self.name
