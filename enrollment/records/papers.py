"""Papers that acts on the roll rest on: taken in, kept sealed, opened for the registrar."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import IO

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from enrollment.applications import photos
from enrollment.records.models import RollAct, RollPaper
from lms.accounts.models import User
from lms.base import audit, private
from lms.base.errors import Refused

MOST = 5
MOST_BYTES = 10 * 1024 * 1024
LONGEST_NAME = 120
PDF, JPEG = "application/pdf", "image/jpeg"
_JPG = ".jpg"


class NotAPaper(Refused):
    """Neither a photo nor a PDF."""

    sentence = _("“%(name)s”不能收。请交照片或 PDF，每份不超过 10 MB，最多 5 份。")
    status = 400


@dataclass(frozen=True)
class Paper:
    """A checked file, in memory."""

    name: str
    content_type: str
    content: bytes


def look_at(file: IO[bytes], *, name: str, size_bytes: int) -> Paper:
    """Check a file; a photo is drawn anew, so that only its pixels stay.

    Raises:
        NotAPaper: it is neither a picture nor a PDF, or too large.
    """
    plain = PurePath(name).name[:LONGEST_NAME]
    if size_bytes > MOST_BYTES:
        raise NotAPaper(name=plain)
    begins = file.read(5)
    file.seek(0)
    if begins == b"%PDF-":
        return Paper(plain, PDF, file.read(MOST_BYTES))
    try:
        photo = photos.clean(file, size_bytes=size_bytes)
    except Refused as refusal:
        raise NotAPaper(name=plain) from refusal
    stem = PurePath(plain).stem[: LONGEST_NAME - len(_JPG)]
    return Paper(stem + _JPG, JPEG, photo.content)


def attach(act: RollAct, papers: list[Paper]) -> None:
    """Seal and keep the papers of an act, in its transaction."""
    for paper in papers:
        row = RollPaper(
            act=act,
            name=paper.name,
            content_type=paper.content_type,
            sha256=hashlib.sha256(paper.content).hexdigest(),
            size_bytes=len(paper.content),
        )
        sealed = private.seal_bytes(paper.content, context=_context(row))
        row.file.save("", ContentFile(sealed), save=False)
        row.save()


@transaction.atomic
def read(paper: RollPaper, *, by: User, at: datetime) -> bytes:
    """The paper itself; who read it is an audit row. Whoever calls has checked who may."""
    audit.record("roll.paper_read", by=by, on=paper.act.student, at=at, data={"paper": paper.name})
    with paper.file.open("rb") as file:
        return private.unseal_bytes(file.read(), context=_context(paper))


def _context(paper: RollPaper) -> str:
    return f"roll-paper:{paper.uuid}"
