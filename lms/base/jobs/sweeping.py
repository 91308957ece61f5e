"""The sweep: rings again for what was lost, and says so when a job's workers all died.

It runs inside every worker (a Celery boot step), so nothing else has to be started, and
``manage.py sweep`` does the same once for cron.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from celery import bootsteps
from django.db import IntegrityError, close_old_connections, connection
from django.db.models import F, Q
from django.db.models.functions import Now

from lms.base import clock
from lms.base.jobs import queueing, registry, scratch
from lms.base.jobs.models import Job, JobState, WorkerSighting
from lms.base.jobs.running import _from_now, due

log = logging.getLogger(__name__)
EVERY_S = 10
SILENT_S = 60
RING_AGAIN = timedelta(seconds=60)
# What else is done at every sweep; joined in lms.wiring.
_also: list[Callable[[datetime], None]] = []


def also(work: Callable[[datetime], None]) -> None:
    """Have ``work`` done at every sweep, with the present moment; quick, and may be late."""
    if work not in _also:
        _also.append(work)


def sweep() -> int:
    """One round over the table; returns how many bells were rung.

    A job whose lease ran out on its last attempt is declared failed; every other due job
    that was not rung for within a minute is rung for again, and at every sweep if its worker
    vanished: its bell may go the same way, and there are no more of them than threads that work.
    What vanished workers left on this machine is cleared away.
    """
    Job.objects.filter(
        state=JobState.RUNNING, lease_until__lt=Now(), attempts__gte=F("max_attempts")
    ).update(
        state=JobState.FAILED,
        lease_token=None,
        lease_until=None,
        finished_at=Now(),
        error_code="worker_lost",
        error_text="worker lost on every attempt",
    )
    scratch.sweep()
    _enqueue_periodic()
    silent = (
        Q(state=JobState.RUNNING)
        | Q(sent_at__isnull=True)
        | Q(sent_at__lt=_from_now(-RING_AGAIN))
        # The bell was rung before this pause: that news is spent.
        | Q(sent_at__lt=F("run_after"))
    )
    waiting = Job.objects.filter(due(), silent, attempts__lt=F("max_attempts"))
    return sum(
        queueing.ring(pk, queue)
        for pk, queue in waiting.order_by("run_after").values_list("pk", "queue")[:500]
    )


def _enqueue_periodic() -> None:
    now = clock.now().timestamp()
    for kind in registry.kinds():
        if kind.every is not None:
            slot = int(now // kind.every.total_seconds())
            try:
                queueing.enqueue(kind.name, key=f"{kind.name}:{slot}")
            except IntegrityError:  # another worker's sweep was a moment quicker
                log.debug("%s:%s was already enqueued", kind.name, slot)


class Sweeper(bootsteps.StartStopStep):
    """A thread of the worker's main process that sweeps every ten seconds.

    If no sweep succeeds for a minute the worker ends itself: workers that look alive and
    consume nothing (celery#8030) are worse than dead ones, which the supervisor restarts.
    """

    requires = {"celery.worker.components:Pool"}

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, parent: Any) -> None:
        self._thread = threading.Thread(
            target=self._loop, args=(parent.hostname,), name="sweeper", daemon=True
        )
        self._thread.start()

    def stop(self, parent: Any) -> None:
        self._stop.set()

    def _loop(self, name: str) -> None:
        started = clock.now()
        last = time.monotonic()
        while True:
            close_old_connections()
            try:
                WorkerSighting.objects.update_or_create(
                    name=name, defaults={"seen_at": clock.now(), "started_at": started}
                )
                sweep()
                last = time.monotonic()
                for work in _also:
                    work(clock.now())
            except Exception:
                log.exception("sweep failed")
                connection.close()
                if time.monotonic() - last > SILENT_S:
                    log.critical("no sweep for %s s: this worker ends itself", SILENT_S)
                    os.kill(os.getpid(), signal.SIGTERM)
                    return
            if self._stop.wait(EVERY_S):
                connection.close()
                return
