"""A worker beside the test, while something it needs is away: work waits, is said, and goes on."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.db.models.functions import Now

from lms.base import clock
from lms.base.jobs import api as jobs
from lms.base.jobs import registry
from lms.base.jobs.models import Job, JobState
from lms.base.storage import video_files
from media.models import Video
from media.states import State
from tests.lms.waiting import eventually

PIECE = bytes(range(256))


def playing_film() -> Video:
    """A published set of a few known bytes."""
    prefix = f"sets/aa/{'a' * 64}/h1-{'b' * 16}"
    for name, content in (("master.m3u8", b"#EXTM3U\n"), ("240p/00000.m4s", PIECE)):
        video_files().save(f"{prefix}/{name}", ContentFile(content))
    return Video.objects.create(
        title="在放的课", state=State.READY, published_prefix=prefix, published_at=clock.now()
    )


def one_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fails once has failed."""
    once = {kind.name: dataclasses.replace(kind, max_attempts=1) for kind in registry.kinds()}
    monkeypatch.setattr(registry, "_kinds", once)


@contextmanager
def worker() -> Iterator[None]:
    """Somebody who does whatever is due, until the block ends and all is done."""
    stop, broke = threading.Event(), []

    def work() -> None:
        try:
            while not stop.is_set():
                jobs.run_due()
                time.sleep(0.05)
            jobs.run_due()
        except Exception as error:
            broke.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=60)
    assert not thread.is_alive(), list(Job.objects.values_list("kind", "state", "error_text"))
    assert broke == []


def held(code: str) -> Job:
    """The job that waits for this, as soon as there is one."""
    waiting = Job.objects.filter(state=JobState.QUEUED, error_code=code)
    assert eventually(waiting.exists, patience_s=90), list(
        Job.objects.values_list("kind", "state", "attempts", "error_code", "error_text")
    )
    return waiting.latest("id")


def hurry() -> None:
    """Have what waits look again now: the pauses are minutes."""
    Job.objects.filter(state=JobState.QUEUED).update(run_after=Now())
