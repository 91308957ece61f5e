"""Letters as rows: frozen before any PDF exists."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enrollment.registry.models import Cohort, Student
from lms.base.storage import private_files


def _letter_path(letter: Letter, filename: str) -> str:
    return f"letters/{letter.uuid}.pdf"


class Letter(models.Model):
    """A numbered document issued to a student.

    ``facts`` holds every value that is printed, as it was on the day of issue; the PDF is set
    from the row and from nothing else, so it can be set again in years.
    """

    class Kind(models.TextChoices):
        ADMISSION = "admission", _("录取通知书")
        TRANSCRIPT = "transcript", _("成绩单")
        COMPLETION = "completion", _("结业证明")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="letters")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.ADMISSION)
    year = models.PositiveSmallIntegerField()
    ordinal = models.PositiveIntegerField()
    number = models.CharField(_("编号"), max_length=60, unique=True)
    code = models.CharField(
        _("验证码"), max_length=26, unique=True, help_text="unguessable, in the QR"
    )
    facts = models.JSONField()
    template_version = models.CharField(max_length=20)
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    pdf = models.FileField(
        storage=private_files, upload_to=_letter_path, blank=True, max_length=200
    )
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True, help_text="first opened by the student")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=200, blank=True)
    replaced_by = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaces"
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "year", "ordinal"], name="letter_ordinal_once"),
            models.UniqueConstraint(
                fields=["student", "kind"],
                condition=Q(revoked_at__isnull=True),
                name="one_letter_in_force",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Batch(models.Model):
    """The letters of a cohort made in one go, with the files to take along.

    The job ``letters.batch`` makes it; the files lie under names that hold ``root``, the root of
    the signed list of what is in them.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="letter_batches")
    kind = models.CharField(
        max_length=12, choices=Letter.Kind.choices, default=Letter.Kind.ADMISSION
    )
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    count = models.PositiveIntegerField(default=0, help_text="letters in the files")
    left_out = models.PositiveIntegerField(default=0, help_text="students without a letter")
    root = models.CharField(max_length=64, blank=True)

    # How each file ends in storage, and what it is called when it is taken along.
    PIECES = {"zip": "zip", "print": "pdf", "manifest": "json"}

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["cohort", "kind"],
                condition=Q(finished_at__isnull=True),
                name="one_batch_under_way",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cohort} {self.started_at:%Y-%m-%d %H:%M}"

    def path(self, piece: str) -> str:
        """Where a file lies in private storage; ``piece`` is a key of ``PIECES``."""
        return f"letters/batches/{self.uuid}/{self.root[:16]}-{piece}.{self.PIECES[piece]}"


class LetterText(models.Model):
    """One edition of what a cohort's letters say; rows are added, never changed.

    ``paragraphs`` holds places ``{name} {programme} {level} {cohort}`` and ``*words*`` that stand
    out. A letter freezes its own paragraphs and the number of the edition they came from.
    """

    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="letter_texts")
    version = models.PositiveSmallIntegerField()
    paragraphs = models.JSONField()
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["cohort_id", "version"]
        constraints = [
            models.UniqueConstraint(fields=["cohort", "version"], name="letter_text_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.cohort} {self.version}"
