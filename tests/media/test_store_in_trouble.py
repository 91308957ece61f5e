"""A bucket that is slow, breaks, falls silent, or no longer takes our key (``.ci/run s3`` brings the server)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from lms.accounts.models import User
from lms.base import bucket, clock
from lms.base.jobs.models import Job, JobState
from media import package, storage
from media.api import Video, add_video, playback
from media.incoming.models import Upload
from media.states import State
from media.status import status_of
from tests.media import clips, outage
from tests.media.conftest import scratch_left, work_off
from tests.media.test_receiving import begin
from tests.media.troubled_store import Door, Trouble, door

pytestmark = [pytest.mark.s3, pytest.mark.django_db(transaction=True)]
SILENCE_S = 0.4


@pytest.fixture
def store(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """The way to the bucket, for the storage of videos; its client has less patience than in service."""
    monkeypatch.setattr(bucket, "READ_S", SILENCE_S)
    monkeypatch.setattr(bucket, "REST_S", 1.0)
    videos = settings.STORAGES["videos"]
    with door(videos["OPTIONS"]["endpoint_url"]) as way:
        options = {**videos["OPTIONS"], "endpoint_url": way.address}
        settings.STORAGES = {**settings.STORAGES, "videos": {**videos, "OPTIONS": options}}
        yield way


def film(tmp_path: Path) -> Video:
    clip = clips.lecture(tmp_path / "a.mp4", size="426x240", seconds=2)
    with clip.open("ab") as file:  # a box of nothing: a set that no other test left in the bucket
        file.write(b"\0\0\0\x18free" + uuid4().bytes)
    return add_video(clip, title="桶里的课", by=None, at=clock.now())


def set_is_whole(video: Video, into: Path) -> bool:
    """The name of a set is the digest of what lies in it."""
    storage.copy_set(video.published_prefix, into, on_file=lambda: None)
    return video.published_prefix.endswith(f"-{package.digest(into)}")


def test_a_slow_store_costs_time_and_nothing_else(store: Door, tmp_path: Path) -> None:
    store.trouble = Trouble(delay_s=0.05)
    video = work_off(film(tmp_path))
    assert (video.state, video.reason) == (State.READY, "")
    assert store.met > 30
    assert set(Job.objects.values_list("state", "attempts")) == {(JobState.DONE, 1)}
    assert set_is_whole(video, tmp_path / "set")


def _below(folder: str, *methods: str) -> Any:
    return lambda method, path: f"/{folder}/" in path and method in methods


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(status=503, code="SlowDown", meets=_below("parts", "PUT")),
        Trouble(status=500, code="InternalError", meets=_below("sets", "PUT")),
        Trouble(cut=True, meets=_below("parts", "GET")),
        Trouble(cut=True, meets=_below("sets", "PUT")),
        Trouble(silent=True, meets=_below("parts", "PUT")),
    ],
    ids=["busy", "broken", "cut while reading", "cut while writing", "silent"],
)
def test_what_breaks_in_the_middle_of_an_encode_is_waited_out(
    store: Door, tmp_path: Path, trouble: Trouble, client: Client, wu: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    outage.one_attempt(monkeypatch)
    video = film(tmp_path)
    store.trouble = trouble
    with outage.worker():
        job = outage.held("store_away")
        assert (job.attempts, "对象存储没有正常回应" in job.error_text) == (0, True)
        video.refresh_from_db()
        assert (video.state, video.reason, video.published_prefix) == (State.ENCODING, "", "")
        client.force_login(wu)
        assert "对象存储没有正常回应" in client.get(reverse("desk:jobs")).content.decode()
        store.trouble = None
        assert outage.eventually(lambda: ready(video), patience_s=90)
    assert set(Job.objects.values_list("state", "attempts", "error_code")) == {
        (JobState.DONE, 1, "")
    }
    assert set_is_whole(video, tmp_path / "set")
    assert scratch_left() == []


def ready(video: Video) -> bool:
    outage.hurry()
    video.refresh_from_db()
    return video.state == State.READY


def test_a_key_that_ended_stops_no_page_and_loses_nothing(
    store: Door, tmp_path: Path, client: Client, he: User, wu: User, outsider: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    outage.one_attempt(monkeypatch)
    playing, video = outage.playing_film(), film(tmp_path)
    store.trouble = Trouble(status=403, code="ExpiredToken")
    for _again in range(2):
        outage.hurry()
        work_off(video)
        job = Job.objects.get(kind="media.probe")
        assert (job.state, job.attempts, job.error_code) == (JobState.QUEUED, 0, "store_refuses")
    assert (video.state, video.reason) == (State.UPLOADED, "")
    assert "恢复" in status_of(video).step

    client.force_login(wu)
    assert "不接受我们的密钥" in client.get(reverse("desk:jobs")).content.decode()
    assert "在等对象存储或磁盘" in client.get(reverse("desk:operator")).content.decode()
    client.force_login(outsider)
    for page in ("/", "/healthz", "/readyz"):
        assert client.get(page, follow=True).status_code == 200
    watching = playback(playing, user=outsider, at=clock.now())
    assert client.get(watching.hls_url.replace("master.m3u8", "240p/00000.m4s")).status_code == 302
    refused = client.get(watching.hls_url)
    assert (refused.status_code, "请过几分钟再试" in refused.content.decode()) == (503, True)
    client.force_login(he)
    clip = clips.lecture(tmp_path / "c.mp4", size="426x240", seconds=2).read_bytes()
    assert begin(client, clip).status_code == 503
    assert not Upload.objects.exists()

    store.trouble = None
    outage.hurry()
    assert work_off(video).state == State.READY
    assert set_is_whole(video, tmp_path / "set")
    client.force_login(outsider)
    assert client.get(watching.hls_url).status_code == 200
    assert begin(client, clip).status_code == 403  # 外人
    client.force_login(he)
    assert begin(client, clip).status_code == 200


def test_a_silent_store_is_waited_for_once(store: Door, client: Client, outsider: User) -> None:
    """Its silence holds one thread that makes pages, not each that is asked for a film."""
    client.force_login(outsider)
    address = playback(outage.playing_film(), user=outsider, at=clock.now()).hls_url
    assert client.get(address).status_code == 200

    store.trouble = Trouble(silent=True)
    first, second = timed(client, address), timed(client, address)
    assert (first[0], second[0]) == (503, 503)
    assert SILENCE_S < first[1] < 5
    assert second[1] < SILENCE_S / 2
    store.trouble = None
    assert outage.eventually(lambda: client.get(address).status_code == 200, patience_s=5)


def timed(client: Client, address: str) -> tuple[int, float]:
    began = time.monotonic()
    return client.get(address).status_code, time.monotonic() - began
