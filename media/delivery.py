"""Who sends the bytes of a set: we, the web server in front of us, a bucket, or a CDN.

Playlists are always ours: they are small, and whoever may not watch gets none.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from django.conf import settings

_MAP = re.compile(r'(?<=URI=")[^":/]+(?=")')
# A signature says when it began; the CDN is told to honour it for so long (see 0031).
CDN_LIVES = timedelta(hours=6)


def behind_the_web_server(name: str) -> str:
    """The internal address for ``X-Accel-Redirect``; empty where we send files ourselves."""
    return f"{settings.VIDEO_ACCEL}/{quote(name)}" if settings.VIDEO_ACCEL else ""


def has_cdn() -> bool:
    return bool(settings.VIDEO_CDN)


def at_cdn(name: str, *, ends: datetime) -> str:
    """A signed address, the same as long as the token behind it.

    The scheme is the one that CDNs of China share (Aliyun's type A, Tencent's TypeA):
    ``auth_key=<begin>-<random>-<user>-<MD5 of path, begin, random, user and key>``.
    """
    address = f"{settings.VIDEO_CDN}/{quote(name)}"
    begin = int((ends - CDN_LIVES).timestamp())
    path = urlsplit(address).path
    signed = f"{path}-{begin}-0-0-{settings.VIDEO_CDN_KEY}"
    digest = hashlib.md5(signed.encode(), usedforsecurity=False).hexdigest()
    return f"{address}?auth_key={begin}-0-0-{digest}"


def rewritten(playlist: str, folder: str, *, ends: datetime) -> str:
    """A media playlist whose pieces are fetched from the CDN; other playlists stay as they are.

    Args:
        folder: where the playlist lies, as a name in storage.
    """
    if "#EXTINF:" not in playlist:
        return playlist

    def signed(name: str) -> str:
        return at_cdn(f"{folder}/{name}", ends=ends)

    lines = [
        _MAP.sub(lambda found: signed(found[0]), line) if line.startswith("#") else signed(line)
        for line in playlist.splitlines()
    ]
    return "\n".join(lines) + "\n"
