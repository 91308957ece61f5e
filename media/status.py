"""How a video is doing, for the people who wait for it: its own state and its job's, as one."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from lms.base.jobs import api as jobs
from media import queue
from media.models import Video
from media.states import State

_MOVING = frozenset({State.UPLOADED, State.PROBED, State.ENCODING})
_STOPPED = frozenset({jobs.JobState.FAILED, jobs.JobState.CANCELLED})


@dataclass(frozen=True)
class Status:
    """What the editor sees.

    Args:
        state: as in ``states.State``; ``failed`` also when the job died without a word.
        percent: of the present step; meaningful while ``is_moving``.
        step: what is being done; reason: why it stopped.
    """

    state: State
    label: str
    percent: int = 0
    step: str = ""
    reason: str = ""
    is_moving: bool = False
    may_retry: bool = False


def status_of(video: Video) -> Status:
    """Read the video's job where one matters (one query)."""
    state = State(video.state)
    if state not in _MOVING:
        may_retry = state == State.FAILED
        return Status(state, str(state.label), reason=video.reason, may_retry=may_retry)
    job = queue.job_of(video)
    if job is not None and job.state in _STOPPED:
        return _stopped(job)
    running = job is not None and job.state == jobs.JobState.RUNNING
    return Status(
        state,
        str(state.label),
        percent=round(job.progress * 100) if job is not None and running else 0,
        step=job.step if job is not None and running else _("排队中，马上开始"),
        is_moving=True,
    )


def _stopped(job: jobs.Job) -> Status:
    reason = (
        _("已由运维取消。需要的话请点“重试”。")
        if job.state == jobs.JobState.CANCELLED
        else _("处理没有成功，可以点“重试”。如果还不行，请联系运维。")
    )
    return Status(State.FAILED, str(State.FAILED.label), reason=reason, may_retry=True)


def is_stuck(video: Video) -> bool:
    """Whether its job stopped while the video's row still waits for it."""
    if video.state not in _MOVING:
        return False
    job = queue.job_of(video)
    return job is not None and job.state in _STOPPED
