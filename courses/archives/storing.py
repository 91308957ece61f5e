"""The files of an archive put where they belong, before the transaction that writes the rows.

Copying and drawing take minutes; a database that waits for them would stand still for everybody.
"""

from __future__ import annotations

import functools
import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import IO, Any

from django.core.files import File
from django.core.files.images import ImageFile
from django.core.files.storage import Storage, default_storage
from django.db import transaction
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from courses.archives import files
from courses.archives.desk import Desk
from courses.archives.found import Block
from courses.archives.models import CourseImport
from courses.quizzes.importing.items import Picture
from lms.accounts.models import User
from lms.base.storage import video_files
from media import api as media_api

_CHUNK = 256 * 1024
_STORES: dict[str, Callable[[], Storage]] = {
    "public": lambda: default_storage,
    "videos": video_files,
}


@dataclass
class Stored:
    """Rows that are not written yet (or are here already), by the name of their file."""

    images: dict[str, Any] = field(default_factory=dict)
    documents: dict[str, Any] = field(default_factory=dict)
    films: dict[str, media_api.Video] = field(default_factory=dict)
    question_images: dict[str, Any] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)


def store(desk: Desk, batch: CourseImport, scratch: Path, beat: Callable[[float], None]) -> Stored:
    """Copy every file that a lesson or question shows.

    Raises:
        Refused: one of them does not fit after all.
    """
    shelf = _Shelf(desk, batch, scratch)
    wanted = [
        block for lesson in desk.course.lessons for block in lesson.blocks
        if block.kind in ("image", "video", "audio", "attachment")
    ]  # fmt: skip
    linked = [name for lesson in desk.course.lessons for name in linked_files(lesson.blocks)]
    total = len(wanted) + len(linked) + len(desk.course.pictures) or 1
    for number, block in enumerate(wanted):
        shelf.take(block)
        beat(number / total)
    for number, name in enumerate(linked, start=len(wanted)):
        shelf.document(name, desk.name_of(name))
        beat(number / total)
    for picture in desk.course.pictures.values():
        shelf.stored.question_images[picture.sha256] = shelf.drawn(picture)
    return shelf.stored


LINK = re.compile(r'<a href="(page|file):([^"]*)">(.*?)</a>', re.DOTALL)


def linked_files(blocks: list[Block]) -> list[str]:
    """The files that the words of these blocks link to."""

    texts = [
        block.value if block.kind == "text" else block.value["body"]
        for block in blocks
        if block.kind in ("text", "callout", "case")
    ]
    found = [match for text in texts for match in LINK.finditer(text)]
    names = [unescape(match.group(2)) for match in found if match.group(1) == "file"]
    return list(dict.fromkeys(names))


class _Shelf:
    def __init__(self, desk: Desk, batch: CourseImport, scratch: Path) -> None:
        self.desk, self.batch, self.scratch = desk, batch, scratch
        self.by: User | None = batch.decided_by
        self.stored = Stored()
        self._drawn: dict[str, Any] = {}

    def take(self, block: Block) -> None:
        name = block.value["file"]
        if block.kind == "image":
            self.image(name, block.value["title"])
        elif block.kind in ("attachment", "audio"):
            self.document(name, block.value["title"])
        else:
            self.film(name, block.value)

    def image(self, name: str, title: str) -> None:
        if name in self.stored.images:
            return
        content = self.desk.archive.read(name, files.MOST_PICTURE)
        self.stored.digests[name] = hashlib.sha256(content).hexdigest()
        # One that is here byte for byte was drawn anew when it came.
        known = _known_image(content)
        if known is None:
            shown = self.desk.name_of(name)
            picture = files.read_picture(self.desk.archive, name, shown)
            if picture is None:
                return
            known = self.drawn(picture, title)
        self.stored.images[name] = known

    def drawn(self, picture: Picture, title: str = "") -> Any:
        sha1 = _sha1(picture.content)
        known = self._drawn.get(sha1) or _known_image(picture.content)
        if known is not None:
            return known
        image = self._drawn[sha1] = get_image_model()(
            title=(title or picture.file_name)[:255], uploaded_by_user=self.by,
            file_hash=sha1, file_size=len(picture.content),
        )  # fmt: skip
        file = ImageFile(io.BytesIO(picture.content), name=picture.file_name)
        image.file.save(picture.file_name, file, save=False)
        self.remember("public", image.file.name)
        return image

    def document(self, name: str, title: str) -> None:
        if name in self.stored.documents:
            return
        path = self.desk.archive.copy(name, self.scratch / "document")
        with path.open("rb") as file:
            sha1, sha256 = _digests(file)
        self.stored.digests[name] = sha256
        model = get_document_model()
        known = model.objects.filter(file_hash=sha1).first()
        if known is None:
            known = model(
                title=title[:255], uploaded_by_user=self.by, file_hash=sha1,
                file_size=path.stat().st_size,
            )  # fmt: skip
            with path.open("rb") as file:
                known.file.save(self.desk.name_of(name), File(file), save=False)
            self.remember("public", known.file.name)
        path.unlink()
        self.stored.documents[name] = known

    def film(self, name: str, said: dict[str, Any]) -> None:
        if name in self.stored.films:
            return
        path = self.desk.archive.copy(name, self.scratch / "film")
        with path.open("rb") as file:
            _sha1, sha256 = _digests(file)
        self.stored.digests[name] = sha256
        known = media_api.Video.objects.filter(sha256=sha256).exclude(state="refused").first()
        if known is None or said["captions"] not in ("", known.captions_vtt):
            with path.open("rb") as file:
                known = media_api.prepare_video(
                    File(file, name=self.desk.name_of(name)), title=said["title"], by=self.by,
                    captions_vtt=said["captions"],
                    chapters=media_api.chapters_of_vtt(said["chapters"]),
                )  # fmt: skip
            if not media_api.Video.objects.filter(original=known.original.name).exists():
                self.remember("videos", str(known.original.name))
        path.unlink()
        self.stored.films[name] = known

    def remember(self, where: str, name: str) -> None:
        """So that whoever tries next, should this attempt break, clears it away."""
        self.batch.stored.append([where, name])
        CourseImport.objects.filter(pk=self.batch.pk).update(stored=self.batch.stored)


def _known_image(content: bytes) -> Any:
    return get_image_model().objects.filter(file_hash=_sha1(content)).first()


def _sha1(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def _digests(file: IO[bytes]) -> tuple[str, str]:
    sha1, sha256 = hashlib.sha1(usedforsecurity=False), hashlib.sha256()
    for chunk in iter(functools.partial(file.read, _CHUNK), b""):
        sha1.update(chunk)
        sha256.update(chunk)
    return sha1.hexdigest(), sha256.hexdigest()


def clear_away(batch: CourseImport) -> None:
    """Delete what an attempt stored that came to nothing."""
    for where, name in batch.stored:
        _STORES[where]().delete(name)
    batch.stored = []
    CourseImport.objects.filter(pk=batch.pk).update(stored=[])


def drop_file(batch: CourseImport) -> None:
    """The archive itself goes, once this transaction stands."""
    if batch.file.name:
        name, where = str(batch.file.name), batch.file.storage
        CourseImport.objects.filter(pk=batch.pk).update(file="")
        transaction.on_commit(functools.partial(where.delete, name), robust=True)
