"""Parts that go straight to a bucket (``.ci/run s3`` brings a server)."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from botocore.exceptions import ClientError
from django.test import Client
from django.urls import reverse

from lms.accounts.models import User
from lms.base import clock
from lms.base.storage import video_files
from media import janitor
from media.api import Video
from media.incoming import digests
from media.incoming.models import Upload
from media.states import State
from tests.journeys.site import free_port
from tests.lms.conftest import ROOT
from tests.lms.waiting import eventually
from tests.media import clips
from tests.media.conftest import work_off
from tests.media.test_receiving import ADD, arrived, begin, claim, finish, pieces, recognise, sha
from tests.media.test_upload_in_browser import padded

pytestmark = [pytest.mark.s3, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(client: Client, he: User) -> Client:
    client.force_login(he)
    return client


@pytest.fixture
def clip(tmp_path: Path) -> bytes:
    lecture = clips.lecture(tmp_path / "a.mp4", size="426x240", seconds=2)
    return padded(lecture, 2 * digests.PART_BYTES + 1000).read_bytes()


def bring(told: dict[str, Any], content: bytes) -> int:
    """PUT to a signed address, as the browser does; no session goes along."""
    headers = {"Content-Type": "application/octet-stream", **told["headers"]}
    part = urllib.request.Request(told["url"], data=content, method="PUT", headers=headers)
    try:
        with urllib.request.urlopen(part, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def listed(upload: Upload) -> list[dict[str, Any]]:
    storage: Any = video_files()
    client, key = storage.connection.meta.client, f"{storage.location}/{upload.original}"
    about = {"Bucket": storage.bucket_name, "Key": key.lstrip("/"), "UploadId": upload.remote_id}
    return list(client.list_parts(**about).get("Parts", ()))


def test_parts_go_to_the_bucket_and_go_on_another_day(desk: Client, clip: bytes) -> None:
    told = begin(desk, clip).json()
    assert (told["parts"], told["parallel"], told["arrived"]) == (3, 4, {})
    upload = told["upload"]
    for number in (3, 1):
        piece = pieces(clip)[number]
        address = claim(desk, upload, number, sha(piece)).json()
        assert not address["url"].startswith("/")
        assert "x-amz-checksum-sha256" in address["url"], "signed, so that no other content fits"
        assert bring(address, piece) == 200
    # Not the clock: a server that checks signatures would not believe ours.
    Upload.objects.update(active_at=clock.now() - timedelta(days=5))
    again = begin(desk, clip).json()
    assert (again["upload"], set(again["arrived"])) == (upload, {"1", "3"})
    assert "还有 1 段" in finish(desk, upload).json()["error_message"]
    assert "66%" in desk.get(ADD).content.decode()
    claimed = claim(desk, upload, 2, sha(pieces(clip)[2])).json()
    assert bring(claimed, pieces(clip)[2]) == 200
    assert finish(desk, upload).json()["success"]
    video = work_off(Video.objects.get())
    assert (video.state, video.reason) == (State.READY, "")
    assert video.sha256 == sha(clip)
    with video_files().open(video.original.name) as file:
        assert hashlib.sha256(file.read()).hexdigest() == video.sha256
    assert not Upload.objects.exists()


def send(desk: Client, upload: str, content: bytes) -> None:
    for number, piece in pieces(content).items():
        assert bring(claim(desk, upload, number, sha(piece)).json(), piece) == 200


def test_a_short_part_does_not_count(desk: Client, clip: bytes) -> None:
    upload = begin(desk, clip).json()["upload"]
    piece = pieces(clip)[1]
    bring(claim(desk, upload, 1, sha(piece[:-1])).json(), piece[:-1])
    assert arrived(desk, upload) == {}


def test_an_address_that_ended_takes_no_part_and_a_new_one_does(desk: Client, clip: bytes) -> None:
    upload = begin(desk, clip).json()["upload"]
    piece = pieces(clip)[1]
    with time_machine.travel(clock.now() - timedelta(hours=1, seconds=2)):
        old = claim(desk, upload, 1, sha(piece)).json()
    # A few bytes: who refuses five million of them hangs up before they are sent.
    assert bring(old, b"any") == 403
    assert arrived(desk, upload) == {}
    assert bring(claim(desk, upload, 1, sha(piece)).json(), piece) == 200
    assert set(arrived(desk, upload)) == {"1"}


def test_an_upload_that_the_bucket_swept_away_begins_anew(desk: Client, clip: bytes) -> None:
    """Many buckets have a rule that ends what is not joined within a day."""
    upload = begin(desk, clip).json()["upload"]
    assert bring(claim(desk, upload, 1, sha(pieces(clip)[1])).json(), pieces(clip)[1]) == 200
    row, storage = Upload.objects.get(), video_files()
    key = f"{storage.location}/{row.original}".lstrip("/")  # type: ignore[attr-defined]
    about = {"Bucket": storage.bucket_name, "Key": key, "UploadId": row.remote_id}  # type: ignore[attr-defined]
    storage.connection.meta.client.abort_multipart_upload(**about)  # type: ignore[attr-defined]
    again = begin(desk, clip).json()
    assert (again["upload"], again["arrived"]) == (upload, {})
    send(desk, upload, clip)
    assert finish(desk, upload).json()["success"]
    assert work_off(Video.objects.get()).state == State.READY


class Server:
    """An S3 server of this test alone, to be killed."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        self.address = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        server = ROOT / ".ci" / "s3_server.py"
        command = ["/usr/bin/python3", str(server), "--port", str(self._port)]
        self._process = subprocess.Popen([*command, "--folder", str(self._folder)])
        assert eventually(self._answers)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0


