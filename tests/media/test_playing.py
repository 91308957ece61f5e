"""Who gets which bytes of a published video."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client

from lms.accounts.models import User
from media import tokens
from media.api import Playback, Video, add_video, playback
from media.models import Rendition
from media.refusals import LinkExpired, NotPlayable, NotYours
from media.states import State
from tests.media import clips
from tests.media.conftest import work_off
from tests.people import AT, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def yi(db: None) -> User:
    """阿怡."""
    return make_person("阿怡", "+8613800000001")


@pytest.fixture
def video(shelf: Path) -> Video:
    """A published set of a few known bytes."""
    prefix = f"sets/aa/{'a' * 64}/h1-{'b' * 16}"
    for name, content in (
        ("master.m3u8", b"#EXTM3U\n"),
        ("240p/index.m3u8", b"#EXTM3U\n"),
        ("240p/00000.m4s", bytes(range(256)) * 4),
        ("240p.mp4", bytes(range(200))),
        ("audio.m4a", b"sound"),
        ("poster.jpg", b"picture"),
    ):
        path = shelf / prefix / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (shelf / "originals").mkdir()
    (shelf / "originals" / "secret").write_bytes(b"secret")
    video = Video.objects.create(
        title="物流",
        state=State.READY,
        published_prefix=prefix,
        published_at=AT,
        duration_s=7,
        captions_vtt="WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n你好\n",
    )
    Rendition.objects.bulk_create(
        Rendition(video=video, **row)
        for row in (
            {
                "kind": "hls",
                "name": "240p",
                "path": "240p/index.m3u8",
                "size_bytes": 9000,
                "width_px": 426,
                "height_px": 240,
            },
            {"kind": "file", "name": "240p", "path": "240p.mp4", "size_bytes": 200},
            {"kind": "audio", "name": "audio", "path": "audio.m4a", "size_bytes": 5},
        )
    )
    return video


@pytest.fixture
def watching(client: Client, yi: User, video: Video) -> Playback:
    client.force_login(yi)
    return playback(video, user=yi, at=AT)


@pytest.fixture(autouse=True)
def _just_after() -> object:
    with time_machine.travel(AT + timedelta(minutes=5), tick=False):
        yield


def body(answer: object) -> bytes:
    return b"".join(answer) if answer.streaming else answer.content  # type: ignore[attr-defined]


def beside(address: str, path: str) -> str:
    return address.rpartition("/")[0] + "/" + path


def test_everything_a_player_needs_is_served(client: Client, watching: Playback) -> None:
    for address, content_type in (
        (watching.hls_url, "application/vnd.apple.mpegurl"),
        (beside(watching.hls_url, "240p/index.m3u8"), "application/vnd.apple.mpegurl"),
        (beside(watching.hls_url, "240p/00000.m4s"), "video/mp4"),
        (watching.saver_url, "video/mp4"),
        (watching.audio_url, "audio/mp4"),
        (watching.poster_url, "image/jpeg"),
        (watching.captions_url, "text/vtt; charset=utf-8"),
    ):
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, content_type), address
        assert body(answer)
    assert watching.sizes == {"240p": 9000, "saver": 200, "audio": 5}
    assert (watching.duration_s, watching.width_px) == (7, 426)


def test_segments_may_be_kept_captions_are_asked_for_again(
    client: Client, watching: Playback
) -> None:
    segment = client.get(beside(watching.hls_url, "240p/00000.m4s"))
    assert {"private", "immutable"} <= set(segment["Cache-Control"].split(", "))
    assert "no-cache" in client.get(watching.captions_url)["Cache-Control"]
    again = client.get(
        beside(watching.hls_url, "240p/00000.m4s"), HTTP_IF_NONE_MATCH=segment["ETag"]
    )
    assert again.status_code == 304


def test_parts_of_a_file_are_served(client: Client, watching: Playback) -> None:
    answer = client.get(watching.saver_url, HTTP_RANGE="bytes=10-19")
    assert answer.status_code == 206
    assert body(answer) == bytes(range(10, 20))
    assert answer["Content-Range"] == "bytes 10-19/200"
    assert answer["Content-Length"] == "10"
    assert answer["Accept-Ranges"] == "bytes"
    tail = client.get(watching.saver_url, HTTP_RANGE="bytes=-5")
    assert body(tail) == bytes(range(195, 200))


def test_a_part_beyond_the_end_is_416(client: Client, watching: Playback) -> None:
    answer = client.get(watching.saver_url, HTTP_RANGE="bytes=200-")
    assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */200")


def test_a_part_of_an_older_file_is_answered_with_the_whole(
    client: Client, watching: Playback
) -> None:
    answer = client.get(watching.saver_url, HTTP_RANGE="bytes=10-19", HTTP_IF_RANGE='"other"')
    assert (answer.status_code, len(body(answer))) == (200, 200)


def test_head_says_the_length_without_the_bytes(client: Client, watching: Playback) -> None:
    answer = client.head(watching.saver_url)
    assert (answer.status_code, answer["Content-Length"]) == (200, "200")


def test_somebody_else_gets_nothing(
    client: Client, watching: Playback, outsider: User, he: User
) -> None:
    for person in (outsider, he):
        client.force_login(person)
        for address in (watching.hls_url, watching.saver_url, watching.captions_url):
            answer = client.get(address)
            assert answer.status_code == 403
            assert "不是你的" in answer.content.decode()


def test_nobody_signed_in_gets_nothing(watching: Playback) -> None:
    assert Client().get(watching.hls_url).status_code == 403


def test_a_person_who_was_shut_out_gets_nothing(
    client: Client, watching: Playback, yi: User
) -> None:
    yi.is_active = False
    yi.save()
    assert client.get(watching.hls_url).status_code == 403


def test_an_old_address_says_to_load_the_page_again(client: Client, watching: Playback) -> None:
    with time_machine.travel(AT + timedelta(hours=7), tick=False):
        answer = client.get(watching.hls_url)
    assert answer.status_code == 403
    assert "刷新页面" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"


def test_an_altered_token_is_worth_nothing(client: Client, watching: Playback) -> None:
    token = watching.hls_url.split("/")[2]
    for altered in (token[:-1] + ("A" if token[-1] != "A" else "B"), "x" + token, "x", "x:y"):
        assert client.get(watching.hls_url.replace(token, altered)).status_code == 403


def test_a_withdrawn_video_is_gone(client: Client, watching: Playback, video: Video) -> None:
    Video.objects.filter(pk=video.pk).update(published_prefix="")
    assert client.get(watching.hls_url).status_code == 404


OUTSIDE = [
    "../../../../originals/secret",
    "..%2f..%2f..%2f..%2foriginals%2fsecret",
    "%2e%2e/%2e%2e/%2e%2e/%2e%2e/originals/secret",
    "240p/../../../../../originals/secret",
    "240p/..\\..\\originals\\secret",
    "/etc/passwd",
    "//etc/passwd",
    "240p//00000.m4s",
    "240p/00000.m4s/",
    "240p/00000.m4s%00.jpg",
    "240p/00000.m4s%0a",
    "./master.m3u8",
    "MASTER.M3U8",
    "240p",
    "missing.mp4",
    "240p/99999.m4s",
    "captions.vtt/x.mp4",
]


@pytest.mark.parametrize("path", OUTSIDE)
def test_nothing_outside_the_set_can_be_reached(
    client: Client, watching: Playback, path: str
) -> None:
    answer = client.get(beside(watching.hls_url, path))
    # A NUL is refused at the door of the site.
    assert answer.status_code == (400 if "%00" in path else 404)
    assert b"secret" not in body(answer)


def test_a_token_of_another_video_opens_that_one_only(
    client: Client, watching: Playback, yi: User, video: Video, shelf: Path
) -> None:
    other = Video.objects.create(
        title="别的", state=State.READY, published_prefix="sets/cc/other/h1-dd", duration_s=1
    )
    (shelf / other.published_prefix).mkdir(parents=True)
    (shelf / other.published_prefix / "master.m3u8").write_bytes(b"other")
    theirs = playback(other, user=yi, at=AT)
    assert body(client.get(theirs.hls_url)) == b"other"
    assert body(client.get(watching.hls_url)) == b"#EXTM3U\n"


def test_only_reading_is_allowed(client: Client, watching: Playback) -> None:
    for method in ("post", "put", "delete", "patch"):
        assert getattr(client, method)(watching.hls_url).status_code == 405


def test_what_is_not_published_has_no_addresses(yi: User) -> None:
    with pytest.raises(NotPlayable):
        playback(Video.objects.create(title="新"), user=yi, at=AT)


def test_a_page_opened_again_soon_gives_the_same_addresses(yi: User, video: Video) -> None:
    first = playback(video, user=yi, at=AT)
    assert playback(video, user=yi, at=AT + timedelta(minutes=20)) == first
    assert playback(video, user=yi, at=AT + timedelta(hours=3)) != first


def test_a_token_lives_between_four_and_six_hours(yi: User, video: Video) -> None:
    for minutes in range(0, 300, 7):
        at = AT + timedelta(minutes=minutes)
        token = tokens.issue(video=video.uuid, user=yi.uuid, prefix="p", at=at)
        alive = at + timedelta(hours=3, minutes=59)
        assert tokens.read(token, user=yi.uuid, at=alive).video == video.uuid
        with pytest.raises(LinkExpired):
            tokens.read(token, user=yi.uuid, at=at + timedelta(hours=6, seconds=1))
        with pytest.raises(NotYours):
            tokens.read(token, user=video.uuid, at=at)


@pytest.mark.django_db(transaction=True)
def test_a_real_lecture_is_served_from_end_to_end(client: Client, yi: User, tmp_path: Path) -> None:
    client.force_login(yi)
    video = work_off(
        add_video(clips.lecture(tmp_path / "a.mp4", size="426x240"), title="真", by=None, at=AT)
    )
    watching = playback(video, user=yi, at=AT)
    assert urlsplit(watching.hls_url).path.startswith("/videos/")
    master = body(client.get(watching.hls_url)).decode()
    for line in master.splitlines():
        if not line.startswith("#"):
            playlist_at = beside(watching.hls_url, line)
            playlist = body(client.get(playlist_at)).decode()
            named = [name for name in playlist.splitlines() if not name.startswith("#")]
            for name in [*named, "init.mp4"]:
                assert client.get(beside(playlist_at, name)).status_code == 200
    for address in (watching.saver_url, watching.audio_url, watching.poster_url):
        assert client.get(address).status_code == 200
