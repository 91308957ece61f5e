"""Files that nobody points to any more: sets that were replaced, parts that were given up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from lms.base.jobs import api as jobs
from lms.base.storage import video_files
from media import queue, storage
from media.incoming import bins, receiving
from media.incoming.models import Upload
from media.ladder import Codec
from media.models import Video
from media.states import State
from media.stills import making

TIDY = "media.tidy"
# A player may still hold a link into a set that was replaced (see tokens: up to six hours), and a
# set is complete in storage a moment before its row points to it.
_KEEP = timedelta(days=1)
_AT_ONCE = 200


def tidy(*, at: datetime) -> int:
    """Delete what has been without an owner for a day; returns how many folders went."""
    gone = 0
    for root, field in (("sets", "published_prefix"), ("stills", "stills_prefix")):
        used = set(Video.objects.values_list(field, flat=True))
        for folder in _folders(root, depth=3):
            if folder not in used and _is_old(folder, at):
                storage.delete_tree(folder)
                gone += 1
    working = set(
        # Also of those that failed: started again, they need only what is missing.
        Video.objects.filter(state__in=[State.PROBED, State.ENCODING, State.FAILED]).values_list(
            "sha256", flat=True
        )
    )
    adding = jobs.Job.objects.filter(kind=queue.AV1).exclude(state=jobs.JobState.DONE)
    working |= {
        storage.parts_prefix(job.payload["sha256"], Codec.AV1).rsplit("/", 1)[-1] for job in adding
    }
    for folder in _folders("parts", depth=2):
        if folder.rsplit("/", 1)[-1] not in working and _is_old(folder, at):
            storage.delete_tree(folder)
            gone += 1
    gone += _originals_of_nobody(at)
    receiving.forget_expired(at=at)
    bins.parts_bin().sweep(before=at - receiving.LIVES - _KEEP)
    _forget_originals()
    _have_stills_made()
    return gone


def _have_stills_made() -> None:
    """For what was published by an older release, or in the moment in which a twin's were made."""
    ready = Video.objects.filter(state=State.READY)
    for video in ready.exclude(stills_prefix__contains=f"/{making.RECIPE}-")[:_AT_ONCE]:
        queue.enqueue_stills(video)


def _originals_of_nobody(at: datetime) -> int:
    """Whoever adds a video writes the file before the row, and may die in between."""
    names = _files("originals")
    # Asked after the listing: a file that got its row meanwhile is spared.
    owned = set(Video.objects.exclude(original="").values_list("original", flat=True))
    owned |= {upload.original for upload in Upload.objects.all()}
    lost = [name for name in names if name not in owned and _was_written_before(name, at - _KEEP)]
    for name in lost:
        video_files().delete(name)
    return len(lost)


def _files(under: str) -> list[str]:
    try:
        return [f"{under}/{name}" for name in video_files().listdir(under)[1]]
    except FileNotFoundError:
        return []


def _was_written_before(name: str, when: datetime) -> bool:
    try:
        return video_files().get_modified_time(name) < when
    except FileNotFoundError:
        return False


def _folders(under: str, *, depth: int) -> Iterator[str]:
    """Folders exactly so many levels below ``under``."""
    try:
        names, _files = video_files().listdir(under)
    except FileNotFoundError:
        return
    for name in names:
        path = f"{under}/{name}"
        yield from [path] if depth == 1 else _folders(path, depth=depth - 1)


def _is_old(folder: str, at: datetime) -> bool:
    """Whether its newest file was written more than a day ago; an empty folder is."""
    try:
        folders, files = video_files().listdir(folder)
    except FileNotFoundError:
        return False
    times = [video_files().get_modified_time(f"{folder}/{name}") for name in files]
    return all(at - written > _KEEP for written in times) and all(
        _is_old(f"{folder}/{name}", at) for name in folders
    )


def _forget_originals() -> None:
    kept = storage.kept_originals()
    for path in kept.iterdir() if kept.is_dir() else ():
        if time.time() - path.stat().st_mtime > _KEEP.total_seconds():
            path.unlink(missing_ok=True)
