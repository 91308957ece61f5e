"""The registry: programmes, cohorts, places and the students who hold them."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.accounts.models import OrgUnit
from lms.base import clock, private

if TYPE_CHECKING:
    from enrollment.applications.models import Application


class Programme(models.Model):
    """A programme of study (专业)."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(
        max_length=8, unique=True, help_text="LOG, NM, EC: part of student numbers"
    )
    title = models.CharField(_("专业"), max_length=60)
    level = models.CharField(_("层次"), max_length=30, default="高起专")
    years = models.DecimalField(_("学制（年）"), max_digits=3, decimal_places=1, default=2.5)
    summary = models.TextField(_("简介"), blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.title


class Cohort(models.Model):
    """One class (班) of one year: its intake, its money, its rules."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(_("班级"), max_length=100)
    year = models.PositiveSmallIntegerField(_("年份"))
    city = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="cohorts")
    college = models.CharField(_("合作院校"), max_length=100)
    opens_on = models.DateField(_("报名开始"))
    closes_on = models.DateField(_("报名截止"), help_text="the last day itself counts")
    decides_on = models.DateField(_("录取公布"))
    starts_on = models.DateField(_("开学"))
    ends_on = models.DateField(_("毕业"))
    offer_days = models.PositiveSmallIntegerField(_("确认期限（天）"), default=5)
    ceremony_at = models.DateTimeField(_("开学典礼时间"), null=True, blank=True)
    ceremony_place = models.CharField(_("开学典礼地点"), max_length=200, blank=True)
    tuition_fen = models.PositiveIntegerField(_("学费（分）"))
    union_share_fen = models.PositiveIntegerField(_("工会资助（分）"))
    college_discount_fen = models.PositiveIntegerField(_("院校减免（分）"), default=0)
    ranking_rule = models.CharField(max_length=20, default="v1", help_text="frozen when published")
    ranking_seed = models.CharField(
        _("抽签种子"), max_length=40, blank=True, help_text="published; decides among equal points"
    )
    published_at = models.DateTimeField(
        _("公示时间"), null=True, blank=True, help_text="from then on the ranking is frozen"
    )
    completion_rule = models.CharField(
        max_length=20, default="v1", help_text="frozen for the cohort"
    )

    class Meta:
        ordering = ["-year", "slug"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(opens_on__lte=models.F("closes_on"))
                & models.Q(closes_on__lte=models.F("starts_on")),
                name="cohort_dates_in_order",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    tuition_fen__gte=models.F("union_share_fen") + models.F("college_discount_fen")
                ),
                name="cohort_own_share_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def own_share_fen(self) -> int:
        """What a student pays, in fen."""
        return self.tuition_fen - self.union_share_fen - self.college_discount_fen

    def takes_applications(self, at: datetime) -> bool:
        return self.opens_on <= clock.local_date(at) <= self.closes_on

    def waiting_is_over(self, at: datetime) -> bool:
        """Who waits for a place is told: up to the first day of classes, that day included."""
        return clock.local_date(at) > self.starts_on


class Place(models.Model):
    """One seat of one programme in one cohort.

    Places are rows: two people cannot hold the same row, so fifty can never become fifty-one,
    whatever the isolation level and whoever forgot a lock. Changing the quota is inserting or
    deleting rows; a held one refuses to go (PROTECT).
    """

    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="places")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="places")
    no = models.PositiveSmallIntegerField()

    if TYPE_CHECKING:
        application: Application

    class Meta:
        ordering = ["programme", "no"]
        constraints = [
            models.UniqueConstraint(fields=["cohort", "programme", "no"], name="place_once")
        ]

    def __str__(self) -> str:
        return f"{self.cohort} {self.programme} {self.no}"


class Student(models.Model):
    """A person on the roll (学籍)."""

    class Status(models.TextChoices):
        ENROLLED = "enrolled", _("在读")
        ON_LEAVE = "on_leave", _("休学")
        WITHDRAWN = "withdrawn", _("退学")
        GRADUATED = "graduated", _("毕业")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="student"
    )
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="students")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="students")
    place = models.OneToOneField(Place, on_delete=models.PROTECT, related_name="student")
    org_unit = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, related_name="students", help_text="union of membership"
    )
    student_no = models.CharField(_("学号"), max_length=20, unique=True)
    name = models.CharField(_("姓名"), max_length=100)
    id_number = private.PrivateField(_("证件号码"), mask=private.mask_id_number)
    id_lookup = private.LookupField(of="id_number", db_index=True)
    occupation = models.CharField(_("职业"), max_length=40, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ENROLLED)
    matriculated_at = models.DateTimeField()

    class Meta:
        ordering = ["student_no"]

    def __str__(self) -> str:
        return f"{self.student_no} {self.name}"


class StatusChange(models.Model):
    """Append-only history of a student's status."""

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="status_changes")
    was = models.CharField(max_length=12, blank=True)
    became = models.CharField(max_length=12, choices=Student.Status.choices)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.student_id} {self.was} → {self.became}"
