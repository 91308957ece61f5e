"""The embedded member register, the workbooks it is filled from, and requests to join."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enrollment.applications.models import Application
from lms.accounts.models import OrgUnit
from lms.base import private
from lms.base.storage import private_files


class Member(models.Model):
    """One member of the union as the embedded register knows them.

    The ID number names the person. A row that came without one is named by its phone number
    until a later import or a join request brings the number.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("姓名"), max_length=100)
    id_number = private.PrivateField(_("证件号码"), mask=private.mask_id_number)
    id_lookup = private.LookupField(of="id_number", unique=True)
    phone = private.PrivateField(_("手机号"), mask=private.mask_phone)
    phone_lookup = private.LookupField(of="phone", db_index=True)
    district = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, related_name="+", help_text="of ``unit``"
    )
    unit = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, related_name="members", help_text="district or below"
    )
    member_since = models.DateField(_("入会日期"), null=True, blank=True)
    left_on = models.DateField(_("退会日期"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, help_text="counts changes")
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["phone_lookup"],
                condition=Q(id_lookup__isnull=True),
                name="member_by_phone_once",
            ),
            models.CheckConstraint(
                condition=Q(id_lookup__isnull=False) | Q(phone_lookup__isnull=False),
                name="member_can_be_found",
            ),
        ]

    def __str__(self) -> str:
        return self.name


def _workbook_path(roster: Roster, filename: str) -> str:
    return f"rosters/{roster.uuid}.sealed"


class Roster(models.Model):
    """One workbook of members: looked through first, taken into the register on a second word."""

    class State(models.TextChoices):
        CHECKING = "checking", _("正在核对")
        READY = "ready", _("核对完，待导入")
        APPLYING = "applying", _("正在导入")
        DONE = "done", _("已导入")
        UNREADABLE = "unreadable", _("读不了")
        DROPPED = "dropped", _("已放弃")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    unit = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, related_name="+", help_text="rows belong to it or below"
    )
    file_name = models.CharField(_("文件名"), max_length=200)
    # Kept only until it is read: the rows hold what is in it.
    file = models.FileField(storage=private_files, upload_to=_workbook_path, max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHECKING)
    problem = models.CharField(max_length=300, blank=True, help_text="why it cannot be read")
    counts = models.JSONField(default=dict, help_text="rows by verdict")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField()
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    applied_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name


class RosterRow(models.Model):
    """What one line of a workbook would do. ``entry`` is emptied once it did or never will."""

    class Verdict(models.TextChoices):
        NEW = "new", _("新增")
        CHANGED = "changed", _("有变化")
        SAME = "same", _("没变化")
        REFUSED = "refused", _("不能导入")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    roster = models.ForeignKey(Roster, on_delete=models.CASCADE, related_name="rows")
    row_no = models.PositiveIntegerField(help_text="as the spreadsheet counts")
    name = models.CharField(_("姓名"), max_length=100, blank=True)
    masked = models.CharField(max_length=40, blank=True, help_text="number by which it is known")
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    sentence = models.CharField(max_length=500, blank=True)
    entry = private.PrivateField()
    unit = models.ForeignKey(OrgUnit, null=True, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    member_version = models.PositiveIntegerField(null=True)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["row_no"]
        constraints = [models.UniqueConstraint(fields=["roster", "row_no"], name="roster_row_once")]
        indexes = [models.Index(fields=["roster", "verdict", "row_no"], name="roster_verdict")]

    def __str__(self) -> str:
        return f"{self.row_no} {self.verdict}"


class JoinRequest(models.Model):
    """A non-member's wish to join, made with the application, for the officer of the district."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待区工会办理")
        ACCEPTED = "accepted", _("已入会")
        REFUSED = "refused", _("未受理")
        WITHDRAWN = "withdrawn", _("已撤回")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.OneToOneField(
        Application, on_delete=models.CASCADE, related_name="join_request"
    )
    district = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    asked_at = models.DateTimeField()
    reason = models.CharField(max_length=40, blank=True)
    words = models.CharField(max_length=300, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    member = models.ForeignKey(
        Member, null=True, on_delete=models.SET_NULL, related_name="join_requests"
    )

    class Meta:
        ordering = ["asked_at", "id"]
        indexes = [models.Index(fields=["district", "state", "asked_at"], name="join_queue")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "withdrawn"])
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="join_decided_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.state}"
