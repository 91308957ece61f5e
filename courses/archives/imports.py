"""Taking a course archive in: looked through first, written on a second word, all or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from wagtail.models import Page

from courses.archives import opening, reading, refusals, storing
from courses.archives.desk import Desk
from courses.archives.models import CourseImport, CourseImportLine, ImportedPage
from courses.archives.writing import Writer
from courses.catalogue.pages import ProgrammePage
from lms.accounts.models import User
from lms.base import audit
from lms.base.jobs import api as jobs

CHECK, WRITE = "archives.check", "archives.write"
State = CourseImport.State
Beat = Callable[[float], None]
_AT_ONCE = 500
_KEPT = timedelta(days=30)
_UNDECIDED = timedelta(days=7)


@transaction.atomic
def take(file: UploadedFile, *, by: User, at: datetime) -> CourseImport:
    """Keep an archive and have it looked through.

    Raises:
        TooLarge, NotAnArchive: seen at a glance.
    """
    if (file.size or 0) > opening.MOST_UPLOADED:
        raise refusals.TooLarge(most=opening.human(opening.MOST_UPLOADED))
    if not opening.looks_like_one(file.read(512)):
        raise refusals.NotAnArchive()
    file.seek(0)
    batch = CourseImport(
        file_name=(file.name or "")[:200], size_bytes=file.size or 0, uploaded_by=by, uploaded_at=at
    )
    batch.file.save("", file, save=False)
    batch.save()
    audit.record("archive.uploaded", by=by, on=batch, at=at, data={"bytes": batch.size_bytes})
    jobs.enqueue(CHECK, key=job_key(CHECK, batch), payload={"batch": str(batch.uuid)}, by=by)
    return batch


def job_key(kind: str, batch: CourseImport) -> str:
    return f"{kind}:{batch.uuid}"


def local_copy(batch: CourseImport, scratch: Path) -> Path:
    """The archive on this machine's disk: a storage may be far away, and a zip is read from its end."""
    path = scratch / "archive"
    with batch.file.open("rb") as source, path.open("wb") as out:
        for chunk in source.chunks():
            out.write(chunk)
    return path


def check(batch: CourseImport, scratch: Path, beat: Beat = lambda _share: None) -> None:
    """Look through the archive; for the job. The lines stand or fall together; nothing else is written.

    Raises:
        Refused: it cannot be read.
    """
    with opening.opened(local_copy(batch, scratch), scratch, beat) as archive:
        desk = reading.read(archive)
    with transaction.atomic():
        batch.lines.all().delete()  # of an attempt that broke
        CourseImportLine.objects.bulk_create(_rows(batch, desk), batch_size=_AT_ONCE)
        batch.format, batch.source = desk.course.format, desk.course.source
        batch.title = desk.course.title[:255]
        batch.save(update_fields=["format", "source", "title"])


def _rows(batch: CourseImport, desk: Desk) -> list[CourseImportLine]:
    return [
        CourseImportLine(
            batch=batch, verdict=line.verdict, about=line.about, place=line.place, name=line.name,
            sentence=line.sentence[:500],
        )
        for line in desk.report.lines
    ]  # fmt: skip


def close_check(batch: CourseImport, *, problem: str = "") -> None:
    """Say how the look-through ended. A file that cannot be read goes at once."""
    state = State.UNREADABLE if problem else State.READY
    checking = CourseImport.objects.filter(pk=batch.pk, state=State.CHECKING)
    if checking.update(state=state, problem=problem[:300], counts=_counts(batch)) and problem:
        storing.drop_file(batch)


def _counts(batch: CourseImport) -> dict[str, Any]:
    return dict(Counter(batch.lines.values_list("verdict", flat=True)))


def earlier(batch: CourseImport) -> list[Page]:
    """Courses that came of the same course before, newest first: this one may bring them up to date."""
    if not batch.source:
        return []
    rows = ImportedPage.objects.filter(key="", source=batch.source).select_related("page")
    return [row.page for row in rows.order_by("-imported_at")[:10]]


@transaction.atomic
def accept(
    batch: CourseImport,
    *,
    parent: ProgrammePage | None = None,
    update_of: Page | None = None,
    by: User,
    at: datetime,
) -> None:
    """The second word: make it a new draft below ``parent``, or bring ``update_of`` up to date.

    Raises:
        NoPlace: neither, or something that this archive never became.
        NotReady: somebody did it already.
    """
    if update_of is not None and update_of not in earlier(batch):
        raise refusals.NoPlace(batch)
    if parent is None and update_of is None:
        raise refusals.NoPlace(batch)
    ready = CourseImport.objects.filter(pk=batch.pk, state=State.READY)
    if not ready.update(
        state=State.WRITING, parent=parent, update_of=update_of, decided_by=by, decided_at=at
    ):
        raise refusals.NotReady(batch)
    audit.record("archive.accepted", by=by, on=batch, at=at, data={"counts": batch.counts})
    jobs.enqueue(WRITE, key=job_key(WRITE, batch), payload={"batch": str(batch.uuid)}, by=by)


def prepare(batch: CourseImport, scratch: Path, beat: Beat = lambda _share: None) -> Any:
    """Read the archive again and store its files; for the job, before its finishing transaction.

    Raises:
        Refused: what was readable yesterday is not today, or does not fit.
    """
    storing.clear_away(batch)
    copy = local_copy(batch, scratch)
    with opening.opened(copy, scratch, lambda share: beat(share * 0.3)) as archive:
        desk = reading.read(archive)
        stored = storing.store(desk, batch, scratch, lambda share: beat(0.3 + share * 0.6))
    return desk, stored


def write(batch: CourseImport, prepared: Any, *, at: datetime) -> None:
    """Write what was accepted, all or nothing; for the job, inside its finishing transaction."""
    desk, stored = prepared
    writing_now = CourseImport.objects.filter(pk=batch.pk, state=State.WRITING)
    if not writing_now.update(state=State.DONE):
        raise refusals.NotReady(batch)
    root = Writer(batch, desk.course, stored, batch.decided_by, at).write()
    CourseImport.objects.filter(pk=batch.pk).update(
        course_page=root, stored=[], counts=_counts(batch)
    )
    storing.drop_file(batch)


def give_up(batch: CourseImport, problem: str) -> None:
    """It could not be written: nothing of it stays, and the screen says why."""
    storing.clear_away(batch)
    writing_now = CourseImport.objects.filter(pk=batch.pk, state=State.WRITING)
    if writing_now.update(state=State.UNREADABLE, problem=problem[:300]):
        storing.drop_file(batch)


@transaction.atomic
def drop(batch: CourseImport, *, by: User | None, at: datetime) -> None:
    """Do not take it in.

    Raises:
        NotReady: it was taken in, or dropped already.
    """
    waiting = CourseImport.objects.filter(pk=batch.pk, state=State.READY)
    if not waiting.update(state=State.DROPPED, decided_by=by, decided_at=at):
        raise refusals.NotReady(batch)
    storing.drop_file(batch)
    audit.record("archive.dropped", by=by, on=batch, at=at)


def tidy(*, at: datetime) -> int:
    """Drop what nobody decided for a week, and delete the lines of what is a month old."""
    for batch in CourseImport.objects.filter(state=State.READY, uploaded_at__lt=at - _UNDECIDED):
        drop(batch, by=None, at=at)
    ended = [State.DONE, State.DROPPED, State.UNREADABLE]
    old = CourseImport.objects.filter(state__in=ended, uploaded_at__lt=at - _KEPT)
    gone, _each = CourseImportLine.objects.filter(batch__in=old).delete()
    return gone
