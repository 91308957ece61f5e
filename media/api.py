"""The door of the video house."""

from __future__ import annotations

from media.events import VideoPublished
from media.models import Video
from media.playback import Playback, playback
from media.states import State
from media.uploads import add_video, delete_original, edit_video, retry
from media.watchers import decided_by as watching_is_decided_by


def videos_ready() -> int:
    """How many videos can be played in full."""
    return Video.objects.filter(state=State.READY).count()


__all__ = [
    "Playback",
    "Video",
    "VideoPublished",
    "add_video",
    "delete_original",
    "edit_video",
    "playback",
    "retry",
    "videos_ready",
    "watching_is_decided_by",
]
