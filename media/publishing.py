"""Moves in a video's life. Each names the state it expects, so of two movers one wins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from lms.base import audit, events
from media import queue
from media.events import VideoPublished
from media.facts import Facts
from media.models import Rendition, Video
from media.package import Item, Package
from media.refusals import FileRefused
from media.states import MOVES, State

_FIELDS = ("kind", "name", "path", "size_bytes", "bandwidth_bps", "width_px", "height_px")


def move(video: Video, to: State, **values: object) -> bool:
    """Change state where that is legal; false if somebody else moved the video before."""
    sources = [state for state, targets in MOVES.items() if to in targets]
    moved = Video.objects.filter(pk=video.pk, state__in=sources).update(state=to, **values)
    return bool(moved)


def pass_probe(video: Video, facts: Facts) -> bool:
    """The file may become a lecture: keep what was learnt about it."""
    picture = facts.picture
    return move(
        video,
        State.PROBED,
        reason="",
        probe=facts.as_json(),
        duration_s=facts.duration_s,
        width_px=picture.width_px if picture else None,
        height_px=picture.height_px if picture else None,
    )


@transaction.atomic
def refuse(video: Video, why: FileRefused, *, at: datetime) -> bool:
    """The file is at fault; its editor reads why."""
    if not move(video, State.REFUSED, reason=str(why)[:300]):
        return False
    audit.record("video.refused", by=None, on=video, at=at, data={"why": type(why).__name__})
    return True


@transaction.atomic
def publish(video: Video, package: Package, *, prefix: str, at: datetime) -> bool:
    """Switch a video to a complete set that lies in storage; the last step of all.

    Returns:
        False if the video was refused, failed or published meanwhile.
    """
    if not move(
        video,
        State.READY,
        reason="",
        published_prefix=prefix,
        published_at=at,
        duration_s=package.duration_s,
    ):
        return False
    _replace_renditions(video, (_row(item) for item in package.items))
    _tell(video, at=at)
    return True


@transaction.atomic
def publish_early(videos: Iterable[Video], package: Package, *, prefix: str, at: datetime) -> None:
    """Let the beginning be watched while the rest is encoded.

    The lecture's whole length is known from the probe, so what is watched now counts rightly.
    """
    for video in videos:
        going = Video.objects.filter(pk=video.pk, state=State.ENCODING)
        if going.update(published_prefix=prefix, published_at=at):
            _replace_renditions(video, (_row(item) for item in package.items))
            events.publish(VideoPublished(video.pk, at))


@transaction.atomic
def enrich(video: Video, package: Package, *, prefix: str) -> bool:
    """Switch a ready video to a copy of its set that holds more; ``package`` names only what is new.

    Returns:
        False if its set is another one by now.
    """
    same = Video.objects.filter(
        pk=video.pk, state=State.READY, published_prefix=video.published_prefix
    )
    if not same.update(published_prefix=prefix):
        return False
    Rendition.objects.bulk_create(Rendition(video=video, **_row(item)) for item in package.items)
    return True


def _row(item: Item) -> dict[str, object]:
    return {field: getattr(item, field) for field in _FIELDS}


@transaction.atomic
def adopt(video: Video, twin: Video, *, at: datetime) -> bool:
    """Publish a video with the set of another one made from the same file."""
    if not move(
        video,
        State.READY,
        reason="",
        published_prefix=twin.published_prefix,
        published_at=at,
        duration_s=twin.duration_s,
    ):
        return False
    _replace_renditions(video, twin.renditions.values(*_FIELDS))
    _tell(video, at=at)
    return True


def _replace_renditions(video: Video, rows: Iterable[dict[str, object]]) -> None:
    video.renditions.all().delete()
    Rendition.objects.bulk_create(Rendition(video=video, **row) for row in rows)


def _tell(video: Video, *, at: datetime) -> None:
    audit.record("video.published", by=None, on=video, at=at)
    queue.enqueue_stills(video)
    events.publish(VideoPublished(video.pk, at))
