"""Photos of an application: taken in, kept sealed, opened for those who may."""

from __future__ import annotations

import functools
from datetime import datetime
from typing import IO

from django.core.files.base import ContentFile
from django.db import transaction

from enrollment.applications import consents, photos
from enrollment.applications.drafts import EDITABLE, NotEditable
from enrollment.applications.models import Application, Evidence
from lms.accounts.models import User
from lms.base import audit, private


def _context(evidence: Evidence) -> str:
    return f"evidence:{evidence.uuid}"


def add(
    application: Application,
    kind: str,
    file: IO[bytes],
    *,
    size_bytes: int,
    by: User | None,
    at: datetime,
) -> Evidence:
    """Keep a photo, in place of an earlier one of the same kind.

    Raises:
        NotEditable, consents.ConsentMissing, photos.NotAPhoto, PhotoTooLarge, PhotoTooSmall.
    """
    if not application.consent_version:
        raise consents.ConsentMissing(application)
    # Decoding takes a moment: before the transaction, which on SQLite keeps everybody waiting.
    return keep(application, kind, photos.clean(file, size_bytes=size_bytes), by=by, at=at)


@transaction.atomic
def keep(
    application: Application, kind: str, photo: photos.Photo, *, by: User | None, at: datetime
) -> Evidence:
    """Seal and store a cleaned photo."""
    editable = Application.objects.filter(pk=application.pk, state__in=EDITABLE)
    if not editable.update(consent_version=application.consent_version):
        raise NotEditable(application)
    evidence = application.evidence.filter(kind=kind).first() or Evidence(
        application=application, kind=kind
    )
    replaced = evidence.file.name
    evidence.sha256, evidence.size_bytes = photo.sha256, len(photo.content)
    evidence.width_px, evidence.height_px = photo.width_px, photo.height_px
    evidence.uploaded_at = at
    sealed = private.seal_bytes(photo.content, context=_context(evidence))
    evidence.file.save("", ContentFile(sealed), save=False)
    evidence.save()
    if replaced:
        drop = functools.partial(evidence.file.storage.delete, replaced)
        transaction.on_commit(drop, robust=True)
    audit.record("application.photo_added", by=by, on=application, at=at, data={"kind": kind})
    return evidence


def content(evidence: Evidence) -> bytes:
    """The JPEG itself; whoever calls has checked who may see it."""
    with evidence.file.open("rb") as file:
        return private.unseal_bytes(file.read(), context=_context(evidence))
