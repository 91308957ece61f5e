"""The whole way of a video with originals and sets in a bucket (``.ci/run s3`` brings a server)."""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image

from lms.accounts.models import User
from lms.base import clock
from lms.base.storage import video_files
from media import storage
from media.api import add_video, playback
from media.states import State
from media.stills import storyboard
from tests.media import clips
from tests.media.conftest import scratch_left, work_off
from tests.media.test_receiving import SRT
from tests.media.test_stills import cues, slides

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
    assert "X-Amz-Expires=600" in segment["Location"]


def asked(address: str) -> int:
    try:
        with urllib.request.urlopen(address) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture
def piece() -> str:
    return video_files().save(f"sets/{uuid4()}/00000.m4s", ContentFile(bytes(1000)))


def test_the_store_refuses_a_link_that_ended(piece: str) -> None:
    """Signed in the past, so that nobody has to wait; it is the server whose clock decides."""
    for age_s, status in ((storage.LINK_S - 60, 200), (storage.LINK_S + 2, 403)):
        with time_machine.travel(clock.now() - timedelta(seconds=age_s)):
            address = storage.presigned(piece, "video/mp4")
        assert address is not None
        assert asked(address) == status


def test_the_store_refuses_a_link_to_anything_else(piece: str) -> None:
    other = video_files().save(f"sets/{uuid4()}/00000.m4s", ContentFile(bytes(1000)))
    address = storage.presigned(piece, "video/mp4")
    assert address is not None
    assert asked(address) == 200
    for altered in (
        address.replace(piece, other),
        address.replace("X-Amz-Expires=600", "X-Amz-Expires=86400"),
        address.replace("video%2Fmp4", "text%2Fhtml"),
    ):
        assert altered != address
        assert asked(altered) == 403
    assert 400 <= asked(address.partition("?")[0]) < 500


def test_pictures_and_captions_come_from_a_bucket_too(
    client: Client, outsider: User, tmp_path: Path
) -> None:
    clip = slides(tmp_path / "a.mp4", 3)
    video = work_off(add_video(clip, title="桶里的课", by=None, at=clock.now(), captions_vtt=SRT))
    assert [poster["name"] for poster in video.posters]
    assert len(video.chapters) == 3
    client.force_login(outsider)
    watching = playback(video, user=outsider, at=clock.now())

    def fetched(address: str) -> tuple[str, bytes]:
        """By way of the bucket, as a browser follows."""
        answer = client.get(address)
        assert answer.status_code == 302
        with urllib.request.urlopen(answer["Location"]) as found:
            return str(found.headers["Content-Type"]), found.read()

    kind, poster = fetched(watching.poster_url)
    assert (kind, Image.open(BytesIO(poster)).size) == ("image/jpeg", (640, 360))
    # What scripts read comes from us; the pictures that it names, from the bucket.
    board = client.get(watching.storyboard_url)
    listed = cues(b"".join(board).decode())
    assert (board["Content-Type"], listed[-1][1]) == ("text/vtt", pytest.approx(36, abs=0.2))
    kind, sheet = fetched(watching.storyboard_url.replace(storyboard.LIST, listed[0][2]))
    left, top, width, height = listed[-1][3]
    picture = Image.open(BytesIO(sheet))
    assert (kind, picture.width >= left + width) == ("image/jpeg", True)
    assert picture.height >= top + height
    assert "你好" in client.get(watching.captions_url).content.decode()
    assert scratch_left() == []


def test_a_waveform_comes_from_a_bucket_too(client: Client, outsider: User, tmp_path: Path) -> None:
    clip = clips.make(tmp_path / "a.mp3", "-f", "lavfi", "-i", "sine=duration=8")
    video = work_off(add_video(clip, title="听课", by=None, at=clock.now()))
    client.force_login(outsider)
    answer = client.get(playback(video, user=outsider, at=clock.now()).poster_url)
    with urllib.request.urlopen(answer["Location"]) as found:
        assert found.headers["Content-Type"] == "image/png"
        assert Image.open(BytesIO(found.read())).getextrema()[3] == (0, 255)


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
