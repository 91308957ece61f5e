"""Wagtail looks here for what this house adds to its admin."""

from __future__ import annotations

from django.templatetags.static import static
from django.utils.html import format_html
from wagtail import hooks
from wagtail.snippets.models import register_snippet

from media.backoffice.viewset import VideoViewSet

register_snippet(VideoViewSet)


@hooks.register("insert_global_admin_css")
def look_of_videos() -> str:
    """On every page, because the list of a chooser shows states too."""
    return format_html('<link rel="stylesheet" href="{}">', static("cms/video.css"))
