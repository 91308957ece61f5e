"""The three kinds of files and where they live (see ``STORAGES`` in the settings)."""

from __future__ import annotations

from django.core.files.storage import Storage, storages


def private_files() -> Storage:
    """Evidence, letters, exports: opened only through a view with a policy."""
    return storages["private"]


def video_files() -> Storage:
    """Originals and renditions of videos: opened only with a playback token."""
    return storages["videos"]
