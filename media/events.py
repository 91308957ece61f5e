"""News of this house."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class VideoPublished:
    """A video became playable (or a new set of renditions replaced the old one)."""

    video_id: int
    at: datetime


@dataclass(frozen=True)
class CaptionsChanged:
    """What a video says was written down, corrected or taken away; a search reads it anew."""

    video_id: int
    at: datetime
