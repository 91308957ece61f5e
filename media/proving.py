"""After a restore: can every published film be played?"""

from __future__ import annotations

from collections.abc import Iterator

from lms.base.storage import video_files
from media.models import Video


def prove() -> Iterator[str | None]:
    """Try each film that plays: None when its files are there, a sentence when one is missing."""
    storage = video_files()
    films = Video.objects.exclude(published_prefix="").prefetch_related("renditions")
    for video in films.iterator(200):
        paths = [f"{video.published_prefix}/{one.path}" for one in video.renditions.all()]
        missing = next((path for path in paths if not storage.exists(path)), "")
        yield f"Film {video.title}: {missing} is missing." if missing else None
