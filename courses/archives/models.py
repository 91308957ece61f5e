"""A course archive on its way in, and which page each part of it became."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from courses.archives import found
from lms.accounts.models import User
from lms.base import storage


def _place(instance: CourseImport, _name: str) -> str:
    return f"course-imports/{instance.uuid}"


class CourseImport(models.Model):
    """One archive: looked through first, written on a second word; its lines are the report."""

    class Format(models.TextChoices):
        CARTRIDGE = "cc", "Common Cartridge"
        MOODLE = "moodle", _("Moodle 备份")
        OLX = "olx", _("Open edX（OLX）")

    class State(models.TextChoices):
        CHECKING = "checking", _("正在检查")
        READY = "ready", _("等你确认")
        WRITING = "writing", _("正在导入")
        DONE = "done", _("已导入")
        DROPPED = "dropped", _("已放弃")
        UNREADABLE = "unreadable", _("没有导入")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    format = models.CharField(max_length=8, choices=Format.choices, blank=True)
    file = models.FileField(storage=storage.private_files, upload_to=_place, blank=True)
    file_name = models.CharField(max_length=200)
    size_bytes = models.PositiveBigIntegerField()
    source = models.CharField(
        max_length=200, blank=True, help_text="which course this is, wherever it comes from"
    )
    title = models.CharField(max_length=255, blank=True)
    parent = models.ForeignKey(
        Page, null=True, on_delete=models.SET_NULL, related_name="+",
        help_text="programme that a new course goes to",
    )  # fmt: skip
    update_of = models.ForeignKey(
        Page, null=True, on_delete=models.SET_NULL, related_name="+",
        help_text="course of an earlier import that this one brings up to date",
    )  # fmt: skip
    course_page = models.ForeignKey(
        Page, null=True, on_delete=models.SET_NULL, related_name="+", help_text="what it became"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHECKING)
    problem = models.CharField(max_length=300, blank=True)
    counts = models.JSONField(default=dict, help_text="lines by verdict")
    # Names of files that an attempt stored before its transaction: the next one clears them away.
    stored = models.JSONField(default=list)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("课程包")
        verbose_name_plural = _("课程包")

    def __str__(self) -> str:
        return self.file_name


class CourseImportLine(models.Model):
    """One thing in the archive, and what becomes of it."""

    class Verdict(models.TextChoices):
        MAPPED = found.MAPPED, _("完整")
        SIMPLIFIED = found.SIMPLIFIED, _("有简化")
        LEFT_OUT = found.LEFT_OUT, _("不导入")

    class About(models.TextChoices):
        COURSE = found.COURSE, _("课程")
        LESSON = found.LESSON, _("课时")
        TEXT = found.TEXT, _("课文")
        PICTURE = found.PICTURE, _("图片")
        FILM = found.FILM, _("视频")
        CAPTIONS = found.CAPTIONS, _("字幕")
        ATTACHMENT = found.ATTACHMENT, _("附件")
        QUIZ = found.QUIZ, _("小测")
        QUESTION = found.QUESTION, _("题目")
        LINK = found.LINK, _("链接")
        OTHER = found.OTHER, _("其他")

    batch = models.ForeignKey(CourseImport, on_delete=models.CASCADE, related_name="lines")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    about = models.CharField(max_length=10, choices=About.choices)
    place = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=200, blank=True)
    sentence = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["batch", "verdict"], name="course_import_line_verdict")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.verdict} {self.name}"


class ImportedPage(models.Model):
    """The page that a part of an archive became, so that the same archive again finds it.

    ``root`` is the course, whose own row has an empty ``key``. ``fingerprint`` leaves an editor's
    corrections alone as long as the archive says the same; ``block_ids`` are the blocks that came
    from the archive: others in the lesson are the editor's. ``said``, in the course's own row, is the
    same for what has no page: prints of its questions, and its quizzes, by their keys in the archive.
    """

    root = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="+")
    page = models.OneToOneField(Page, on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=200, db_index=True)
    key = models.CharField(max_length=200, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    block_ids = models.JSONField(default=list)
    said = models.JSONField(null=True)
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["root", "key"], name="imported_part_once")]

    def __str__(self) -> str:
        return f"{self.source} {self.key}"
