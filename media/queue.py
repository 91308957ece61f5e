"""Which job works on which video; every start of the pipeline goes through here."""

from __future__ import annotations

from lms.accounts.models import User
from lms.base.jobs import api as jobs
from media.ladder import RECIPE
from media.models import Video
from media.states import State

PROBE, ENCODE = "media.probe", "media.encode"


def enqueue_probe(video: Video, *, by: User | None) -> jobs.Job:
    return _enqueue(PROBE, f"{PROBE}:{video.uuid}", {"video": str(video.uuid)}, by=by)


def enqueue_encode(video: Video, *, by: User | None) -> jobs.Job:
    """One job per file and recipe: two rows with the same file share it."""
    return _enqueue(ENCODE, _encode_key(video), {"sha256": video.sha256}, by=by)


def job_of(video: Video) -> jobs.Job | None:
    """The job that a video waits for, or waited for last."""
    key = f"{PROBE}:{video.uuid}" if video.state == State.UPLOADED else _encode_key(video)
    return _latest(key)


def _encode_key(video: Video) -> str:
    return f"{ENCODE}:{video.sha256}:{RECIPE}"


def _latest(key: str) -> jobs.Job | None:
    return jobs.Job.objects.filter(key__startswith=f"{key}:").order_by("-id").first()


def _enqueue(kind: str, key: str, payload: dict[str, str], *, by: User | None) -> jobs.Job:
    """The job under way for ``key``, the failed one started afresh, or a new one.

    A job is done once and for all, but the same work may be due again (a set was lost, a
    video was retried): the number at the end of the key counts the times it was done.
    """
    done = jobs.Job.objects.filter(key__startswith=f"{key}:", state=jobs.JobState.DONE).count()
    job = jobs.enqueue(kind, key=f"{key}:{done}", payload=payload, by=by)
    if job.state in (jobs.JobState.FAILED, jobs.JobState.CANCELLED):
        jobs.retry(job)
    return job
