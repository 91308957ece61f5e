"""A site of its own for the measurements of video: an empty database, a folder, worker processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = sorted((ROOT / "courses" / "seed" / "lectures").glob("*.mp4"))
# Does what is due until it is told to stop, and sweeps, as a worker of Celery does.
_WORK = """
import os, sys, threading, time
import django
django.setup()
from lms.base.jobs import api, scratch
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
print("ready", flush=True)
scratch.sweep()
while True:
    if not api.run_due():
        scratch.sweep()
        time.sleep(0.1)
"""


def open_world(folder: Path) -> None:
    """Set Django up on an empty site in ``folder``; settings of the caller would change what is measured."""
    for name in [name for name in os.environ if name.startswith("LMS_")]:
        del os.environ[name]
    os.environ |= {"LMS_ENV": "test", "LMS_VAR": str(folder)}
    os.environ["DJANGO_SETTINGS_MODULE"] = "lms.settings.test"
    # In a process of its own: a worker, for whose memory this one stands, never made tables.
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v", "0", "--no-input"], cwd=ROOT, check=True
    )
    import django

    django.setup()


def start_worker(*, threads: int) -> subprocess.Popen[str]:
    """A worker process on this world's database, ready for its first job."""
    environment = {
        **os.environ,
        "LMS_ENCODER_THREADS": str(threads),
        "LMS_LOG_LEVEL": "ERROR",
    }
    worker = subprocess.Popen(
        [sys.executable, "-c", _WORK],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None
    if worker.stdout.readline() != "ready\n":
        raise SystemExit("a worker did not start")
    return worker


@contextmanager
def workers(count: int, *, threads: int) -> Iterator[list[subprocess.Popen[str]]]:
    """So many workers, each with as many encoder threads; gone afterwards."""
    started = [start_worker(threads=threads) for _ in range(count)]
    try:
        yield started
    finally:
        for worker in started:
            worker.kill()
            worker.wait()


def until(test: Callable[[], Any], *, patience_s: float, every_s: float = 0.05) -> float:
    """Seconds until ``test`` holds.

    Raises:
        SystemExit: it did not in time.
    """
    began = time.monotonic()
    while not test():
        if time.monotonic() - began > patience_s:
            raise SystemExit("what was waited for did not come")
        time.sleep(every_s)
    return time.monotonic() - began


def forget(video: Any) -> None:
    """Remove a video and what was made of it, so that the same file is worked on afresh."""
    from lms.base.jobs.models import Job
    from media import storage

    storage.delete_tree("sets")
    storage.delete_tree("parts")
    Job.objects.all().delete()
    video.delete()


def load() -> str:
    """What else the machine had to do meanwhile, for the reader of the figures."""
    return "{:.1f} {:.1f} {:.1f}".format(*os.getloadavg())


def long_lecture(seconds: int, folder: Path) -> Path:
    """The sample lectures one after another until it is long enough, without encoding again."""
    from bench._video_ways import ffmpeg_run

    folder.mkdir(parents=True, exist_ok=True)
    names = folder / "names.txt"
    rounds = seconds // 300 + 1
    names.write_text("".join(f"file '{path}'\n" for path in SAMPLES * rounds))
    target = folder / f"lecture-{seconds}.mp4"
    ffmpeg_run(
        ["-f", "concat", "-safe", "0", "-i", str(names), "-c", "copy", "-t", str(seconds),
         str(target)],
        folder,
    )  # fmt: skip
    return target