@pytest.fixture
def server(tmp_path: Path, settings: Any) -> Iterator[Server]:
    """The storage of videos in a bucket there."""
    server = Server(tmp_path / "s3")
    server.start()
    videos = settings.STORAGES["videos"]
    options = {**videos["OPTIONS"], "endpoint_url": server.address, "bucket_name": "restarted"}
    settings.STORAGES = {**settings.STORAGES, "videos": {**videos, "OPTIONS": options}}
    video_files().connection.meta.client.create_bucket(Bucket="restarted")  # type: ignore[attr-defined]
    yield server
    server.kill()


def test_an_upload_goes_on_after_the_store_was_killed(
    server: Server, desk: Client, clip: bytes
) -> None:
    upload = begin(desk, clip).json()["upload"]
    address = claim(desk, upload, 3, sha(pieces(clip)[3])).json()
    assert bring(address, pieces(clip)[3]) == 200
    address = claim(desk, upload, 1, sha(pieces(clip)[1])).json()
    server.kill()
    with pytest.raises(urllib.error.URLError):
        bring(address, pieces(clip)[1])
    server.start()
    assert bring(address, pieces(clip)[1]) == 200, "the same address is as good as before"
    again = begin(desk, clip).json()
    assert (again["upload"], set(again["arrived"])) == (upload, {"1", "3"})
    server.kill()
    server.start()
    claimed = claim(desk, upload, 2, sha(pieces(clip)[2])).json()
    assert bring(claimed, pieces(clip)[2]) == 200
    assert finish(desk, upload).json()["success"]
    server.kill()
    server.start()
    video = work_off(Video.objects.get())
    assert (video.state, video.sha256) == (State.READY, sha(clip))


def test_parts_do_not_come_past_the_bucket(desk: Client, clip: bytes) -> None:
    upload = begin(desk, clip).json()["upload"]
    claim(desk, upload, 1, sha(pieces(clip)[1]))
    own = reverse("wagtailsnippets_media_video:upload_part", args=[upload, 1])
    answer = desk.put(own, pieces(clip)[1], content_type="application/octet-stream")
    assert answer.status_code == 409


def test_content_that_was_not_announced_is_refused_in_the_end(desk: Client, clip: bytes) -> None:
    """Whatever the store checks: the first job reads the file."""
    upload = begin(desk, clip).json()["upload"]
    other = clip[:-1] + bytes([clip[-1] ^ 1])
    for number, piece in pieces(other).items():
        announced = sha(pieces(clip)[number])
        address = claim(desk, upload, number, announced).json()
        if bring(address, piece) != 200:  # a store that checks: nothing more to see
            assert str(number) not in arrived(desk, upload)
            return
    finish(desk, upload)
    video = work_off(Video.objects.get())
    assert (video.state, "和你电脑上的不一样" in video.reason) == (State.REFUSED, True)


def test_the_same_file_again_needs_no_bytes(desk: Client, clip: bytes) -> None:
    first = begin(desk, clip).json()["upload"]
    send(desk, first, clip)
    finish(desk, first)
    video = work_off(Video.objects.get())
    again = begin(desk, clip).json()["upload"]
    remote = Upload.objects.get(uuid=again)
    assert recognise(desk, again, clip) == "讲课"
    assert finish(desk, again).json()["success"]
    assert Video.objects.exclude(pk=video.pk).get().original.name == video.original.name
    with pytest.raises(ClientError, match="NoSuchUpload"):
        listed(remote)


def test_a_death_after_the_joining_loses_nothing(
    desk: Client, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from media.incoming import receiving

    upload = begin(desk, clip).json()["upload"]
    send(desk, upload, clip)

    def dies(*args: object, **kwargs: object) -> None:
        raise SystemError("power cut")

    with monkeypatch.context() as patched:
        patched.setattr(receiving.queue, "enqueue_probe", dies)
        with pytest.raises(SystemError):
            finish(desk, upload)
    assert set(begin(desk, clip).json()["arrived"]) == {"1", "2", "3"}
    assert finish(desk, upload).json()["success"]
    assert work_off(Video.objects.get()).state == State.READY


def test_cancelled_and_expired_uploads_leave_nothing_in_the_bucket(
    desk: Client, clip: bytes
) -> None:
    cancelled = Upload.objects.get(uuid=begin(desk, clip).json()["upload"])
    desk.post(reverse("wagtailsnippets_media_video:upload_cancel", args=[cancelled.uuid]))
    expired = Upload.objects.get(uuid=begin(desk, clip).json()["upload"])
    orphan = Upload.objects.get(uuid=begin(desk, clip, name="b.mp4").json()["upload"])
    orphan.delete()
    later = clock.now() + timedelta(days=9)
    janitor.tidy(at=later)
    for upload in (cancelled, expired, orphan):
        with pytest.raises(ClientError, match="NoSuchUpload"):
            listed(upload)
