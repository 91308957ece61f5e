"""A kind of job for ``test_worker.py``; its worker process is started with ``--include`` of this."""

from __future__ import annotations

import time
from pathlib import Path

from lms.accounts.models import TextMessage
from lms.base import clock
from lms.base.jobs import api as jobs


@jobs.handler("test.note", title="记一笔", lease_s=3)
def note(run: jobs.Run) -> None:
    """Say which attempt this is in a file; the first attempt takes as long as the payload says."""
    with Path(run.payload["file"]).open("a") as file:
        file.write(f"{run.attempt}\n")
    if run.attempt == 1:
        time.sleep(run.payload["takes_s"])


@jobs.handler("test.count", title="数一下", lease_s=20, max_attempts=2)
def count(run: jobs.Run) -> None:
    """Read, then write, in one transaction: what SQLite's deferred transactions fail at."""
    with run.finish():
        seen = TextMessage.objects.filter(about="stress").count()
        TextMessage.objects.create(
            about="stress", text=f"{seen}", dedupe_key=run.job.key, created_at=clock.now()
        )
