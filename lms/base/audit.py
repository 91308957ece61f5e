"""Who did what to whom, when: one row per act, in the act's own transaction, never changed.

Personal values go only into ``data``, which ``scrub`` empties when a person is deleted; the
row itself stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def update(self, **kwargs: Any) -> int:
        raise TypeError("Audit rows are not changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("Audit rows are not deleted.")


class AuditEntry(models.Model):
    """One act. ``subject`` is kept as text so that it outlives what it names."""

    action = models.CharField(max_length=80, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="acts"
    )
    subject_type = models.CharField(max_length=80)
    subject_id = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)
    data = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    objects = AuditQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="audit_subject")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.subject_type}:{self.subject_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise TypeError("Audit rows are not changed.")
        super().save(*args, **kwargs)


def subject_of(instance: models.Model) -> tuple[str, str]:
    """How a row is named in the audit: its label, and its uuid where it has one."""
    return instance._meta.label, str(getattr(instance, "uuid", None) or instance.pk)


def record(
    action: str,
    *,
    by: models.Model | None,
    on: models.Model,
    at: datetime,
    data: dict[str, Any] | None = None,
) -> AuditEntry:
    """Write one audit row; call it inside the transaction of the act.

    Args:
        action: dotted past participle, e.g. ``application.admitted``.
        by: the acting user; None for the system itself.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("audit.record belongs inside the transaction of the act it records")
    subject_type, subject_id = subject_of(on)
    actor_id = by.pk if by is not None else None
    return AuditEntry.objects.create(
        action=action,
        actor_id=actor_id,
        subject_type=subject_type,
        subject_id=subject_id,
        at=at,
        data=data or {},
    )


def record_many(
    action: str, *, by: models.Model | None, on: Iterable[models.Model], at: datetime
) -> None:
    """The same act on many rows, in one go; otherwise as ``record``."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("audit.record_many belongs inside the transaction of the act it records")
    named = (subject_of(instance) for instance in on)
    AuditEntry.objects.bulk_create(
        (
            AuditEntry(
                action=action,
                actor_id=by.pk if by is not None else None,
                subject_type=subject_type,
                subject_id=subject_id,
                at=at,
            )
            for subject_type, subject_id in named
        ),
        batch_size=500,
    )


def trail(instance: models.Model) -> models.QuerySet[AuditEntry]:
    """Every act on a row, newest first."""
    subject_type, subject_id = subject_of(instance)
    return AuditEntry.objects.filter(
        subject_type=subject_type, subject_id=subject_id
    ).select_related("actor")


def scrub(instance: models.Model) -> int:
    """Empty the personal ``data`` of every act on a row; the acts themselves stay."""
    subject_type, subject_id = subject_of(instance)
    rows = AuditEntry.objects.filter(subject_type=subject_type, subject_id=subject_id)
    return models.QuerySet.update(rows, data={})
