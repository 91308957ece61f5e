"""AV1 beside H.264, for browsers that can: added to a lecture that plays already.

It costs as much processor time again as all of H.264, so nobody waits for it: a job of its own
encodes the same chunks, copies the published set together with what is new, and switches the row.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lms.base.jobs import api as jobs
from media import chunks, early, ffmpeg, ladder, package, parts, publishing, queue, storage
from media.facts import Facts
from media.ladder import Codec
from media.models import Rendition, Video
from media.states import State
from media.transcode import AV1_ENCODER, SOUND_FILE


def enqueue_if_wanted(video: Video) -> bool:
    """Queue the job where the setting says so, the encoder is there and a picture is to be seen."""
    wanted = settings.VIDEO_AV1 and AV1_ENCODER in ffmpeg.tools().encoders
    if not wanted or not (video.probe or {}).get("picture"):
        return False
    queue.enqueue_av1(video)
    return True


def encode(run: jobs.Run) -> None:
    """Add AV1 to the set of every video of one file."""
    video = _without_av1(run).exclude(original="").first()
    if video is None:  # deleted, or its original is; or done by somebody who was then killed
        return
    plan = ladder.av1_plan(Facts.from_json(video.probe))
    made = parts.gather(run, parts.names(plan))
    run.progress(parts.ENCODED, _("正在打包"))
    tracks, folder = run.scratch / "tracks", run.scratch / "set"
    tracks.mkdir()
    early.collect(run, plan, made, len(chunks.chunks(plan)), into=tracks)
    storage.copy_set(video.published_prefix, folder, on_file=run.extend)
    done = _package(tracks, plan, folder)
    prefix = storage.prefix(video.sha256, done.digest)
    storage.put_set(folder, prefix, on_file=lambda _share: run.extend())
    with run.finish():
        for each in _without_av1(run).filter(published_prefix=video.published_prefix):
            publishing.enrich(each, done, prefix=prefix)
    storage.delete_tree(storage.parts_prefix(video.sha256, Codec.AV1))


def _package(tracks: Path, plan: ladder.Plan, folder: Path) -> package.Package:
    """The new streams in the copy of the set, with the sound that it has."""
    sound = folder / package.SOUND_ALONE
    if sound.exists():
        shutil.copyfile(sound, tracks / SOUND_FILE)
    return package.enrich(tracks, plan, with_sound=sound.exists(), into=folder)


def _without_av1(run: jobs.Run) -> QuerySet[Video]:
    same_file = Video.objects.filter(sha256=run.payload["sha256"], state=State.READY)
    return same_file.exclude(renditions__kind=Rendition.Kind.AV1).order_by("id")


__all__ = ["encode", "enqueue_if_wanted"]
