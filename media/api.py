"""The door of the video house."""

from __future__ import annotations

from media.events import VideoPublished
from media.models import Video
from media.playback import Playback, playback
from media.uploads import add_video, edit_video, retry


def videos_ready() -> int:
    """How many videos can be played."""
    return Video.objects.exclude(published_prefix="").count()


__all__ = [
    "Playback",
    "Video",
    "VideoPublished",
    "add_video",
    "edit_video",
    "playback",
    "retry",
    "videos_ready",
]
