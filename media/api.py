"""The media house's door: what other houses may use."""

from __future__ import annotations

from media.models import Video
from media.states import State


def videos_ready() -> int:
    """How many videos can be played."""
    return Video.objects.filter(state=State.READY).count()


__all__ = ["Video", "videos_ready"]
