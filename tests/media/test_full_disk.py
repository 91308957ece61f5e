"""A disk that fills up in the middle of an encode: the film waits, nothing half is left, what plays plays on."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from lms.accounts.models import User
from lms.base import clock
from lms.base.jobs.models import Job, JobState
from media.api import Video, add_video, playback
from media.incoming import room
from media.models import Rendition
from media.states import State
from media.status import status_of
from tests.media import clips, outage
from tests.media.conftest import cannot, scratch_left

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.tools]
SIZE_MB = 16


class SmallDisk:
    """A file system of a few MB, filled with something that can be cleared away."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._ballast = folder, folder / "ballast"

    def leave(self, kb: int) -> None:
        """Fill all but so much of it."""
        room = os.statvfs(self.folder)
        self._ballast.write_bytes(bytes(room.f_bavail * room.f_frsize - kb * 1024))

    def clear(self) -> None:
        self._ballast.unlink()


@pytest.fixture
def mounted() -> Iterator[list[Path]]:
    made: list[Path] = []
    yield made
    for folder in made:
        subprocess.run([*_as_root(), "umount", "--lazy", str(folder)], check=True)


def _as_root() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo", "-n"]


def small_disk(folder: Path, mounted: list[Path]) -> SmallDisk:
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={SIZE_MB}m,mode=1777"
    command = [*_as_root(), "mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        cannot("a small file system needs root or sudo")
    if done.returncode:
        cannot(f"a small file system cannot be mounted: {done.stderr.strip()}")
    mounted.append(folder)
    return SmallDisk(folder)


# Kilobytes that are left: none; the beginning of a picture, with which ffmpeg ends as if all were well; a few files.
@pytest.mark.parametrize(
    ("full", "kb"), [("tmp", 0), ("tmp", 24), ("videos", 0), ("videos", 96), ("tmp", 200)]
)
def test_the_film_waits_and_is_made_when_there_is_room(
    tmp_path: Path, shelf: Path, mounted: list[Path], full: str, kb: int,
    client: Client, outsider: User, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    disk = small_disk(tmp_path / full, mounted)
    outage.one_attempt(monkeypatch)
    monkeypatch.setattr(room, "KEEP_FREE_BYTES", 0)
    playing = outage.playing_film()
    set_before = files_of(shelf / playing.published_prefix)
    clip = clips.lecture(tmp_path / "b.mp4", size="426x240", seconds=3)
    video = add_video(clip, title="磁盘满的课", by=None, at=clock.now())
    disk.leave(kb)
    with outage.worker():
        job = outage.held("disk_full")
        assert "磁盘满了" in job.error_text
        assert (job.attempts, job.kind in ("media.part", "media.encode")) == (0, True)
        video.refresh_from_db()
        assert (video.state, video.reason, video.published_prefix) == (State.ENCODING, "", "")
        assert status_of(video).is_moving
        assert not Rendition.objects.filter(video=video).exists()
        assert half_kept(shelf) == []
        client.force_login(outsider)
        watching = playback(playing, user=outsider, at=clock.now())
        piece = client.get(watching.hls_url.replace("master.m3u8", "240p/00000.m4s"))
        assert b"".join(piece) == outage.PIECE
        disk.clear()
        outage.hurry()
        assert eventually_ready(video), list(Job.objects.values_list("kind", "state", "error_text"))
    assert files_of(shelf / playing.published_prefix) == set_before
    assert scratch_left() == []
    done = Job.objects.filter(payload__sha256=video.sha256, kind__in=["media.encode", "media.part"])
    assert set(done.values_list("state", "attempts", "error_code")) == {(JobState.DONE, 1, "")}


def half_kept(shelf: Path) -> list[Path]:
    """Parts that no job says it made."""
    made = {
        folder
        for job in Job.objects.filter(kind="media.part", state=JobState.DONE)
        for folder in job.payload.get("made", ())
    }
    return [
        path
        for path in (shelf / "parts").rglob("*")
        if path.is_file() and path.parent.relative_to(shelf).as_posix() not in made
    ]


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def eventually_ready(video: Video) -> bool:
    def ready() -> bool:
        outage.hurry()
        video.refresh_from_db()
        return video.state == State.READY

    return outage.eventually(ready, patience_s=90)
