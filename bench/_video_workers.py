"""One lecture by one worker or by two, and an hour by as many as one likes."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench._video_world import forget, long_lecture, until, workers

_PATIENCE_S = 3600


@dataclass(frozen=True)
class Encode:
    """What one encode took, in seconds by the clock.

    Args:
        first_s: until the beginning could be watched; whole_s: until all of it could.
        probe_s: until the file was known to be a video.
        per_second: of each second of picture and sound, by name of the part (``picture``, ``sound``).
        tail_s: from the end of the last part to publication.
    """

    first_s: float
    whole_s: float
    probe_s: float
    per_second: dict[str, float]
    tail_s: float
    seconds: int


def encode(seconds: int, scratch: Path, *, count: int, threads: int) -> Encode:
    """Add a lecture of so many seconds and wait for the workers."""
    from lms.base import clock
    from media.api import Video, add_video

    lecture = long_lecture(seconds, scratch / "long")
    with workers(count, threads=threads):
        video = add_video(lecture, title="一节长课", by=None, at=clock.now())
        ours = Video.objects.filter(pk=video.pk)
        first = until(lambda: ours.exclude(published_prefix="").exists(), patience_s=_PATIENCE_S)
        rest = until(lambda: ours.filter(state="ready").exists(), patience_s=_PATIENCE_S)
        took = _told_by_jobs(seconds, first, first + rest)
        forget(ours.get())
    return took


def _told_by_jobs(seconds: int, first_s: float, whole_s: float) -> Encode:
    from lms.base.jobs.models import Job

    rows = {job.payload.get("part", job.kind): job for job in Job.objects.all()}
    parts = [job for job in rows.values() if job.kind == "media.part"]
    assert parts, "nothing was shared out"
    sound = _took(rows["sound"])
    picture = sum(_took(job) for job in parts) - sound
    last = max(job.finished_at for job in parts)
    return Encode(
        first_s=first_s,
        whole_s=whole_s,
        probe_s=_took(rows["media.probe"]),
        per_second={"picture": picture / seconds, "sound": sound / seconds},
        tail_s=(rows["media.encode"].finished_at - last).total_seconds(),
        seconds=seconds,
    )


def _took(job: Any) -> float:
    return float((job.finished_at - job.started_at).total_seconds())


def simulated(measured: Encode, seconds: int, count: int) -> tuple[float, float]:
    """How long ``count`` workers would take for a longer lecture, and their share of one's time.

    The cuts and the order of the parts are those of the pipeline; what a second of each costs was
    measured. Putting together grows with the length and is nobody's to share.
    """
    from media import chunks, ladder, parts, queue
    from media.facts import Facts, Picture, Sound

    facts = Facts(seconds, Picture(0, "h264", 1280, 720, 25, None, bits_per_pixel=0.02),  # type: ignore[arg-type]
                  Sound(1, "aac"), 1, 1, 2)  # fmt: skip
    plan = ladder.plan(facts)
    lengths = {str(c.number): float(c.frames / plan.fps) for c in chunks.chunks(plan)}
    costs = [
        measured.per_second["sound"] * seconds
        if name == queue.SOUND
        else measured.per_second["picture"] * lengths[name]
        for name in parts.names(plan)
    ]
    tail_s = measured.tail_s * seconds / measured.seconds
    free = [0.0] * count
    for cost in costs:  # whoever is free takes the next
        heapq.heappush(free, heapq.heappop(free) + cost)
    wall = measured.probe_s + max(free) + tail_s
    return wall, (measured.probe_s + sum(costs) + tail_s) / count
