"""The two steps of a video's way: look at the file, then make the set and publish it.

A worker may die at any moment: everything before ``run.finish()`` happens in the lease's own
scratch folder or under a name that nobody points to, and the row switches last.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from lms.base import clock
from lms.base.jobs import api as jobs
from media import (
    av1,
    chunks,
    early,
    ladder,
    package,
    parts,
    probe,
    publishing,
    queue,
    refusals,
    storage,
)
from media.facts import Facts
from media.incoming import digests
from media.models import Video
from media.states import State

_WAITING = (State.PROBED, State.ENCODING)
_PACKAGED = 0.95


def inspect(run: jobs.Run) -> None:
    """Probe one video: on to encoding, or refused with a sentence."""
    video = Video.objects.filter(uuid=run.payload["video"], state=State.UPLOADED).first()
    if video is None:  # deleted, or already looked at
        return
    run.progress(0.1, _("正在检查文件"))
    try:
        path = storage.local_original(video, run.scratch)
        _read_content(video, path)
        run.progress(0.5)
        facts = probe.examine(path, scratch=run.scratch)
    except refusals.FileRefused as why:
        with run.finish():
            publishing.refuse(video, why, at=clock.now())
        return
    except Exception as error:
        _note_last_attempt(run, [video], error)
        raise
    with run.finish():
        if publishing.pass_probe(video, facts) and not _adopt_set(video.sha256):
            queue.enqueue_encode(video, by=video.uploaded_by)
    _adopt_set(video.sha256)


def _read_content(video: Video, path: Path) -> None:
    """Hash a file that came in parts, past us or not, and compare it with what was announced.

    Raises:
        Altered: it is another one.
    """
    if video.sha256:
        return
    with path.open("rb") as file:
        found = digests.of(file)
    if found.tree_sha256 != video.tree_sha256:
        raise refusals.Altered
    Video.objects.filter(pk=video.pk).update(sha256=found.sha256)
    video.sha256 = found.sha256


def _adopt_set(sha256: str) -> bool:
    """Give videos that wait the set which another video of the same file has; true if there is one.

    Called again after each finish: of a probe and an encode that end together neither sees
    the other's row, but the later one sees it afterwards.
    """
    ready = Video.objects.filter(sha256=sha256, state=State.READY)
    twin = ready.filter(published_prefix__contains=f"/{ladder.RECIPE}-").first()
    if twin is None:
        return False
    for video in Video.objects.filter(sha256=sha256, state=State.PROBED):
        publishing.adopt(video, twin, at=clock.now())
    return True


def encode(run: jobs.Run) -> None:
    """Make and publish the set for every video of one file."""
    waiting = _waiting(run)
    if not waiting:
        return
    for video in waiting:
        publishing.move(video, State.ENCODING)
    try:
        made = _make(run, waiting[0])
    except refusals.FileRefused as why:
        with run.finish():
            for video in _waiting(run):
                publishing.refuse(video, why, at=clock.now())
        storage.delete_tree(storage.parts_prefix(run.payload["sha256"]))
        return
    except jobs.LeaseLost:
        raise
    except jobs.Failed:
        _say_failed(waiting)
        raise
    except Exception as error:
        _note_last_attempt(run, waiting, error)
        raise
    prefix = storage.prefix(run.payload["sha256"], made.digest)
    storage.put_set(made.folder, prefix, on_file=_reporter(run, _PACKAGED, 1, _("正在保存")))
    with run.finish():
        for video in _waiting(run):
            publishing.publish(video, made, prefix=prefix, at=clock.now())
            av1.enqueue_if_wanted(video)
    _adopt_set(run.payload["sha256"])
    storage.delete_tree(storage.parts_prefix(run.payload["sha256"]))


def _waiting(run: jobs.Run) -> list[Video]:
    same_file = Video.objects.filter(sha256=run.payload["sha256"], state__in=_WAITING)
    return list(same_file.order_by("id"))


def _make(run: jobs.Run, video: Video) -> package.Package:
    """Have all parts made, here or elsewhere, and package them in the scratch folder."""
    plan = ladder.plan(Facts.from_json(video.probe))
    made = _all_parts(run, plan)
    tracks, folder = run.scratch / "tracks", run.scratch / "set"
    tracks.mkdir()
    folder.mkdir()
    run.progress(parts.ENCODED, _("正在打包"))
    early.collect(run, plan, made, len(chunks.chunks(plan)), into=tracks)
    return package.package(tracks, plan, into=folder)


def _all_parts(run: jobs.Run, plan: ladder.Plan) -> dict[str, list[str]]:
    """The folders in storage of each part; meanwhile the beginning is published, again and again.

    Raises:
        FileRefused: a part found the file at fault.
        Failed: a part was given up.
    """
    total, published = len(chunks.chunks(plan)), 0

    def publish_beginning(made: parts.Made) -> None:
        nonlocal published
        ready = early.in_front(made, plan)
        if early.is_due(ready, published, total):
            early.publish(run, _waiting(run), plan, made, ready)
            published = ready

    return parts.gather(run, parts.names(plan), meanwhile=publish_beginning)


def _reporter(run: jobs.Run, start: float, end: float, step: str) -> Callable[[float], None]:
    return lambda share: run.progress(start + share * (end - start), step)


def _note_last_attempt(run: jobs.Run, videos: list[Video], error: Exception) -> None:
    """After the last attempt the job row says what broke; the video says what to do."""
    if run.gives_up(error):
        _say_failed(videos)


def _say_failed(videos: list[Video]) -> None:
    with transaction.atomic():
        for video in videos:
            publishing.move(
                video,
                State.FAILED,
                reason=_("处理没有成功，可以点“重试”。如果还不行，请联系运维。"),
            )


__all__ = ["encode", "inspect"]
