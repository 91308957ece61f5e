"""Taking a file in parts: begun, resumed on any day, finished once.

Every step may come twice, late or from a page that was reloaded: what is here stays here, and
the row of the upload turns into the row of the video in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from lms.accounts.models import User
from lms.base import audit
from media import queue, refusals, sniff
from media.captions import reading, versions
from media.incoming import bins, digests, room
from media.incoming.folder import Folder
from media.incoming.models import Upload, UploadPart
from media.models import Video

LIVES = timedelta(days=7)
MOST_OPEN = 10


def begin(
    *, name: str, size_bytes: int, modified_ms: int, head: bytes, title: str, by: User, at: datetime
) -> Upload:
    """Announce a file; the same file announced again goes on where it was.

    Args:
        head: its first bytes (``sniff.HEAD_BYTES``), which tell whether it is a video at all.

    Raises:
        FileRefused: by its first bytes this is not a video.
        TooManyBytes, QuotaFull, DiskFull, TooManyUploads.
    """
    name = Path(name).name[:255]
    sniff.container(head if size_bytes else b"")
    same = open_uploads(by, at=at).filter(name=name, size_bytes=size_bytes, modified_ms=modified_ms)
    if known := same.first():
        _go_on(known, at=at)
        return known
    room.refuse_without_room(size_bytes)
    if open_uploads(by, at=at).count() >= MOST_OPEN:
        raise refusals.TooManyUploads(most=MOST_OPEN)
    upload = Upload(
        owner=by, name=name, title=title[:200], size_bytes=size_bytes, modified_ms=modified_ms,
        created_at=at, active_at=at,
    )  # fmt: skip
    upload.remote_id = bins.parts_bin().open(upload)
    upload.save()
    return upload


def _go_on(upload: Upload, *, at: datetime) -> None:
    """Ready for the rest; for all of it, where what had come is lost."""
    kept_in = bins.parts_bin()
    if kept_in.has_lost(upload):
        upload.parts.all().delete()
        upload.remote_id = kept_in.open(upload)
        upload.save(update_fields=["remote_id"])
    _touch(upload, at=at)


def open_uploads(by: User, *, at: datetime) -> QuerySet[Upload]:
    """What this person has not finished and may still go on with."""
    return Upload.objects.filter(owner=by, active_at__gt=at - LIVES)


def find(uuid: UUID, *, by: User, at: datetime) -> Upload:
    """One's own upload.

    Raises:
        UploadGone: somebody else's, finished, cancelled or never begun: which is nobody's business.
        UploadExpired: nothing came for a week.
    """
    upload = Upload.objects.filter(uuid=uuid, owner=by).first()
    if upload is None:
        raise refusals.UploadGone
    if upload.active_at <= at - LIVES:
        raise refusals.UploadExpired
    return upload


def claim(upload: Upload, number: int, sha256: str, *, at: datetime) -> bins.Address:
    """Announce a part; the answer says where it goes.

    Raises:
        NoSuchPart: the file has no such part, or this is no digest.
    """
    if not digests.part_size(number, upload.size_bytes) or not digests.is_sha256(sha256):
        raise refusals.NoSuchPart
    UploadPart.objects.update_or_create(
        upload=upload, number=number, defaults={"sha256": sha256, "arrived_at": None}
    )
    _touch(upload, at=at)
    return bins.parts_bin().address(upload, number, sha256)


def take(upload: Upload, number: int, pieces: Iterable[bytes], *, at: datetime) -> None:
    """Keep a part that comes to us, if it is what was announced.

    Raises:
        NoSuchPart: nobody announced it, or parts go elsewhere.
        PartDamaged: another length or digest; sent again it may be right.
        UploadGone: it was cancelled or finished meanwhile.
    """
    folder = bins.parts_bin()
    part = upload.parts.filter(number=number).first()
    if part is None or not isinstance(folder, Folder):
        raise refusals.NoSuchPart
    if part.arrived_at is not None:  # announced anew before it is written over
        return
    try:
        found = folder.put(upload, number, pieces)
    except FileNotFoundError as error:
        raise refusals.UploadGone from error
    if found != part.sha256:
        raise refusals.PartDamaged
    upload.parts.filter(number=number, sha256=part.sha256).update(arrived_at=at)
    _touch(upload, at=at)


def arrived(upload: Upload) -> dict[int, str]:
    """Digests of the parts that are here, by number (from 1)."""
    return bins.parts_bin().arrived(upload)


def recognise(upload: Upload, tree_sha256: str, *, at: datetime) -> Video | None:
    """The video that was made from the same file, if there is one: then no more bytes are needed.

    Raises:
        NoSuchPart: this is no digest.
    """
    if not digests.is_sha256(tree_sha256):
        raise refusals.NoSuchPart
    Upload.objects.filter(pk=upload.pk).update(tree_sha256=tree_sha256, active_at=at)
    upload.tree_sha256 = tree_sha256
    return twin(tree_sha256, upload.size_bytes)


def twin(tree_sha256: str, size_bytes: int) -> Video | None:
    """A video of the same content whose original is still there."""
    # Only of those whose content we have read ourselves (``sha256``), and still have.
    read = Video.objects.filter(tree_sha256=tree_sha256, size_bytes=size_bytes)
    return read.exclude(sha256="").exclude(original="").order_by("id").first()


def finish(uuid: UUID, *, title: str, captions_vtt: str, by: User, at: datetime) -> Video:
    """Make a video of an upload; asked again (the answer was lost), give the same video.

    Raises:
        PartsMissing: not all is here yet.
        UploadGone, UploadExpired, CaptionsUnreadable, CaptionsTooLong.
    """
    made = Video.objects.filter(uuid=uuid, uploaded_by=by).first()
    if made is not None:
        return made
    upload = find(uuid, by=by, at=at)
    text = reading.to_vtt(captions_vtt)
    video = Video(
        uuid=upload.uuid, title=(title or upload.title or Path(upload.name).stem)[:200],
        original_name=upload.name, size_bytes=upload.size_bytes, captions_vtt=text, uploaded_by=by,
    )  # fmt: skip
    is_shared = _gather(upload, video)
    with transaction.atomic():
        # Of two that finish together one finds the row: the other's unique uuid would fail anyway.
        if not Upload.objects.filter(pk=upload.pk).delete()[0]:
            return Video.objects.get(uuid=uuid, uploaded_by=by)
        video.save()
        audit.record("video.uploaded", by=by, on=video, at=at, data={"bytes": video.size_bytes})
        if text:
            versions.begin(video, text, source=versions.Source.UPLOAD, by=by, at=at)
        queue.enqueue_probe(video, by=by)
    if is_shared:
        bins.parts_bin().discard(upload)
    return video


def _gather(upload: Upload, video: Video) -> bool:
    """Point the video at its original: the parts, joined, or the file of a twin (then true)."""
    here = arrived(upload)
    is_whole = len(here) == upload.part_count
    tree_sha256 = digests.tree(here[n] for n in sorted(here)) if is_whole else upload.tree_sha256
    known = twin(tree_sha256, upload.size_bytes) if tree_sha256 else None
    video.tree_sha256 = tree_sha256
    if known:
        video.original.name, video.sha256 = known.original.name, known.sha256
        return True
    if not is_whole:
        raise refusals.PartsMissing(missing=upload.part_count - len(here))
    bins.parts_bin().join(upload)
    video.original.name = upload.original
    return False


def cancel(upload: Upload) -> None:
    """Forget an upload and what came of it."""
    bins.parts_bin().discard(upload)
    Upload.objects.filter(pk=upload.pk).delete()


def forget_expired(*, at: datetime) -> int:
    """Drop uploads for which nothing came for a week; returns how many."""
    old = list(Upload.objects.filter(active_at__lte=at - LIVES))
    for upload in old:
        cancel(upload)
    return len(old)


def _touch(upload: Upload, *, at: datetime) -> None:
    Upload.objects.filter(pk=upload.pk).update(active_at=at)
