"""The whole way of a video with originals and sets in a bucket (``.ci/run s3`` brings a server)."""

from __future__ import annotations

import urllib.request
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from lms.accounts.models import User
from lms.base import clock
from lms.base.storage import video_files
from media import storage
from media.api import add_video, playback
from media.states import State
from tests.media import clips
from tests.media.conftest import scratch_left, work_off

pytestmark = [pytest.mark.s3, pytest.mark.django_db(transaction=True)]


def test_a_lecture_goes_through_a_bucket_to_the_player(
    client: Client, outsider: User, tmp_path: Path
) -> None:
    clip = clips.lecture(tmp_path / "a.mp4", size="426x240")
    video = work_off(add_video(clip, title="桶里的课", by=None, at=clock.now()))
    assert (video.state, video.reason) == (State.READY, "")
    assert scratch_left() == []

    client.force_login(outsider)
    watching = playback(video, user=outsider, at=clock.now())
    master = client.get(watching.hls_url)
    assert master.status_code == 200
    assert b"240p/index.m3u8" in b"".join(master)

    segment = client.get(watching.hls_url.replace("master.m3u8", "240p/00000.m4s"))
    assert segment.status_code == 302
    part = urllib.request.Request(segment["Location"], headers={"Range": "bytes=4-7"})
    with urllib.request.urlopen(part) as answer:
        assert (answer.status, answer.headers["Content-Type"]) == (206, "video/mp4")
        assert len(answer.read()) == 4
    # Whether an altered or old link is refused is the server's part: moto checks none of it.
    assert "X-Amz-Expires=600" in segment["Location"]


def test_a_set_is_written_once_and_half_a_file_again(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "whole.mp4").write_bytes(b"whole")
    (folder / "half.mp4").write_bytes(b"both halves")
    under = f"sets/{uuid4()}"
    video_files().save(f"{under}/whole.mp4", ContentFile(b"WHOLE"))
    video_files().save(f"{under}/half.mp4", ContentFile(b"both"))
    storage.put_set(folder, under, on_file=lambda share: None)
    _, names = video_files().listdir(under)
    assert sorted(names) == ["half.mp4", "whole.mp4"]
    with video_files().open(f"{under}/half.mp4") as file:
        assert file.read() == b"both halves"
    with video_files().open(f"{under}/whole.mp4") as file:
        assert file.read() == b"WHOLE", "a file of the same name and length is the same file"
