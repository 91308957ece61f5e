"""Money in fen. Rows are added, never changed; a balance is the sum of rows and nothing else.

Two ledgers: what the student owes the college (``FeeEntry``), and what the union's fund paid for
the student (``FundEntry``).
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from enrollment.registry.models import Cohort, Student
from lms.accounts.models import OrgUnit


class Added(models.QuerySet[Any]):
    """Rows of a ledger are added and read; nothing else."""

    def update(self, **kwargs: Any) -> int:
        raise TypeError("The ledger is not changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("The ledger is not deleted.")


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
    reference = models.CharField(
        max_length=60, null=True, unique=True, help_text="the bank's number: the same twice is once"
    )
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)

    objects: ClassVar[models.Manager[FeeEntry]] = Added.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.student_id} {self.kind} {self.amount_fen}"


class Instalment(models.Model):
    """One part of the union's share of a class: when it is due, and how much must be learnt by then.

    Parts that were paid to somebody are frozen.
    """

    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="instalments")
    no = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    amount_fen = models.PositiveIntegerField()
    least_percent = models.PositiveSmallIntegerField(
        default=0, help_text="of required units, by the student's standing"
    )

    class Meta:
        ordering = ["cohort", "no"]
        constraints = [
            models.UniqueConstraint(fields=["cohort", "no"], name="instalment_once"),
            models.CheckConstraint(
                condition=models.Q(least_percent__lte=100), name="instalment_percent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cohort_id} {self.no} {self.amount_fen}"


class FundEntry(models.Model):
    """What the union's fund paid for a student. Append-only; once per student and instalment."""

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="fund_entries")
    instalment = models.ForeignKey(Instalment, on_delete=models.PROTECT, related_name="entries")
    org_unit = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, related_name="+", help_text="of the student, then"
    )
    amount_fen = models.PositiveIntegerField()
    percent = models.PositiveSmallIntegerField(help_text="what had been learnt, then")
    year = models.PositiveSmallIntegerField(help_text="of the fund, local")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)

    objects: ClassVar[models.Manager[FundEntry]] = Added.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["year", "org_unit"], name="fund_entry_year")]
        constraints = [
            models.UniqueConstraint(fields=["student", "instalment"], name="fund_entry_once")
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.instalment_id} {self.amount_fen}"


class YearFund(models.Model):
    """What a city's union set aside for a year; the newest row of a year counts."""

    city = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="year_funds")
    year = models.PositiveSmallIntegerField()
    amount_fen = models.BigIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)

    objects: ClassVar[models.Manager[YearFund]] = Added.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.city_id} {self.year} {self.amount_fen}"
