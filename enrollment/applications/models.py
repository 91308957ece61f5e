"""Applications, their evidence and the decisions on them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enrollment.applications.flow import HOLDING, LIVE, State
from enrollment.registry.models import Cohort, Place, Programme
from lms.accounts.models import OrgUnit
from lms.base import private
from lms.base.storage import private_files


class Poster(models.Model):
    """A QR poster: where it hangs and whom it brought."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="posters")
    code = models.CharField(max_length=12, unique=True, help_text="short code in the QR's address")
    label = models.CharField(_("张贴地点"), max_length=100)
    district = models.ForeignKey(
        OrgUnit,
        verbose_name=_("所在的区"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="suggested to those whom the poster brings",
    )
    visits = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.label


class Application(models.Model):
    """One person's application to one cohort, from the first page to matriculation."""

    class Education(models.TextChoices):
        SENIOR_HIGH = "senior_high", _("普通高中")
        VOCATIONAL = "vocational", _("职业高中／中专")
        TECHNICAL = "technical", _("技校")
        COLLEGE = "college", _("大专及以上")

    class IdKind(models.TextChoices):
        RESIDENT = "resident", _("居民身份证／港澳台居民居住证")
        FOREIGN = "foreign", _("外国人永久居留身份证")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(_("报名号"), max_length=20, unique=True, null=True)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="applications")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="applications"
    )
    poster = models.ForeignKey(Poster, null=True, blank=True, on_delete=models.SET_NULL)
    state = models.CharField(max_length=14, choices=State.choices, default=State.DRAFT)

    name = models.CharField(_("姓名"), max_length=100, blank=True)
    id_kind = models.CharField(max_length=10, choices=IdKind.choices, default=IdKind.RESIDENT)
    id_number = private.PrivateField(_("证件号码"), mask=private.mask_id_number)
    id_lookup = private.LookupField(of="id_number")
    occupation = models.CharField(_("职业"), max_length=40, blank=True)
    platform = models.CharField(_("平台或单位"), max_length=60, blank=True)
    working_since = models.DateField(_("从业开始"), null=True, blank=True)
    is_member = models.BooleanField(_("是工会会员"), null=True)
    member_since = models.DateField(_("入会时间"), null=True, blank=True)
    wants_to_join = models.BooleanField(_("申请入会"), default=False)
    district = models.ForeignKey(
        OrgUnit, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    enterprise = models.ForeignKey(
        OrgUnit, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    education = models.CharField(
        _("最高学历"), max_length=14, choices=Education.choices, blank=True
    )
    graduated_from = models.CharField(_("毕业学校"), max_length=100, blank=True)
    graduated_year = models.PositiveSmallIntegerField(_("毕业年份"), null=True, blank=True)
    hardship = models.BooleanField(_("困难职工"), default=False)
    model_worker = models.BooleanField(_("劳模或先进"), default=False)
    statement = models.CharField(_("想说的话"), max_length=300, blank=True)

    consent_version = models.CharField(max_length=20, blank=True)
    consented_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    state_since = models.DateTimeField()
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    score_reasons = models.JSONField(default=list, help_text="how the published rule counted")
    rank = models.PositiveIntegerField(null=True, blank=True)
    place = models.OneToOneField(
        Place, null=True, blank=True, on_delete=models.PROTECT, related_name="application"
    )
    offer_expires_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(
        null=True, blank=True, help_text="the person had their data deleted; a nameless row remains"
    )

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["cohort", "state", "district"], name="application_queue")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=sorted(HOLDING), place__isnull=False)
                | (~Q(state__in=sorted(HOLDING)) & Q(place__isnull=True)),
                name="place_iff_holding",
            ),
            models.UniqueConstraint(
                fields=["cohort", "id_lookup"],
                condition=Q(state__in=sorted(LIVE - {State.DRAFT})),
                name="one_live_application_per_person",
            ),
            models.UniqueConstraint(
                fields=["cohort", "user"],
                condition=Q(state__in=sorted(LIVE)),
                name="one_live_application_per_account",
            ),
            models.UniqueConstraint(fields=["cohort", "rank"], name="rank_once"),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True, claimed_at__isnull=True)
                | Q(claimed_by__isnull=False, claimed_at__isnull=False),
                name="claim_says_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"draft {self.uuid}"


class Choice(models.Model):
    """A programme the applicant would take, in order of preference from 1."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="choices")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT)
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["application", "programme"], name="choice_once"),
            models.UniqueConstraint(fields=["application", "order"], name="choice_order_once"),
        ]

    def __str__(self) -> str:
        return f"{self.order}. {self.programme}"


def _evidence_path(evidence: Evidence, filename: str) -> str:
    # A fresh name for every upload: a page that still shows the old photo never meets the new one.
    return f"evidence/{evidence.application.uuid}/{evidence.kind}-{uuid.uuid4()}.sealed"


class Evidence(models.Model):
    """A photo that supports an application: re-encoded, stripped, kept sealed in private storage."""

    class Kind(models.TextChoices):
        ID_FRONT = "id_front", _("证件人像面")
        PORTRAIT = "portrait", _("本人照片")
        DIPLOMA = "diploma", _("毕业证书")
        WORK = "work", _("从业证明（接单页面截图）")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="evidence")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    file = models.FileField(storage=private_files, upload_to=_evidence_path, max_length=200)
    sha256 = models.CharField(max_length=64, help_text="of the picture, before it was sealed")
    width_px = models.PositiveIntegerField()
    height_px = models.PositiveIntegerField()
    size_bytes = models.PositiveIntegerField()
    uploaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "kind"], name="evidence_kind_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.application_id}"


class Decision(models.Model):
    """What a reviewer decided at one stage, with a reason from the list and words. Append-only."""

    class Verdict(models.TextChoices):
        PASS = "pass", _("通过")
        RETURN = "return", _("退回补正")
        REJECT = "reject", _("不通过")

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="decisions")
    stage = models.CharField(max_length=14, choices=State.choices)
    verdict = models.CharField(max_length=6, choices=Verdict.choices)
    reason = models.CharField(max_length=40, blank=True)
    words = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.application_id} {self.stage} {self.verdict}"
