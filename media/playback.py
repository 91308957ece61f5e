"""Addresses under which one person may play one video for a few hours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote

from django.core.cache import caches
from django.urls import reverse

from lms.accounts.models import User
from media import package, refusals, tokens
from media.models import Rendition, Video
from media.states import State
from media.stills import making, storyboard

CAPTIONS = "captions.vtt"


class _Piece(NamedTuple):
    """What the player must know of a rendition."""

    kind: str
    name: str
    path: str
    size_bytes: int
    width_px: int | None
    height_px: int | None


@dataclass(frozen=True)
class Playback:
    """All a player needs; addresses are empty where the video has no such thing.

    Args:
        hls_url: master playlist; saver_url: one small MP4; audio_url: sound alone.
        sizes: bytes per choice: ``720p``, ``480p``, … for the sizes of the stream, ``saver``, ``audio``.
        width_px, height_px: of the largest size, for the frame before anything is loaded.
        storyboard_url: list of the seek bar's small pictures (WebVTT).
        chapters: ``{start_s, title}`` in order.
        is_whole: False while only the beginning is there, in the lowest size.
    """

    hls_url: str
    saver_url: str
    audio_url: str
    captions_url: str
    poster_url: str
    duration_s: float
    sizes: dict[str, int] = field(default_factory=dict)
    width_px: int | None = None
    height_px: int | None = None
    storyboard_url: str = ""
    chapters: Sequence[dict[str, Any]] = ()
    is_whole: bool = True


def _set_of(video: Video) -> list[_Piece]:
    """The renditions of the published set; remembered, because a set never changes under its name."""
    key = f"set-of:{video.pk}:{quote(video.published_prefix)}"
    known: list[_Piece] | None = caches["local"].get(key)
    if known is None:
        known = [_Piece(*row) for row in video.renditions.values_list(*_Piece._fields)]
        caches["local"].set(key, known)
    return known


def playback(video: Video, *, user: User, at: datetime) -> Playback:
    """Sign the addresses. Whether this person may see this video is decided by the caller.

    Raises:
        NotPlayable: nothing is published yet.
    """
    if not video.is_playable:
        raise refusals.NotPlayable
    address = _addresses(video, user, at)
    rows = _set_of(video)
    streams = [row for row in rows if row.kind == Rendition.Kind.HLS]
    file = next((row for row in rows if row.kind == Rendition.Kind.FILE), None)
    sound = next((row for row in rows if row.kind == Rendition.Kind.AUDIO), None)
    largest = max(streams, key=lambda row: row.height_px or 0, default=None)
    sizes = {row.name: row.size_bytes for row in streams}
    sizes |= {"saver": file.size_bytes} if file else {}
    sizes |= {"audio": sound.size_bytes} if sound else {}
    return Playback(
        hls_url=address(package.MASTER),
        saver_url=address(file.path) if file else "",
        audio_url=address(sound.path) if sound else "",
        captions_url=address(CAPTIONS) if video.captions_vtt else "",
        poster_url=_poster(video, address, has_picture=bool(streams)),
        duration_s=video.duration_s or 0,
        sizes=sizes,
        width_px=largest.width_px if largest else None,
        height_px=largest.height_px if largest else None,
        storyboard_url=address(still(video, storyboard.LIST))
        if streams and video.stills_prefix
        else "",
        chapters=tuple(video.chapters),
        is_whole=video.state == State.READY,
    )


def _addresses(video: Video, user: User, at: datetime) -> Callable[[str], str]:
    token = tokens.issue(video=video.uuid, user=user.uuid, prefix=video.published_prefix, at=at)
    folder = reverse("media:play", args=[token, "-"]).removesuffix("-")
    return lambda path: folder + quote(path)


def poster_urls(video: Video, *, user: User, at: datetime) -> dict[str, str]:
    """An address for each poster that an editor may choose, by its name."""
    address = _addresses(video, user, at)
    return {one["name"]: address(still(video, one["name"])) for one in video.posters}


def still(video: Video, name: str) -> str:
    """Path below the token's folder of a picture made of the video."""
    digest = video.stills_prefix.rsplit("-", 1)[-1]
    return f"stills-{digest}/{name}"


def _poster(video: Video, address: Callable[[str], str], *, has_picture: bool) -> str:
    """What the editor chose, the set's own until there is a choice, the waveform of mere sound."""
    if video.stills_prefix and not has_picture:
        return address(still(video, making.WAVEFORM))
    if video.poster:
        return address(still(video, video.poster))
    return address(package.POSTER) if has_picture else ""
