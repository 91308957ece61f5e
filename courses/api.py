"""The courses house's door: what the roof may use."""

from __future__ import annotations

from courses.catalogue.listeners import video_published
from courses.seed.loader import Summary, load_content

__all__ = ["Summary", "load_content", "video_published"]
