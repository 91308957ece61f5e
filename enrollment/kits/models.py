"""Welcome kits: what is in one, and who was given theirs."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enrollment.letters.models import Letter
from enrollment.registry.models import Cohort, Programme, Student


class KitContents(models.Model):
    """What a kit holds: a list for the whole cohort, and one more for each programme's books."""

    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="kit_contents")
    programme = models.ForeignKey(
        Programme, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    items = models.TextField(blank=True, help_text="one thing a line")

    class Meta:
        ordering = ["programme__order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["cohort"], condition=Q(programme__isnull=True), name="one_kit_for_all"
            ),
            models.UniqueConstraint(fields=["cohort", "programme"], name="one_kit_a_programme"),
        ]

    def __str__(self) -> str:
        return f"{self.cohort} {self.programme or ''}".strip()

    def things(self) -> list[str]:
        """The things, one a line, without empty lines."""
        return [line.strip() for line in self.items.splitlines() if line.strip()]


class Handout(models.Model):
    """A kit that changed hands.

    ``one_kit_each`` lets one row per student stand. Two phones without a network can both give
    one away before they know of each other; the later one is kept as ``double_of`` the first,
    because it happened and somebody has to fetch it back.
    """

    class How(models.TextChoices):
        SCANNED = "scan", _("扫码")
        TYPED = "type", _("手动输入")

    uuid = models.UUIDField(
        default=uuid.uuid4, unique=True, editable=False, help_text="made by the phone"
    )
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="handouts")
    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="handouts")
    how = models.CharField(max_length=5, choices=How.choices, default=How.SCANNED)
    offline = models.BooleanField(default=False, help_text="decided by the phone alone")
    handed_at = models.DateTimeField(help_text="by the phone, set right by the server's clock")
    handed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    double_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="doubles"
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-handed_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["student"],
                condition=Q(undone_at__isnull=True, double_of__isnull=True),
                name="one_kit_each",
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="undone_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student} {self.handed_at:%Y-%m-%d %H:%M}"
