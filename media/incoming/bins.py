"""Where the parts of uploads wait until all are there: a folder or a bucket, one protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from django.core.files.storage import FileSystemStorage

from lms.base.storage import video_files

if TYPE_CHECKING:
    from media.incoming.models import Upload


@dataclass(frozen=True)
class Address:
    """Where a part goes, with PUT, and the headers that must come along."""

    url: str
    headers: Mapping[str, str]


class Bin(Protocol):
    """Args:
    parallel: how many parts a sender may have on their way at a time.
    """

    parallel: int

    def open(self, upload: Upload) -> str: ...
    def address(self, upload: Upload, number: int, sha256: str) -> Address: ...
    def arrived(self, upload: Upload) -> dict[int, str]: ...
    def has_lost(self, upload: Upload) -> bool: ...
    def join(self, upload: Upload) -> None: ...
    def discard(self, upload: Upload) -> None: ...
    def sweep(self, *, before: datetime) -> None: ...


def parts_bin() -> Bin:
    """The one that goes with the storage of videos."""
    from media.incoming.bucket import Bucket
    from media.incoming.folder import Folder

    storage = video_files()
    return Folder(storage) if isinstance(storage, FileSystemStorage) else Bucket(storage)
