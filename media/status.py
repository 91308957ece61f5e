"""How a video is doing, for the people who wait for it: its own state and its job's, as one."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lms.base import clock, outages
from lms.base.jobs import api as jobs
from media import queue
from media.models import Video
from media.states import State

MOVING = frozenset({State.UPLOADED, State.PROBED, State.ENCODING})
_STOPPED = frozenset({jobs.JobState.FAILED, jobs.JobState.CANCELLED})


@dataclass(frozen=True)
class Status:
    """What the editor sees.

    Args:
        state: as in ``states.State``; ``failed`` also when the job died without a word.
        percent: of the present step; meaningful while ``is_moving``.
        step: what is being done; reason: why it stopped.
        pace: how fast and how long still, in words, once there is something to tell from.
    """

    state: State
    label: str
    percent: int = 0
    step: str = ""
    reason: str = ""
    is_moving: bool = False
    may_retry: bool = False
    pace: str = ""


def status_of(video: Video) -> Status:
    """Read the video's job where one matters (one query)."""
    state = State(video.state)
    if state not in MOVING:
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
        step=job.step if job is not None and running else _waits_for(job),
        is_moving=True,
        pace=_pace(video, job) if job is not None and running else "",
    )


def _waits_for(job: jobs.Job | None) -> str:
    if job is not None and job.error_code in outages.CODES:
        return _("在等服务器的文件存储恢复，之后自动继续")
    return _("排队中，马上开始")


def _pace(video: Video, job: jobs.Job) -> str:
    """From the parts that were begun since the job was taken up: what an earlier attempt had
    done says nothing about how fast this one is."""
    parts = list(queue.parts_of(job.pk).values_list("progress", "started_at"))
    begun = job.started_at
    if not parts or begun is None:
        return ""
    fresh = sum(done for done, started in parts if started is not None and started >= begun)
    missing = len(parts) - sum(done for done, _started in parts)
    return pace_words(
        video.duration_s or 0,
        done=fresh / len(parts),
        missing=missing / len(parts),
        elapsed_s=(clock.now() - begun).total_seconds(),
    )


def pace_words(duration_s: float, *, done: float, missing: float, elapsed_s: float) -> str:
    """``2.4 倍速，约剩 3 分钟``; empty while it would be a guess. Pure.

    Args:
        done, missing: shares (0 to 1) of a film of ``duration_s``, the first in ``elapsed_s``.
    """
    if done < 0.02 or elapsed_s < 3:
        return ""
    speed = duration_s * done / elapsed_s
    left_s = missing * elapsed_s / done
    if left_s >= 90:
        minutes = clock.whole_minutes(left_s)
        left = ngettext("约剩 %(count)s 分钟", "约剩 %(count)s 分钟", minutes) % {"count": minutes}
    else:
        seconds = max(1, round(left_s))
        left = ngettext("约剩 %(count)s 秒", "约剩 %(count)s 秒", seconds) % {"count": seconds}
    return _("%(speed)s 倍速，%(left)s") % {"speed": f"{speed:.1f}", "left": left}


def _stopped(job: jobs.Job) -> Status:
    reason = (
        _("处理已取消。需要的话请点“重试”。")
        if job.state == jobs.JobState.CANCELLED
        else _("处理没有成功，可以点“重试”。如果还不行，请联系运维。")
    )
    return Status(State.FAILED, str(State.FAILED.label), reason=reason, may_retry=True)


def is_stuck(video: Video) -> bool:
    """Whether its job stopped while the video's row still waits for it."""
    if video.state not in MOVING:
        return False
    job = queue.job_of(video)
    return job is not None and job.state in _STOPPED


def encode_speed(last: int = 5) -> float | None:
    """Seconds of film per second of work over the last encodes, or None if none is known."""
    done = jobs.Job.objects.filter(
        kind=queue.ENCODE, state=jobs.JobState.DONE, started_at__isnull=False
    )
    spent = {
        job.payload["sha256"]: (job.finished_at - job.started_at).total_seconds()
        for job in done.order_by("-id")[:last]
        if job.finished_at and job.started_at
    }
    videos = Video.objects.filter(sha256__in=spent).exclude(duration_s=None)
    films = {video.sha256: video.duration_s or 0.0 for video in videos.only("sha256", "duration_s")}
    seconds = sum(spent[sha256] for sha256 in films)
    return sum(films.values()) / seconds if seconds else None
