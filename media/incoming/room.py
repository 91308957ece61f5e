"""Whether there is room for a file, asked before its first byte is sent."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db.models import Max, Sum

from lms.base.storage import video_files
from media import refusals
from media.incoming import digests
from media.incoming.models import Upload, UploadPart
from media.models import Video

GIB = 1024**3
# Four hours of a screen at 1080p are about ten.
MAX_BYTES = 20 * GIB
# What the database, the logs and the encoders need to go on.
KEEP_FREE_BYTES = GIB


def refuse_without_room(size_bytes: int) -> None:
    """Raises:
    TooManyBytes, QuotaFull, DiskFull: each says what to do.
    """
    if size_bytes > MAX_BYTES:
        raise refusals.TooManyBytes(size=_gb(size_bytes), most=_gb(MAX_BYTES))
    refuse_if_full(size_bytes)


def refuse_if_full(size_bytes: int) -> None:
    """Raises:
    QuotaFull, DiskFull: so many bytes more do not fit, in however many files.
    """
    quota = settings.VIDEO_QUOTA_BYTES
    if quota and kept_bytes() + size_bytes > quota:
        raise refusals.QuotaFull(used=_gb(kept_bytes()), quota=_gb(quota))
    if size_bytes > _free_bytes() - KEEP_FREE_BYTES:
        raise refusals.DiskFull(size=_gb(size_bytes))


def kept_bytes() -> int:
    """What originals take, and what the uploads under way will; a shared file counts once."""
    files = Video.objects.exclude(original="").values("original")
    kept = files.annotate(size=Max("size_bytes")).order_by().aggregate(total=Sum("size"))["total"]
    coming = Upload.objects.aggregate(total=Sum("size_bytes"))["total"]
    return (kept or 0) + (coming or 0)


def _free_bytes() -> float:
    """Free space beyond what others were promised; a bucket has no end."""
    storage = video_files()
    if not isinstance(storage, FileSystemStorage):
        return float("inf")
    coming = Upload.objects.aggregate(total=Sum("size_bytes"))["total"] or 0
    here = UploadPart.objects.exclude(arrived_at=None).count() * digests.PART_BYTES
    return shutil.disk_usage(_existing(Path(storage.location))).free - max(0, coming - here)


def _existing(path: Path) -> Path:
    return path if path.exists() else _existing(path.parent)


def _gb(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
