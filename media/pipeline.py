"""The two steps of a video's way: look at the file, then make the set and publish it.

A worker may die at any moment: everything before ``run.finish()`` happens in the lease's own
scratch folder or under a name that nobody points to, and the row switches last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from lms.base import clock
from lms.base.jobs import api as jobs
from media import ladder, package, probe, publishing, queue, refusals, storage, transcode
from media.facts import Facts
from media.models import Video
from media.states import State

_WAITING = (State.PROBED, State.ENCODING)
# Shares of the bar: encoding is nearly all of the time.
_ENCODED, _PACKAGED = 0.9, 0.95


def inspect(run: jobs.Run) -> None:
    """Probe one video: on to encoding, or refused with a sentence."""
    video = Video.objects.filter(uuid=run.payload["video"], state=State.UPLOADED).first()
    if video is None:  # deleted, or already looked at
        return
    run.progress(0.1, _("正在检查文件"))
    try:
        with storage.local_original(video, run.scratch) as path:
            facts = probe.examine(path, scratch=run.scratch)
    except refusals.FileRefused as why:
        with run.finish():
            publishing.refuse(video, why, at=clock.now())
        return
    except Exception:
        _note_last_attempt(run, [video])
        raise
    with run.finish():
        if publishing.pass_probe(video, facts) and not _adopt_set(video.sha256):
            queue.enqueue_encode(video, by=video.uploaded_by)
    _adopt_set(video.sha256)


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
        return
    except (jobs.LeaseLost, jobs.Failed):
        raise
    except Exception:
        _note_last_attempt(run, waiting)
        raise
    prefix = storage.prefix(run.payload["sha256"], made.digest)
    storage.put_set(made.folder, prefix, on_file=_reporter(run, _PACKAGED, 1, _("正在保存")))
    with run.finish():
        for video in _waiting(run):
            publishing.publish(video, made, prefix=prefix, at=clock.now())
    _adopt_set(run.payload["sha256"])


def _waiting(run: jobs.Run) -> list[Video]:
    same_file = Video.objects.filter(sha256=run.payload["sha256"], state__in=_WAITING)
    return list(same_file.order_by("id"))


def _make(run: jobs.Run, video: Video) -> package.Package:
    """Encode and package in the scratch folder."""
    facts = Facts.from_json(video.probe)
    plan = ladder.plan(facts)
    tracks, folder = run.scratch / "tracks", run.scratch / "set"
    tracks.mkdir()
    folder.mkdir()
    with storage.local_original(video, run.scratch) as path:
        transcode.encode(
            path,
            probe.container_of(path),
            facts,
            plan,
            into=tracks,
            on_progress=_encode_reporter(run, plan),
        )
    run.progress(_ENCODED, _("正在打包"))
    return package.package(tracks, plan, into=folder)


def _encode_reporter(run: jobs.Run, plan: ladder.Plan) -> Callable[[float, float], None]:
    names = _names(plan.rungs)

    def report(share: float, speed: float) -> None:
        left_s = (1 - share) * plan.duration_s / speed if speed else 0
        step = _("正在编码 %(sizes)s") % {"sizes": names}
        if left_s >= 1:
            step += _("，约剩 %(left)s") % {"left": _left(left_s)}
        _throttled(run, share * _ENCODED, step)

    return report


def _names(rungs: Sequence[ladder.Rung]) -> str:
    return "、".join(rung.name for rung in rungs) or _("声音")


def _left(seconds: float) -> str:
    if seconds < 60:
        return _("%(count)d 秒") % {"count": round(seconds)}
    return _("%(count)d 分钟") % {"count": round(seconds / 60)}


def _reporter(run: jobs.Run, start: float, end: float, step: str) -> Callable[[float], None]:
    return lambda share: run.progress(start + share * (end - start), step)


def _throttled(run: jobs.Run, share: float, step: str) -> None:
    """Reports come twice a second; a row is written for every whole per cent or new step."""
    known = (round(run.job.progress, 2), run.job.step)
    if (round(share, 2), step) != known or run.lost.is_set():
        run.progress(share, step)
        run.job.progress, run.job.step = share, step


def _note_last_attempt(run: jobs.Run, videos: list[Video]) -> None:
    """After the last attempt the job row says what broke; the video says what to do."""
    if run.attempt < run.job.max_attempts:
        return
    with transaction.atomic():
        for video in videos:
            publishing.move(
                video,
                State.FAILED,
                reason=_("处理没有成功，可以点“重试”。如果还不行，请联系运维。"),
            )


__all__ = ["encode", "inspect"]
