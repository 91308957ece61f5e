"""The door of the video house."""

from __future__ import annotations

from media.captions.versions import moments_of as captions_moments
from media.captions.versions import text_of as captions_text
from media.chapters import of_vtt as chapters_of_vtt
from media.events import CaptionsChanged, VideoPublished
from media.models import Video
from media.playback import Playback, playback
from media.states import State
from media.uploads import add_video, delete_original, edit_video, retry


def videos_ready() -> int:
    """How many videos can be played in full."""
    return Video.objects.filter(state=State.READY).count()


__all__ = [
    "CaptionsChanged",
    "Playback",
    "Video",
    "VideoPublished",
    "add_video",
    "captions_moments",
    "captions_text",
    "chapters_of_vtt",
    "delete_original",
    "edit_video",
    "playback",
    "retry",
    "videos_ready",
]
