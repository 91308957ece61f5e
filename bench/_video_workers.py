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
        early_s: between the parts, for publishing the beginning.
        tail_s: from the end of the last part to publication.
    """

    first_s: float
    whole_s: float
    probe_s: float
    per_second: dict[str, float]
    early_s: float
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
        took = _told_by_jobs(ours.get(), seconds, first, first + rest)
        forget(ours.get())
    return took


def _told_by_jobs(video: Any, seconds: int, first_s: float, whole_s: float) -> Encode:
    from lms.base.jobs.models import Job
    from media import queue

    # Other lectures of the same run may have left jobs.
    probe = Job.objects.get(kind=queue.PROBE, payload__video=str(video.uuid))
    whole = Job.objects.get(kind=queue.ENCODE, payload__sha256=video.sha256)
    parts = {job.payload["part"]: job for job in queue.parts_of(whole.pk)}
    sound = _took(parts[queue.SOUND])
    picture = sum(map(_took, parts.values())) - sound
    last = max(job.finished_at for job in parts.values())
    tail_s = (whole.finished_at - last).total_seconds()
    return Encode(
        first_s=first_s,
        whole_s=whole_s,
        probe_s=_took(probe),
        per_second={"picture": picture / seconds, "sound": sound / seconds},
        # Of one worker alone; with several the parts overlap and nothing is left.
        early_s=max(0.0, _took(whole) - picture - sound - tail_s),
        tail_s=tail_s,
        seconds=seconds,
    )


def _took(job: Any) -> float:
    return float((job.finished_at - job.started_at).total_seconds())


@dataclass(frozen=True)
class Tail:
    """From the end of the last part to publication, when others did that part: it grows with the length."""

    fixed_s: float
    per_second: float

    @classmethod
    def between(cls, brief: Encode, long: Encode) -> Tail:
        grows = max(0.0, (long.tail_s - brief.tail_s) / (long.seconds - brief.seconds))
        return cls(max(0.0, long.tail_s - grows * long.seconds), grows)

    def of(self, seconds: float) -> float:
        return self.fixed_s + self.per_second * seconds


def simulated(measured: Encode, tail: Tail, seconds: int, count: int) -> tuple[float, float]:
    """How long ``count`` workers would take for a longer lecture, and their share of one's time.

    The cuts and the order of the parts are those of the pipeline; what a second of each costs was
    measured. The share is that of all work: probe and putting together, too, though nobody can help
    with them. Publishing the beginning is work of the one who holds the whole.
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
    early_s = measured.early_s * seconds / measured.seconds
    free = [0.0] * (count - 1) + [early_s]
    heapq.heapify(free)
    for cost in costs:  # whoever is free takes the next
        heapq.heappush(free, heapq.heappop(free) + cost)
    alone_s = measured.probe_s + tail.of(seconds)
    return alone_s + max(free), (alone_s + sum(costs) + early_s) / count
