"""The three kinds of files and where they live (see ``STORAGES`` in the settings)."""

from __future__ import annotations

from typing import Any

from django.core.files.storage import Storage, storages
from whitenoise.storage import CompressedManifestStaticFilesStorage


def private_files() -> Storage:
    """Evidence, letters, exports: opened only through a view with a policy."""
    return storages["private"]


def video_files() -> Storage:
    """Originals and renditions of videos: opened only with a playback token."""
    return storages["videos"]


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Files with fingerprints in their names; the address of one is put together once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._addresses: dict[str, str] = {}

    def url(self, name: str, force: bool = False) -> str:
        if force:
            return str(super().url(name, force=True))
        found = self._addresses.get(name)
        if found is None:
            found = self._addresses[name] = str(super().url(name))
        return found

    def post_process(self, *args: Any, **kwargs: Any) -> Any:
        self._addresses.clear()
        yield from super().post_process(*args, **kwargs)
