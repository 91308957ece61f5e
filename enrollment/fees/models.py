"""Money of one student: rows are added, never changed; the balance is their sum."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from enrollment.registry.models import Student


class FeeEntry(models.Model):
    """One line of the ledger; ``amount_fen`` is positive for what is owed, negative for what covers it."""

    class Kind(models.TextChoices):
        TUITION = "tuition", _("学费")
        UNION_SHARE = "union_share", _("工会资助")
        COLLEGE_DISCOUNT = "college_discount", _("院校减免")
        PAYMENT = "payment", _("个人缴费")
        CORRECTION = "correction", _("更正")

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="fee_entries")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    amount_fen = models.IntegerField()
    note = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.student_id} {self.kind} {self.amount_fen}"
