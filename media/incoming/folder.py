"""Parts in a folder of this machine: one file with holes, filled in any order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.urls import reverse

from media import refusals
from media.incoming import digests
from media.incoming.bins import Address
from media.incoming.models import Upload


class Folder:
    """Parts come to the web process, which hashes them on their way to the disk."""

    # Each part on its way holds one of the web server's threads.
    parallel = 2

    def __init__(self, storage: FileSystemStorage) -> None:
        self._storage = storage

    def open(self, upload: Upload) -> str:
        self._path(upload).parent.mkdir(parents=True, exist_ok=True)
        self._path(upload).touch(mode=settings.FILE_UPLOAD_PERMISSIONS)
        return ""

    def address(self, upload: Upload, number: int, sha256: str) -> Address:
        own = reverse("wagtailsnippets_media_video:upload_part", args=[upload.uuid, number])
        return Address(own, {})

    def put(self, upload: Upload, number: int, pieces: Iterable[bytes]) -> str:
        """Write a part to its place and return its digest; it counts only when that is right.

        Raises:
            PartDamaged: it is longer or shorter than it should be.
            FileNotFoundError: the upload was cancelled or finished meanwhile.
        """
        size, written, found = digests.part_size(number, upload.size_bytes), 0, hashlib.sha256()
        with self._path(upload).open("r+b") as file:
            file.seek((number - 1) * digests.PART_BYTES)
            for piece in pieces:
                if written + len(piece) > size:  # never into the next part
                    raise refusals.PartDamaged
                found.update(piece)
                written += file.write(piece)
        if written != size:
            raise refusals.PartDamaged
        return found.hexdigest()

    def arrived(self, upload: Upload) -> dict[int, str]:
        """Digests of the parts that are here, by number."""
        rows = upload.parts.exclude(arrived_at=None)
        return dict(rows.values_list("number", "sha256"))

    def has_lost(self, upload: Upload) -> bool:
        """Whether the file is gone: a folder for passing things is not in every backup."""
        joined = self._storage.exists(upload.original)
        return not joined and not self._path(upload).exists()

    def join(self, upload: Upload) -> None:
        """Make the parts the original. Doing it again after a crash is fine."""
        target = Path(self._storage.path(upload.original))
        target.parent.mkdir(parents=True, exist_ok=True)
        if self._path(upload).exists():
            self._path(upload).replace(target)
        elif not target.exists():
            raise FileNotFoundError(target)

    def discard(self, upload: Upload) -> None:
        self._path(upload).unlink(missing_ok=True)

    def sweep(self, *, before: datetime) -> None:
        """Remove files that were last written long ago and have no row (we died between the two)."""
        known = {str(uuid) for uuid in Upload.objects.values_list("uuid", flat=True)}
        folder = Path(self._storage.path("incoming"))
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.name not in known and path.stat().st_mtime < before.timestamp():
                path.unlink(missing_ok=True)

    def _path(self, upload: Upload) -> Path:
        return Path(self._storage.path(f"incoming/{upload.uuid}"))
