"""What is true at this moment, read from the tables: the same for every process that asks."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Count, Min, Q

from courses import api as courses
from lms.base import outages
from lms.base.audit import AuditEntry
from lms.base.jobs.models import Job, JobState, WorkerSighting
from media import api as media_api

BACKUP_MADE = "backup.made"
# A worker's sweep writes every ten seconds; who is gone for a day is not expected back.
FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class Queue:
    """Jobs of one queue.

    Args:
        waiting: due and not begun; oldest_s: how long the oldest of them has been due, in seconds.
        failed: gave up within a day.
        held: wait for the store of files, or for room on the disk.
    """

    name: str
    waiting: int
    oldest_s: float
    running: int
    failed: int
    held: int = 0


@dataclass(frozen=True)
class Facts:
    """See the names of the metrics in ``collector``.

    Args:
        workers: seconds since each worker's last sweep, by name.
        encode_speed: seconds of film per second of work, over the last encodes; None without any.
        arrivals: records of study received in the last ten minutes; lag_s: the median age of what
            they tell, in seconds (a phone without signal sends late); None without any.
        free_bytes: on the disk of the folder of state.
        backup_age_s: since the last ``./run backup``; None: never.
    """

    at: datetime
    queues: tuple[Queue, ...]
    workers: dict[str, float]
    videos_ready: int
    encode_speed: float | None
    arrivals: int
    lag_s: float | None
    free_bytes: int
    backup_age_s: float | None

    @property
    def waiting(self) -> int:
        return sum(queue.waiting for queue in self.queues)

    @property
    def oldest_s(self) -> float:
        return max((queue.oldest_s for queue in self.queues), default=0.0)

    @property
    def running(self) -> int:
        return sum(queue.running for queue in self.queues)

    @property
    def held(self) -> int:
        return sum(queue.held for queue in self.queues)

    @property
    def failed(self) -> int:
        return sum(queue.failed for queue in self.queues)


def gather(at: datetime) -> Facts:
    """Read everything; six statements, whatever the number of people or films."""
    arrivals, lag_s = courses.arrivals_since(at - timedelta(minutes=10))
    backup = AuditEntry.objects.filter(action=BACKUP_MADE).order_by("-id").first()
    seen = WorkerSighting.objects.filter(seen_at__gt=at - FORGOTTEN_AFTER)
    return Facts(
        at=at,
        queues=queues(at),
        workers={one.name: max((at - one.seen_at).total_seconds(), 0.0) for one in seen},
        videos_ready=media_api.videos_ready(),
        encode_speed=media_api.encode_speed(),
        arrivals=arrivals,
        lag_s=lag_s,
        free_bytes=shutil.disk_usage(Path(settings.VAR_DIR)).free,
        backup_age_s=(at - backup.at).total_seconds() if backup else None,
    )


def queues(at: datetime) -> tuple[Queue, ...]:
    """Every queue of which a job is not long done; ``light`` and ``video`` always."""
    due = Q(state=JobState.QUEUED, run_after__lte=at)
    failed = Q(state=JobState.FAILED, finished_at__gt=at - timedelta(days=1))
    held = Q(state=JobState.QUEUED, error_code__in=outages.CODES)
    rows = (
        Job.objects.filter(due | failed | held | Q(state=JobState.RUNNING))
        .order_by()
        .values("queue")
        .annotate(
            waiting=Count("pk", filter=due),
            oldest=Min("run_after", filter=due),
            running=Count("pk", filter=Q(state=JobState.RUNNING)),
            failed=Count("pk", filter=failed),
            held=Count("pk", filter=held),
        )
    )
    found = {row["queue"]: row for row in rows}
    return tuple(
        Queue(
            name=name,
            waiting=found[name]["waiting"],
            oldest_s=(at - found[name]["oldest"]).total_seconds() if found[name]["oldest"] else 0.0,
            running=found[name]["running"],
            failed=found[name]["failed"],
            held=found[name]["held"],
        )
        if name in found
        else Queue(name, 0, 0.0, 0, 0)
        for name in sorted({"light", "video"} | set(found))
    )
