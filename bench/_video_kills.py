"""kill -9 of the worker at random moments of one encode, and what is left of the lecture."""

from __future__ import annotations

import itertools
import random
import re
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench._video_world import forget, long_lecture, start_worker, until

# So long after it has begun does a worker die at the latest: some parts are done by then, none is the last.
WITHIN_S = 12.0
_PATIENCE_S = 1800


@dataclass(frozen=True)
class Outcome:
    """What came of it; everything but ``kills`` and ``attempts`` was checked, or ``run`` fails."""

    kills: int
    frames: int
    parts: int
    attempts: int

    def told(self) -> dict[str, int]:
        return {"frames": self.frames, "parts": self.parts, "attempts": self.attempts}


def run(
    kills: int, scratch: Path, *, seed: int, seconds: int, within_s: float = WITHIN_S
) -> Outcome:
    """Encode a lecture whose workers die, and check the set.

    Raises:
        SystemExit: not complete, a gap, a part encoded twice under one name, or something left over.
    """
    from django.conf import settings

    from lms.base import clock
    from lms.base.jobs.models import Job
    from media.api import Video, add_video

    chance = random.Random(seed)
    video = add_video(long_lecture(seconds, scratch / "long"), title="x", by=None, at=clock.now())
    # So many deaths of the same part are not what gives it up here.
    patient = {"max_attempts": kills + 5}
    done = 0
    while done < kills:
        worker = start_worker(threads=0)
        until(lambda: Job.objects.filter(state="running").exists(), patience_s=60, every_s=0.01)
        Job.objects.update(**patient)
        time.sleep(chance.uniform(0, within_s))
        if Video.objects.get(pk=video.pk).state == "ready":
            worker.kill()
            raise SystemExit(f"ready after {done} kills: the lecture is too short for {kills}")
        worker.kill()
        worker.wait()
        done += 1
        _let_leases_expire()
    worker = start_worker(threads=0)
    ours = Video.objects.filter(pk=video.pk, state="ready")
    until(ours.exists, patience_s=_PATIENCE_S)
    # The row switches a moment before the worker clears up behind itself.
    until(lambda: not _left(Path(settings.VAR_DIR)), patience_s=60)
    worker.kill()
    worker.wait()
    video = ours.get()
    folder = Path(settings.VAR_DIR) / "videos" / video.published_prefix
    frames = _checked(folder, video)
    parts = list(Job.objects.filter(kind="media.part"))
    _nothing_twice(parts)
    outcome = Outcome(done, frames, len(parts), sum(part.attempts for part in parts))
    forget(video)
    return outcome


def _let_leases_expire() -> None:
    from django.db.models.functions import Now

    from lms.base.jobs.models import Job

    Job.objects.filter(state="running").update(lease_until=Now() - timedelta(seconds=1))


def _checked(folder: Path, video: Any) -> int:
    """Decode every stream with errors fatal; returns the number of pictures, the same in all sizes."""
    from media.facts import Facts
    from media.ladder import plan

    expected = plan(Facts.from_json(video.probe)).frames
    seen = Counter[int]()
    for row in video.renditions.filter(kind="hls"):
        times = _times(folder / row.path, "v")
        steps = {b - a for a, b in itertools.pairwise(times)}
        if len(steps) != 1:
            raise SystemExit(f"{row.name}: a gap in the picture, steps of {sorted(steps)[:5]}")
        if abs(len(times) - expected) > 1:
            raise SystemExit(f"{row.name}: {len(times)} pictures, not {expected}")
        seen[len(times)] += 1
        # A rendition's first sample of sound may be short of its frame's 1024.
        heard = _times(folder / row.path, "a")
        if max(b - a for a, b in itertools.pairwise(heard)) > 1024 * 2:
            raise SystemExit(f"{row.name}: a gap in the sound")
    if len(seen) != 1:
        raise SystemExit(f"sizes differ in length: {dict(seen)}")
    return next(iter(seen))


def _times(playlist: Path, kind: str) -> list[int]:
    """Time stamps of everything decoded of one kind, in the stream's own steps."""
    from bench._video_ways import tool

    strict = ["-v", "error", "-xerror", "-err_detect", "explode", "-i", str(playlist)]
    said = subprocess.run(
        [tool(), *strict, "-map", f"0:{kind}", "-f", "framemd5", "-"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    if said.stderr.strip():
        raise SystemExit(f"{playlist}: {said.stderr[:500]}")
    return [int(row) for row in re.findall(r"^\d+,\s*-?\d+,\s*(-?\d+),", said.stdout, re.MULTILINE)]


def _nothing_twice(parts: list[Any]) -> None:
    made = [tuple(part.payload["made"]) for part in parts]
    names = [part.payload["part"] for part in parts]
    if len(set(made)) != len(made) or len(set(names)) != len(names):
        raise SystemExit("two parts of one name, or one folder of two")


def _left(var: Path) -> list[Path]:
    """What no lease needs any more: any folder of one, and files of parts."""
    scratch = list((var / "tmp" / "jobs").glob("*"))
    return scratch + [path for path in (var / "videos" / "parts").rglob("*") if path.is_file()]
