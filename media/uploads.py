"""Bringing a video in, changing what is said about it, stopping it and trying again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.core.files import File
from django.db import transaction

from lms.accounts.models import User
from lms.base import audit
from lms.base.jobs import api as jobs
from lms.base.storage import video_files
from media import queue, refusals, sniff
from media.captions import reading, versions
from media.chapters import Chapter
from media.incoming import digests, receiving, room
from media.models import Video
from media.publishing import move
from media.states import State
from media.status import MOVING, is_stuck


def add_video(
    source: Path | File[bytes],
    *,
    title: str,
    by: User | None,
    at: datetime,
    captions_vtt: str = "",
    chapters: Sequence[Chapter] = (),
) -> Video:
    """Keep a file and send it through the pipeline; it becomes playable by itself.

    Args:
        source: a local file, which stays where it is, or an uploaded one.
        captions_vtt: SubRip or WebVTT text.
        chapters: known already; otherwise they are looked for in the slides.

    Raises:
        FileRefused: by its first bytes this is not a video.
        TooManyBytes, QuotaFull, DiskFull, CaptionsUnreadable, CaptionsFaulty, CaptionsTooLong.
    """
    video = prepare_video(source, title=title, by=by, captions_vtt=captions_vtt, chapters=chapters)
    # Hashing and copying take seconds; the write lock is held only now.
    return keep_video(video, by=by, at=at)


def prepare_video(
    source: Path | File[bytes],
    *,
    title: str,
    by: User | None,
    captions_vtt: str = "",
    chapters: Sequence[Chapter] = (),
) -> Video:
    """The first half of ``add_video``: the file is kept, the row is not written yet.

    A file whose row never comes is deleted by the janitor after a day.
    """
    text = reading.to_vtt(captions_vtt)
    with _opened(source) as file:
        sniff.container(file.read(sniff.HEAD_BYTES))
        room.refuse_without_room(file.size)
        file.seek(0)
        found = digests.of(file)
        video = Video(
            title=title[:200],
            original_name=Path(file.name or "").name[:255],
            size_bytes=file.size,
            sha256=found.sha256,
            tree_sha256=found.tree_sha256,
            captions_vtt=text,
            chapters=list(chapters),
            chapters_by_hand=bool(chapters),
            uploaded_by=by,
        )
        if twin := receiving.twin(found.tree_sha256, file.size):
            video.original.name = twin.original.name
        else:
            file.seek(0)
            video.original.save(str(video.uuid), file, save=False)
    return video


@transaction.atomic
def keep_video(video: Video, *, by: User | None, at: datetime) -> Video:
    """The second half: write the row and send the file through the pipeline."""
    video.save()
    audit.record("video.uploaded", by=by, on=video, at=at, data={"bytes": video.size_bytes})
    if video.captions_vtt:
        versions.begin(video, video.captions_vtt, source=versions.Source.UPLOAD, by=by, at=at)
    queue.enqueue_probe(video, by=by)
    return video


def whole_film(video: Video) -> tuple[Callable[[], File[bytes]], str] | None:
    """How to open the best single file of a film, and how its name ends; None when there is none."""
    storage, name = video_files(), str(video.original.name or "")
    if name and storage.exists(name):
        return lambda: storage.open(name, "rb"), Path(video.original_name).suffix.lower() or ".mp4"
    best = video.renditions.filter(kind="file").order_by("-size_bytes").first()
    path = f"{video.published_prefix}/{best.path}" if best else ""
    if path and storage.exists(path):
        return lambda: storage.open(path, "rb"), Path(path).suffix
    return None


@contextmanager
def _opened(source: Path | File[bytes]) -> Iterator[File[bytes]]:
    if isinstance(source, Path):
        with source.open("rb") as plain:
            yield File(plain, name=source.name)
    else:
        source.seek(0)
        yield source


@transaction.atomic
def edit_video(
    video: Video,
    *,
    title: str,
    by: User,
    at: datetime,
    chapters: Sequence[Chapter] | None = None,
    poster: str = "",
) -> None:
    """Change what editors may change after the upload; nothing is encoded again.

    Args:
        chapters: None leaves them to what is found in the slides.
        poster: name of one of the video's posters; anything else leaves it as it is.
    """
    video.title = title
    if chapters is not None and list(chapters) != video.chapters:
        video.chapters, video.chapters_by_hand = list(chapters), True
    if poster in [candidate["name"] for candidate in video.posters]:
        video.poster = poster
    video.save(update_fields=["title", "chapters", "chapters_by_hand", "poster"])
    audit.record("video.edited", by=by, on=video, at=at)


@transaction.atomic
def retry(video: Video, *, by: User, at: datetime) -> None:
    """Start a failed video again from its original.

    Raises:
        NothingToRetry: it is refused, ready, or on its way.
        OriginalGone: there is nothing to start from.
    """
    if not video.original:
        raise refusals.OriginalGone
    if is_stuck(video):  # the job's row knows of a failure that the video's does not
        move(video, State.FAILED)
    if not move(video, State.UPLOADED, reason=""):
        raise refusals.NothingToRetry
    audit.record("video.retried", by=by, on=video, at=at)
    queue.enqueue_probe(video, by=by)


@transaction.atomic
def cancel(video: Video, *, by: User, at: datetime) -> None:
    """Stop what is being done with a video; ``retry`` takes it up again.

    What was encoded so far is kept for a day, and the beginning that is published stays.

    Raises:
        NothingToCancel: it is ready, refused, or stopped already.
    """
    job = queue.job_of(video) if video.state in MOVING else None
    if job is None or not jobs.cancel(job):
        raise refusals.NothingToCancel
    for part in queue.parts_of(job.pk):
        jobs.cancel(part)
    audit.record("video.cancelled", by=by, on=video, at=at)


@transaction.atomic
def delete_original(video: Video, *, by: User, at: datetime) -> None:
    """Give the space of the original back; what is published stays playable.

    Raises:
        OriginalInUse: the pipeline still needs it.
        OriginalGone: deleted before.
    """
    name = str(video.original.name or "")
    resting = Video.objects.filter(
        pk=video.pk, state__in=[State.READY, State.REFUSED, State.FAILED]
    )
    if not name:
        raise refusals.OriginalGone
    if not resting.filter(original=name).update(original=""):
        raise refusals.OriginalInUse
    video.original.name = ""
    audit.record("video.original_deleted", by=by, on=video, at=at, data={"bytes": video.size_bytes})
    transaction.on_commit(lambda: _delete_unless_shared(name))


def _delete_unless_shared(name: str) -> None:
    if not Video.objects.filter(original=name).exists():
        video_files().delete(name)
