"""Which job works on which video; every start of the pipeline goes through here."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from lms.accounts.models import User
from lms.base.jobs import api as jobs
from media.ladder import RECIPE, Codec
from media.models import Video
from media.states import State
from media.stills import making

PROBE, ENCODE, PART, AV1 = "media.probe", "media.encode", "media.part", "media.av1"
STILLS = "media.stills"
SOUND = "sound"


def enqueue_probe(video: Video, *, by: User | None) -> jobs.Job:
    return _enqueue(PROBE, f"{PROBE}:{video.uuid}", {"video": str(video.uuid)}, by=by)


def enqueue_encode(video: Video, *, by: User | None) -> jobs.Job:
    """One job per file and recipe: two rows with the same file share it."""
    return _enqueue(ENCODE, _encode_key(video), {"sha256": video.sha256}, by=by)


def enqueue_av1(video: Video) -> jobs.Job:
    """Add AV1 to the set that plays already; one job per file and recipe, too."""
    key = f"{AV1}:{video.sha256}:{RECIPE}"
    return _enqueue(AV1, key, {"sha256": video.sha256, "codec": Codec.AV1}, by=video.uploaded_by)


def enqueue_stills(video: Video) -> jobs.Job:
    """Pictures of what was published: posters, the seek bar's, chapters."""
    key = f"{STILLS}:{video.sha256}:{making.RECIPE}"
    return _enqueue(STILLS, key, {"sha256": video.sha256}, by=None)


def enqueue_parts(whole: jobs.Job, names: Sequence[str]) -> list[jobs.Job]:
    """The jobs for the parts of one encode, in the order of ``names``; those that exist are kept.

    Args:
        names: ``SOUND`` or the number of a chunk.
    """
    parts = []
    for name in names:
        payload = {**whole.payload, "part": name, "whole": whole.pk}
        part = jobs.enqueue(PART, key=f"{_parts_key(whole)}{name}", payload=payload)
        # The whole was started again by a person. Parts that came up while it was given up made nothing.
        if "made" not in part.payload and part.state not in (
            jobs.JobState.QUEUED, jobs.JobState.RUNNING
        ):  # fmt: skip
            jobs.retry(part, though_done=True)
        parts.append(part)
    return parts


def parts_of(whole_pk: int) -> QuerySet[jobs.Job]:
    return jobs.Job.objects.filter(kind=PART, payload__whole=whole_pk)


def _parts_key(whole: jobs.Job) -> str:
    return f"{whole.key}:part:"


def job_of(video: Video) -> jobs.Job | None:
    """The job that a video waits for, or waited for last."""
    if video.state == State.UPLOADED:
        return _latest(PROBE, f"{PROBE}:{video.uuid}")
    return _latest(ENCODE, _encode_key(video))


def _encode_key(video: Video) -> str:
    return f"{ENCODE}:{video.sha256}:{RECIPE}"


def _times(kind: str, key: str) -> QuerySet[jobs.Job]:
    return jobs.Job.objects.filter(kind=kind, key__startswith=f"{key}:")


def _latest(kind: str, key: str) -> jobs.Job | None:
    return _times(kind, key).order_by("-id").first()


def _enqueue(kind: str, key: str, payload: dict[str, str], *, by: User | None) -> jobs.Job:
    """The job under way for ``key``, the failed one started afresh, or a new one.

    A job is done once and for all, but the same work may be due again (a set was lost, a
    video was retried): the number at the end of the key counts the times it was done.
    """
    done = _times(kind, key).filter(state=jobs.JobState.DONE).count()
    job = jobs.enqueue(kind, key=f"{key}:{done}", payload=payload, by=by)
    if job.state in (jobs.JobState.FAILED, jobs.JobState.CANCELLED):
        jobs.retry(job)
    return job
