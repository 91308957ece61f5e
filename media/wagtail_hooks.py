"""Wagtail looks here for what this house adds to its admin."""

from __future__ import annotations

from wagtail.snippets.models import register_snippet

from media.backoffice.viewset import VideoViewSet

register_snippet(VideoViewSet)
