"""Photos and documents of an assignment: photos drawn anew, documents as they are, both sealed."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import PurePath
from typing import IO

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from courses.quizzes import attempts, kinds, timing
from courses.quizzes.models import AnswerFile, Attempt, QuestionVersion
from enrollment.api import clean_photo
from lms.accounts.models import User
from lms.base import audit, private
from lms.base.errors import Refused

MOST_DOCUMENT_BYTES = 20 * 1024 * 1024
# What a document begins with, by the end of its name; macros stay outside.
_BEGINS = {".pdf": b"%PDF-", ".docx": b"PK\x03\x04", ".xlsx": b"PK\x03\x04", ".pptx": b"PK\x03\x04"}
_PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", "")


class NotHandable(Refused):
    """Neither a photo nor a document that is taken."""

    sentence = _("这种文件不能交。请交照片，或 PDF、Word、Excel、PPT 文件（不超过 20 MB）。")
    status = 400


class TooManyFiles(Refused):
    sentence = _("这道题最多交 %(most)d 个文件。请先删掉一个。")


def add(
    attempt: Attempt,
    version: QuestionVersion,
    file: IO[bytes],
    *,
    name: str,
    size_bytes: int,
    by: User,
    at: datetime,
) -> AnswerFile:
    """Keep a file for an answer; the same file twice is once.

    Raises:
        NotHandable, TooManyFiles, AlreadySubmitted, TimeIsUp, and what ``clean_photo`` refuses.
    """
    if version.question.kind != kinds.UPLOAD or version.pk not in dict(attempt.version_ids):
        raise NotHandable(attempt)
    ending = PurePath(name).suffix.lower()
    if ending in _BEGINS:
        kind, content = AnswerFile.Kind.DOCUMENT, _document(file, ending, size_bytes)
    elif ending in _PICTURES:
        # Only pixels are kept: no place, no time, no name of the phone.
        kind, content = AnswerFile.Kind.PHOTO, clean_photo(file, size_bytes=size_bytes).content
    else:
        raise NotHandable(attempt)
    return _keep(attempt, version, kind, content, name=PurePath(name).name[:200], by=by, at=at)


def _document(file: IO[bytes], ending: str, size_bytes: int) -> bytes:
    if size_bytes > MOST_DOCUMENT_BYTES:
        raise NotHandable(size_bytes)
    content = file.read(MOST_DOCUMENT_BYTES + 1)
    if len(content) > MOST_DOCUMENT_BYTES or not content.startswith(_BEGINS[ending]):
        raise NotHandable(size_bytes)
    return content


@transaction.atomic
def _keep(
    attempt: Attempt,
    version: QuestionVersion,
    kind: str,
    content: bytes,
    *,
    name: str,
    by: User,
    at: datetime,
) -> AnswerFile:
    attempts.still_open(attempt)
    if timing.is_over(attempts.ends_at(attempt), at):
        raise attempts.TimeIsUp(attempt)
    digest = hashlib.sha256(content).hexdigest()
    mine = AnswerFile.objects.filter(attempt=attempt, version=version)
    if known := mine.filter(sha256=digest).first():
        return known
    most = int(version.body.get("files", 1))
    if mine.count() >= most:
        raise TooManyFiles(attempt, most=most)
    made = AnswerFile(
        attempt=attempt, version=version, kind=kind, name=name, sha256=digest,
        size_bytes=len(content), uploaded_at=at,
    )  # fmt: skip
    sealed = private.seal_bytes(content, context=_context(made))
    made.file.save("", ContentFile(sealed), save=False)
    made.save()
    audit.record("answer.file_added", by=by, on=attempt, at=at, data={"kind": kind})
    return made


def _context(file: AnswerFile) -> str:
    return f"answer:{file.uuid}"


def content(file: AnswerFile) -> bytes:
    """The file itself; whoever calls has checked who may see it."""
    with file.file.open("rb") as opened:
        return private.unseal_bytes(opened.read(), context=_context(file))


@transaction.atomic
def remove(file: AnswerFile, *, by: User, at: datetime) -> None:
    """Take a file back before handing in.

    Raises:
        AlreadySubmitted: what was handed in stays.
    """
    attempts.still_open(file.attempt)
    name, stored = str(file.file.name), file.file.storage
    file.delete()
    audit.record("answer.file_removed", by=by, on=file.attempt, at=at)
    transaction.on_commit(lambda: stored.delete(name), robust=True)
