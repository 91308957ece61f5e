"""Captions by machine: a port for a program of the operator's; none is brought along.

``LMS_CAPTIONS_PROGRAM`` names it. It is called with one argument, a file with the sound of the
film (AAC in MP4), and prints SubRip or WebVTT in UTF-8 to its standard output. What it says
becomes a version of the captions, which an editor reads over; it never replaces one.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from lms.accounts.models import User
from lms.base import clock
from lms.base.errors import Refused
from lms.base.jobs import api as jobs
from media import ffmpeg, process, refusals, storage
from media.captions import versions
from media.models import Rendition, Video

LISTEN = "media.listen"
_RUNS_TIMES = 6
_OVER = (jobs.JobState.DONE, jobs.JobState.FAILED, jobs.JobState.CANCELLED)


def is_there() -> bool:
    """Whether the operator named a program."""
    return bool(settings.CAPTIONS_PROGRAM)


def ask(video: Video, *, by: User) -> jobs.Job:
    """Have a video listened to; asking twice is asking once.

    Raises:
        NothingListens: no program, no sound, or captions are there already.
    """
    has_sound = video.renditions.filter(kind=Rendition.Kind.AUDIO).exists()
    if not is_there() or not has_sound or video.captions_vtt:
        raise refusals.NothingListens
    base = versions.newest(video)
    # After each failure and each version a new question; the same one twice is one job.
    failed = jobs.Job.objects.filter(
        kind=LISTEN, key__startswith=f"{LISTEN}:{video.uuid}:", state__in=_OVER
    )
    key = f"{LISTEN}:{video.uuid}:{base}:{failed.count()}"
    return jobs.enqueue(LISTEN, key=key, payload={"video": str(video.uuid), "base": base}, by=by)


def latest(video: Video) -> jobs.Job | None:
    """The last question about a video."""
    asked = jobs.Job.objects.filter(kind=LISTEN, key__startswith=f"{LISTEN}:{video.uuid}:")
    return asked.order_by("-id").first()


def listen(run: jobs.Run) -> None:
    """Do what was asked.

    Raises:
        Failed: the program is gone, failed, or said nothing that can be read.
    """
    video = Video.objects.filter(uuid=run.payload["video"]).exclude(published_prefix="").first()
    sound = video and video.renditions.filter(kind=Rendition.Kind.AUDIO).first()
    if video is None or not sound:
        return
    run.progress(0.05, _("正在听写字幕"))
    path = storage.local_piece(video, sound.path, run.scratch)
    text = _said(path, video.duration_s or 0, run)
    try:
        with run.finish():
            versions.save(
                video,
                text,
                base=run.payload["base"],
                source=versions.Source.MACHINE,
                by=run.job.created_by,  # type: ignore[arg-type]
                at=clock.now(),
            )
    except refusals.CaptionsMoved:
        # Somebody wrote captions meanwhile: theirs stand.
        return
    except Refused as why:
        raise jobs.Failed("unreadable", str(why)) from why


def _said(sound: Path, duration_s: float, run: jobs.Run) -> str:
    limits = process.Limits(
        wall_s=_RUNS_TIMES * duration_s + 120,
        cpu_s=int(4 * _RUNS_TIMES * duration_s) + 480,
        file_bytes=ffmpeg.GIB,
        memory_bytes=16 * ffmpeg.GIB,
        # The operator's own program, on a file of our making; its model may be on another machine.
        network=True,
    )
    program = str(settings.CAPTIONS_PROGRAM)
    if not Path(program).is_file():
        raise jobs.Failed("no_program", _("听写字幕的程序不见了，请联系运维。"))
    outcome = process.run(
        [program, str(sound)], limits=limits, cwd=run.scratch, on_tick=lambda _lines: run.extend()
    )
    if not outcome.is_fine:
        raise jobs.Failed(
            "failed", _("听写字幕的程序没有成功：%(why)s") % {"why": outcome.stderr[-200:]}
        )
    return outcome.stdout
