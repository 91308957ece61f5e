"""Putting work into the table and ringing the bell."""

from __future__ import annotations

import functools
import logging
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models.functions import Now

from lms.base.jobs import registry
from lms.base.jobs.models import Job, JobState

log = logging.getLogger(__name__)


def enqueue(
    kind: str,
    *,
    key: str,
    payload: dict[str, Any] | None = None,
    by: models.Model | None = None,
    run_after: datetime | None = None,
) -> Job:
    """Write the job row in the caller's transaction and ring the bell on commit.

    The same ``key`` twice gives the same row, whatever its state, so callers may repeat
    themselves freely; use ``retry`` to run a failed one again.
    """
    known = registry.kind(kind)
    defaults: dict[str, Any] = {
        "kind": kind,
        "queue": known.queue,
        "payload": payload or {},
        "max_attempts": known.max_attempts,
        "created_by_id": by.pk if by is not None else None,
    }
    if run_after is not None:
        defaults["run_after"] = run_after
    job, created = Job.objects.get_or_create(key=key, defaults=defaults)
    if created:
        ring_on_commit(job.pk, known.queue)
    return job


def ring_on_commit(job_pk: int, queue: str) -> None:
    transaction.on_commit(functools.partial(ring, job_pk, queue), robust=True)


def ring(job_pk: int, queue: str) -> bool:
    """Tell the workers that a job may be due. False when the broker is away: the sweep rings again."""
    from lms.base.jobs.tasks import attend

    try:
        attend.apply_async(args=[job_pk], queue=queue)
    except Exception as error:  # every broker has its own exceptions; none may cost the request
        log.warning("bell for job %s did not ring: %s", job_pk, error)
        return False
    Job.objects.filter(pk=job_pk).update(sent_at=Now())
    return True


def retry(job: Job, *, though_done: bool = False) -> bool:
    """Start a failed or cancelled job afresh; false if it is in another state by now.

    Args:
        though_done: also one that ended well and left nothing, as what it was for was over.
    """
    ended = [JobState.FAILED, JobState.CANCELLED, *([JobState.DONE] if though_done else [])]
    started = Job.objects.filter(pk=job.pk, state__in=ended).update(
        state=JobState.QUEUED,
        attempts=0,
        run_after=Now(),
        progress=0,
        step="",
        error_code="",
        error_text="",
        lease_token=None,
        lease_until=None,
        finished_at=None,
    )
    if started:
        ring_on_commit(job.pk, job.queue)
    return bool(started)


def cancel(job: Job) -> bool:
    """Stop a job that has not ended; a running worker notices at its next sign of life."""
    going = Job.objects.filter(pk=job.pk, state__in=[JobState.QUEUED, JobState.RUNNING])
    return bool(
        going.update(
            state=JobState.CANCELLED, lease_token=None, lease_until=None, finished_at=Now()
        )
    )
