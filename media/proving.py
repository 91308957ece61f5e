"""After a restore: can every published film be played?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from lms.base.storage import video_files
from media import package, playlists
from media.models import Rendition, Video

STREAMS = {Rendition.Kind.HLS, Rendition.Kind.AV1}


def prove() -> Iterator[str | None]:
    """Try each film that plays: None when all that a player asks for is there, a sentence otherwise."""
    films = Video.objects.exclude(published_prefix="").prefetch_related("renditions")
    for video in films.iterator(200):
        gone = next(_missing(video), "")
        yield f"Film {video.title}: {gone} is missing." if gone else None


def _missing(video: Video) -> Iterator[str]:
    renditions = video.renditions.all()
    names = {one.path for one in renditions}
    if any(one.kind in STREAMS for one in renditions):
        names.add(package.MASTER)
    for name in sorted(names):
        yield from _missing_from(f"{video.published_prefix}/{name}")


def _missing_from(path: str) -> Iterator[str]:
    """A file that is not there, or what a playlist names and nobody has; one that names nothing lacks itself."""
    storage, folder = video_files(), PurePosixPath(path).parent
    if not storage.exists(path):
        yield path
    elif path.endswith(".m3u8"):
        with storage.open(path) as file:
            needed = playlists.files(file.read().decode())
        there = set(storage.listdir(str(folder))[1])
        yield from (f"{folder}/{name}" for name in needed if "/" not in name and name not in there)
        yield from (
            one for name in needed if "/" in name for one in _missing_from(f"{folder}/{name}")
        )
        if not needed:
            yield path
