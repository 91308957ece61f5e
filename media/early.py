"""The beginning of a lecture, playable while the rest is encoded: lowest size and sound."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Collection
from pathlib import Path

from lms.base import clock
from lms.base.jobs import api as jobs
from media import chunks, package, parts, probe, publishing, queue, storage, transcode
from media.facts import Facts
from media.ladder import Plan
from media.models import Video


def is_due(ready: int, published: int, total: int) -> bool:
    """Whether so many chunks from the beginning are worth a publication. Pure.

    At the first chunk, and whenever twice as much is there: a long lecture is put together a
    handful of times, not once for each of its chunks.
    """
    return published < ready < total and ready >= 2 * published


def in_front(made: Collection[str], plan: Plan) -> int:
    """How many chunks from the beginning are there. Pure."""
    total = len(chunks.chunks(plan))
    return next((n for n in range(total) if str(n) not in made), total)


def publish(run: jobs.Run, videos: list[Video], plan: Plan, made: parts.Made, count: int) -> None:
    """Publish the first ``count`` chunks in the lowest size."""
    if not videos:  # deleted meanwhile
        return
    lowest = plan.rungs[-1]
    folder, tracks = run.scratch / "early", run.scratch / "early-tracks"
    folder.mkdir()
    tracks.mkdir()
    try:
        seconds = float(sum(c.frames for c in chunks.chunks(plan)[:count]) / plan.fps)
        short = dataclasses.replace(plan, rungs=(lowest,), duration_s=seconds, hold_s=0)
        collect(run, short, made, count, into=tracks, beginning=True)
        if plan.speech_bps and queue.SOUND not in made:
            _encode_beginning(run, videos[0], short, into=tracks)
        done = package.package(tracks, short, into=folder)
        prefix = storage.prefix(run.payload["sha256"], done.digest)
        storage.put_set(folder, prefix, on_file=lambda _share: run.extend())
        publishing.publish_early(videos, done, prefix=prefix, at=clock.now())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(tracks, ignore_errors=True)


def _encode_beginning(run: jobs.Run, video: Video, short: Plan, *, into: Path) -> None:
    """The sound of the beginning alone: all of an hour takes longer than this chunk of the picture.

    It is never joined to the rest, so there is no border to be heard; its loudness is its own.
    """
    facts = dataclasses.replace(Facts.from_json(video.probe), duration_s=short.duration_s)
    path = storage.local_original(video, run.scratch)
    source = transcode.Source(path, probe.container_of(path), facts)
    transcode.encode_sound(
        source, short, into=into, on_progress=lambda _share, _speed: run.extend()
    )


def collect(
    run: jobs.Run, plan: Plan, made: parts.Made, count: int, *, into: Path, beginning: bool = False
) -> None:
    """Line up the first ``count`` chunks of every size of ``plan``, and their sound or all of it."""
    files = [transcode.picture_file(rung) for rung in plan.rungs]
    kept = run.scratch / "parts"
    under = [folder for number in range(count) for folder in made[str(number)]]
    if files:
        folders = [storage.local_part(each, files, kept) for each in under]
        package.line_up(folders, files, into=into)
    if plan.speech_bps and queue.SOUND in made:
        folder = storage.local_part(made[queue.SOUND][0], [transcode.SOUND_FILE], kept)
        if beginning:
            package.shorten(folder / transcode.SOUND_FILE, plan.duration_s, into=into)
        else:
            (into / transcode.SOUND_FILE).symlink_to(folder / transcode.SOUND_FILE)
