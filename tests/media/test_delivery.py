"""Bytes that others send for us: nginx in front, a CDN with signed addresses. Playlists stay ours."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from lms.accounts.models import User
from media import delivery, watchers
from media.api import Playback, Video
from tests.media.test_playing import _just_after, beside, body, video, watching, yi
from tests.people import AT

__all__ = ["_just_after", "video", "watching", "yi"]
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
KEY = "a key of the CDN"
ENDS = AT + timedelta(hours=5)


@pytest.fixture
def cdn(settings: Any) -> None:
    settings.VIDEO_CDN = "https://cdn.example.cn/videos"
    settings.VIDEO_CDN_KEY = KEY


def check_as_the_cdn_does(address: str) -> int:
    """Aliyun's rule for type A, from its manual; returns the time it counts from."""
    parts = urlsplit(address)
    [auth] = parse_qs(parts.query)["auth_key"]
    began, rand, uid, digest = auth.split("-")
    expected = hashlib.md5(f"{parts.path}-{began}-{rand}-{uid}-{KEY}".encode()).hexdigest()
    assert digest == expected
    return int(began)


def test_nginx_is_told_which_file_to_send(
    client: Client, watching: Playback, settings: Any, video: Video
) -> None:
    settings.VIDEO_ACCEL = "/_videos"
    answer = client.get(watching.saver_url, HTTP_RANGE="bytes=10-19")
    assert (answer.status_code, answer.content) == (200, b""), "the range is for nginx to cut"
    assert answer["X-Accel-Redirect"] == f"/_videos/{video.published_prefix}/240p.mp4"
    assert answer["Content-Type"] == "video/mp4"
    assert "immutable" in answer["Cache-Control"]
    playlist = client.get(watching.hls_url)
    assert "X-Accel-Redirect" not in playlist
    assert body(playlist) == b"#EXTM3U\n"


def test_nginx_sends_nothing_to_others(
    client: Client, watching: Playback, settings: Any, outsider: User
) -> None:
    settings.VIDEO_ACCEL = "/_videos"
    client.force_login(outsider)
    answer = client.get(watching.saver_url)
    assert answer.status_code == 403
    assert "X-Accel-Redirect" not in answer


@pytest.mark.usefixtures("cdn")
def test_pieces_come_from_the_cdn_with_signed_addresses(
    client: Client, watching: Playback, video: Video, shelf: Path
) -> None:
    (shelf / video.published_prefix / "240p" / "index.m3u8").write_text(
        '#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n#EXTINF:6.0,\n00000.m4s\n#EXT-X-ENDLIST\n'
    )
    answer = client.get(beside(watching.hls_url, "240p/index.m3u8"))
    assert answer["Content-Type"] == "application/vnd.apple.mpegurl"
    assert "immutable" not in answer["Cache-Control"]
    addresses = re.findall(r"https://[^\"\s]+", body(answer).decode())
    names = [urlsplit(address).path for address in addresses]
    folder = f"/videos/{video.published_prefix}/240p"
    assert names == [f"{folder}/init.mp4", f"{folder}/00000.m4s"]
    for address in addresses:
        began = check_as_the_cdn_does(address)
        ends = began + delivery.CDN_LIVES.total_seconds()
        # As long as the token behind it lives: between four and six hours from AT.
        assert 4 * 3600 <= ends - AT.timestamp() <= 6 * 3600

    file = client.get(watching.saver_url)
    assert file.status_code == 302
    assert urlsplit(file["Location"]).path == f"/videos/{video.published_prefix}/240p.mp4"
    check_as_the_cdn_does(file["Location"])
    assert body(client.get(watching.hls_url)) == b"#EXTM3U\n", "the master names playlists of ours"


@pytest.mark.usefixtures("cdn")
def test_the_same_token_gives_the_same_addresses_another_key_others(settings: Any) -> None:
    first = delivery.at_cdn("sets/a/00000.m4s", ends=ENDS)
    assert delivery.at_cdn("sets/a/00000.m4s", ends=ENDS) == first
    settings.VIDEO_CDN_KEY = "another"
    assert delivery.at_cdn("sets/a/00000.m4s", ends=ENDS) != first


def test_who_may_no_longer_watch_gets_nothing_of_what_was_open(
    client: Client, watching: Playback, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int]] = []

    def no(user: User, video_pk: int) -> bool:
        asked.append((user.name, video_pk))
        return False

    monkeypatch.setattr(watchers, "_deciders", [no])
    for address in (watching.hls_url, watching.saver_url, watching.captions_url):
        answer = client.get(address)
        assert (answer.status_code, answer["Cache-Control"]) == (403, "no-store")
    assert {name for name, _pk in asked} == {"阿怡"}
