"""The parts of one encode: chunks of the picture and the sound, each a job of its own.

Whoever holds the job of the whole hands the parts out, does those that nobody else took, and
puts them together. A killed worker costs the part it was at: what is done stays done.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from django.db.models import Avg
from django.utils.translation import gettext as _

from lms.base.jobs import api as jobs
from media import chunks, ladder, probe, queue, refusals, storage, transcode
from media.facts import Facts
from media.ladder import Codec, Plan
from media.models import Video
from media.states import State

# Share of the whole's bar: encoding is nearly all of the time.
ENCODED = 0.9
REFUSED = "refused"
# The folders in storage of each part, by its name.
Made = Mapping[str, Sequence[str]]
# How often the holder of the whole looks whether others have done their parts.
_PAUSE_S = 0.5


class PartRefused(refusals.FileRefused):
    """Found by whoever encoded a part, perhaps on another machine; the sentence is theirs."""

    sentence = "%(why)s"


def names(plan: Plan) -> list[str]:
    """All parts of a plan, in the order in which they are wanted.

    The beginning of the picture first: it is published with sound of its own (``early``). Then
    all of the sound, which is the longest part of a long lecture and cannot be shared out.
    """
    cut = [str(chunk.number) for chunk in chunks.chunks(plan)]
    return cut[:1] + ([queue.SOUND] if plan.speech_bps else []) + cut[1:]


def gather(
    run: jobs.Run,
    names: Sequence[str],
    *,
    meanwhile: Callable[[Made], None] = lambda made: None,
) -> dict[str, list[str]]:
    """Hand the parts out, do those that nobody took, and wait for the rest.

    Args:
        meanwhile: called after each part of our own, and while we wait, with those made so far.

    Returns:
        The folders in storage of each part, by its name.

    Raises:
        FileRefused: a part found the file at fault.
        Failed: a part was given up.
    """
    queue.enqueue_parts(run.job, names)
    while True:
        rows = list(queue.parts_of(run.job.pk).order_by("id"))
        _stop_if_one_failed(rows)
        made = {row.payload["part"]: _folders(row) for row in rows if "made" in row.payload}
        if len(made) == len(names):
            return made
        meanwhile(made)
        run.extend()
        if not any(jobs.attend(row.pk) for row in rows if row.state != jobs.JobState.DONE):
            time.sleep(_PAUSE_S)


def _folders(part: jobs.Job) -> list[str]:
    made = part.payload["made"]
    return [made] if isinstance(made, str) else list(made)  # one folder: done by an older release


def _stop_if_one_failed(rows: Sequence[jobs.Job]) -> None:
    for row in rows:
        if row.state == jobs.JobState.FAILED and row.error_code == REFUSED:
            raise PartRefused(why=row.error_text)
        if row.state in (jobs.JobState.FAILED, jobs.JobState.CANCELLED):
            raise jobs.Failed(
                row.error_code or row.state, row.error_text or row.get_state_display()
            )


def encode(run: jobs.Run) -> None:
    """Do one part and leave its files where the holder of the whole finds them."""
    codec = Codec(run.payload.get("codec", Codec.H264))
    # AV1 is added to what plays already.
    state = State.READY if codec == Codec.AV1 else State.ENCODING
    video = Video.objects.filter(sha256=run.payload["sha256"], state=state).first()
    if video is None:  # deleted, refused because of another part, or finished long ago
        return
    tracks = run.scratch / "tracks"
    tracks.mkdir()
    try:
        folders = _encode(run, video, codec, tracks)
    except refusals.FileRefused as why:
        raise jobs.Failed(REFUSED, str(why)) from why
    # A folder of this lease: a worker that was frozen and comes back overwrites nothing.
    under = f"{storage.parts_prefix(video.sha256, codec)}/{run.job.lease_token}"
    try:
        storage.put_set(tracks, under, on_file=lambda _share: run.extend())
    except Exception:
        # The next attempt has a folder of its own: this one would only keep the disk full.
        with suppress(Exception):
            storage.delete_tree(under)
        raise
    made = [f"{under}/{folder}" for folder in folders] or [under]
    with run.finish():
        jobs.Job.objects.filter(pk=run.job.pk).update(payload={**run.payload, "made": made})


def _encode(run: jobs.Run, video: Video, codec: Codec, into: Path) -> list[str]:
    """Returns the folders of ``into`` that hold the picture; none for sound, which lies in it."""
    facts = Facts.from_json(video.probe)
    plan = ladder.av1_plan(facts) if codec == Codec.AV1 else ladder.plan(facts)
    path = storage.local_original(video, run.scratch)
    source = transcode.Source(path, probe.container_of(path), facts)
    report = _reporter(run, plan)
    if run.payload["part"] == queue.SOUND:
        transcode.encode_sound(source, plan, into=into, on_progress=report)
        return []
    chunk = chunks.chunks(plan)[int(run.payload["part"])]
    return transcode.encode_picture(source, plan, chunk, into=into, on_progress=report)


def _reporter(run: jobs.Run, plan: Plan) -> Callable[[float, float], None]:
    step = _("正在编码 %(sizes)s") % {"sizes": _sizes(plan)}

    def report(share: float, speed: float) -> None:
        # Reports come twice a second; rows are written for whole per cents.
        if round(share, 2) == round(run.job.progress, 2) and not run.lost.is_set():
            return
        run.progress(share, step)
        run.job.progress = share
        tell_whole(run.payload["whole"], step)

    return report


def tell_whole(whole_pk: int, step: str) -> None:
    """Move the bar of the whole to the mean of its parts.

    Raises:
        Failed: the whole was cancelled or is over; the parts of it have no purpose any more.
    """
    mean = queue.parts_of(whole_pk).aggregate(mean=Avg("progress"))["mean"] or 0.0
    going = jobs.Job.objects.filter(
        pk=whole_pk, state__in=[jobs.JobState.QUEUED, jobs.JobState.RUNNING]
    )
    if not going.update(progress=ENCODED * mean, step=step):
        raise jobs.Failed("whole_over", _("整个转码已经取消或结束。"))


def _sizes(plan: Plan) -> str:
    return "、".join(rung.name for rung in plan.rungs) or _("声音")
