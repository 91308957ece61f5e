"""What the desk of the union keeps: tables taken along, monthly reports, tried thresholds."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from enrollment.registry.models import Cohort
from lms.accounts.models import OrgUnit


class BackTest(models.Model):
    """How often the signs of the rule were right in a class that is over; counted anew by a job."""

    cohort = models.OneToOneField(Cohort, on_delete=models.CASCADE, related_name="back_test")
    at = models.DateTimeField()
    students = models.PositiveIntegerField()
    finished = models.PositiveIntegerField()
    rows = models.JSONField(help_text="{sign, threshold, flagged, unfinished} per threshold")

    def __str__(self) -> str:
        return f"{self.cohort_id} {self.at:%Y-%m-%d}"


class Export(models.Model):
    """A table that somebody took along: what, of whom, why. The file goes after a week, the row stays."""

    class What(models.TextChoices):
        ROLL = "roll", _("完成情况名单")
        UNITS = "units", _("逐单元学习情况")
        CALLS = "calls", _("联系名单")
        REGISTRATION = "registration", _("学籍注册表")

    class Format(models.TextChoices):
        XLSX = "xlsx", _("Excel／WPS 表格")
        CSV = "csv", _("CSV 文本")

    class Purpose(models.TextChoices):
        CONTACT = "contact", _("联系和帮扶学员")
        REPORT = "report", _("上报工作进度")
        COLLEGE = "college", _("院校办理学籍")
        CHECK = "check", _("核对和审计")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    what = models.CharField(_("导出内容"), max_length=12, choices=What.choices)
    format = models.CharField(_("文件格式"), max_length=4, choices=Format.choices)
    purpose = models.CharField(_("用途"), max_length=10, choices=Purpose.choices)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="+")
    org_unit = models.ForeignKey(
        OrgUnit, null=True, on_delete=models.PROTECT, related_name="+", help_text="only this unit"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    rows = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True, help_text="of the file")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["by", "-id"], name="export_own")]

    def __str__(self) -> str:
        return f"{self.what} {self.cohort_id} {self.at:%Y-%m-%d}"

    @property
    def path(self) -> str:
        return f"exports/{self.uuid}.{self.format}"


class MonthReport(models.Model):
    """A month of a class as a unit of the union reported it: figures frozen first, printed from them."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="+")
    org_unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+")
    month = models.DateField(help_text="its first day")
    at = models.DateTimeField(help_text="the moment that the figures describe")
    facts = models.JSONField()
    facts_sha256 = models.CharField(max_length=64)
    pdf = models.CharField(max_length=200, blank=True, help_text="path in the private storage")

    class Meta:
        ordering = ["-month", "org_unit__code"]
        constraints = [
            models.UniqueConstraint(
                fields=["cohort", "org_unit", "month"], name="month_report_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.cohort_id} {self.org_unit_id} {self.month:%Y-%m}"


class RegistrationLayout(models.Model):
    """Which columns a college wants in its registration table, in order, and what fills each."""

    college = models.CharField(_("合作院校"), max_length=100, unique=True)
    columns = models.JSONField(help_text="{heading, source, fixed} per column")
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.college
