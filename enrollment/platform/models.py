"""Other systems: tokens that may read, and addresses that want to be told."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from enrollment.registry.models import Student
from lms.accounts.models import OrgUnit
from lms.base import private


class Scope(models.TextChoices):
    FIGURES = "figures:read", _("汇总数据")
    STUDENTS = "students:read", _("学员名单（不含姓名和号码）")
    MONEY = "money:read", _("资助金额")


class ApiToken(models.Model):
    """A secret by which a system reads; only its hash is kept. Shown once, when it is made."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("用途"), max_length=80)
    begins = models.CharField(max_length=8, help_text="to tell tokens apart on the page")
    sha256 = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    org_unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True)
    used_on = models.DateField(null=True, help_text="last day")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} {self.begins}"


class Hook(models.Model):
    """An address that is told of events, each time signed with the secret."""

    class Event(models.TextChoices):
        MATRICULATED = "student.matriculated", _("学员注册")
        STATUS = "student.status_changed", _("学籍状态变化")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    url = models.URLField(max_length=300)
    secret = private.PrivateField()
    org_unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """One event for one address: what is sent, made once, and when it arrived."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    hook = models.ForeignKey(Hook, on_delete=models.PROTECT, related_name="deliveries")
    event = models.CharField(max_length=40, choices=Hook.Event.choices)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="+")
    body = models.JSONField(help_text="no names, no numbers of people")
    at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    answer = models.PositiveSmallIntegerField(null=True, help_text="the last status")

    objects: ClassVar[models.Manager[Delivery]] = models.Manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.event} {self.uuid}"
