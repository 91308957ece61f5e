"""A file of questions on its way into a bank: looked through first, written on a second word."""

from __future__ import annotations

import uuid

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.quizzes.models import Question, QuestionBank
from lms.accounts.models import User
from lms.base import storage


def _place(instance: QuestionImport, _name: str) -> str:
    return f"question-imports/{instance.uuid}"


class QuestionImport(models.Model):
    """One file; its lines say what became, or would become, of every question in it."""

    class Format(models.TextChoices):
        SHEET = "xlsx", _("Excel 表格（.xlsx）")
        GIFT = "gift", _("GIFT 文本（.txt、.gift）")
        MOODLE_XML = "moodle_xml", _("Moodle XML（.xml）")

    class State(models.TextChoices):
        CHECKING = "checking", _("正在检查")
        READY = "ready", _("等你确认")
        WRITING = "writing", _("正在导入")
        DONE = "done", _("已导入")
        DROPPED = "dropped", _("已放弃")
        UNREADABLE = "unreadable", _("打不开")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    bank = models.ForeignKey(QuestionBank, on_delete=models.PROTECT, related_name="imports")
    format = models.CharField(max_length=10, choices=Format.choices)
    file_name = models.CharField(max_length=200)
    file = models.FileField(storage=storage.private_files, upload_to=_place)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHECKING)
    problem = models.CharField(max_length=300, blank=True)
    counts = models.JSONField(default=dict, help_text="lines by verdict")
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name


class ImportLine(models.Model):
    """A question of the file, or a line that is none, and what is to be done about it."""

    class Verdict(models.TextChoices):
        MAPPED = "mapped", _("完整")
        SIMPLIFIED = "simplified", _("有简化")
        DUPLICATE = "duplicate", _("重复")
        LEFT_OUT = "left_out", _("不导入")
        REFUSED = "refused", _("有错")

    batch = models.ForeignKey(QuestionImport, on_delete=models.CASCADE, related_name="lines")
    line_no = models.PositiveIntegerField()
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    sentence = models.CharField(max_length=500, blank=True)
    item = models.JSONField(null=True, encoder=DjangoJSONEncoder, help_text="items.Item as JSON")
    twin = models.ForeignKey(
        Question, null=True, on_delete=models.SET_NULL, related_name="+", help_text="the same here"
    )

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["batch", "verdict"], name="import_line_verdict")]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.line_no} {self.verdict}"


class ImportPicture(models.Model):
    """A picture that came inside the file, cleaned; it becomes one of Wagtail's with the import."""

    batch = models.ForeignKey(QuestionImport, on_delete=models.CASCADE, related_name="pictures")
    sha256 = models.CharField(max_length=64)
    file_name = models.CharField(max_length=200)
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "sha256"], name="import_picture_once")
        ]

    def __str__(self) -> str:
        return self.file_name
