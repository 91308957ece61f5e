"""The door of the video house."""

from __future__ import annotations

from collections.abc import Iterable

from media.captions.reading import decode as captions_decoded
from media.captions.reading import to_vtt as captions_as_vtt
from media.captions.versions import moments_of as captions_moments
from media.captions.versions import text_of as captions_text
from media.chapters import of_vtt as chapters_of_vtt
from media.events import CaptionsChanged, VideoPublished
from media.models import Rendition, Video
from media.playback import Playback, playback
from media.sniff import HEAD_BYTES
from media.sniff import container as look_at_film
from media.states import State
from media.status import encode_speed
from media.uploads import (
    add_video,
    delete_original,
    edit_video,
    keep_video,
    prepare_video,
    retry,
    whole_film,
)
from media.watchers import decided_by as watching_is_decided_by


def with_sound(videos: Iterable[int]) -> set[int]:
    """Which of these videos can be heard."""
    sounds = Rendition.objects.filter(video__in=list(videos), kind=Rendition.Kind.AUDIO)
    return set(sounds.values_list("video", flat=True))


def videos_ready() -> int:
    """How many videos can be played in full."""
    return Video.objects.filter(state=State.READY).count()


__all__ = [
    "HEAD_BYTES",
    "CaptionsChanged",
    "Playback",
    "State",
    "Video",
    "VideoPublished",
    "add_video",
    "captions_as_vtt",
    "captions_decoded",
    "captions_moments",
    "captions_text",
    "chapters_of_vtt",
    "delete_original",
    "edit_video",
    "encode_speed",
    "keep_video",
    "look_at_film",
    "playback",
    "prepare_video",
    "retry",
    "videos_ready",
    "watching_is_decided_by",
    "whole_film",
    "with_sound",
]
