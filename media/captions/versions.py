"""Saving captions: each time a version of its own, and nobody overwrites a colleague."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from lms.accounts.models import User
from lms.base import audit, events
from media import refusals
from media.captions import reading
from media.captions.models import CaptionVersion
from media.events import CaptionsChanged
from media.models import Video

Source = CaptionVersion.Source


def newest(video: Video) -> int:
    """Number of the version in force; 0 before there is one."""
    return (
        CaptionVersion.objects.filter(video=video)
        .order_by("-number")
        .values_list("number", flat=True)
        .first()
        or 0
    )


def save(
    video: Video,
    text: str,
    *,
    base: int,
    source: CaptionVersion.Source,
    by: User | None,
    at: datetime,
) -> bool:
    """Put new captions in force.

    Args:
        text: SubRip or WebVTT; empty takes the captions away.
        base: the version that they were made from.

    Returns:
        False if nothing differs from what is in force.

    Raises:
        CaptionsUnreadable, CaptionsFaulty, CaptionsTooLong.
        CaptionsMoved: somebody saved meanwhile.
    """
    vtt = reading.to_vtt(text)
    try:
        with transaction.atomic():
            if newest(video) != base:
                raise refusals.CaptionsMoved
            now = Video.objects.values_list("captions_vtt", flat=True).get(pk=video.pk)
            if now == vtt:
                return False
            begin(video, vtt, number=base + 1, source=source, by=by, at=at)
            Video.objects.filter(pk=video.pk).update(captions_vtt=vtt)
            audit.record("video.captioned", by=by, on=video, at=at, data={"version": base + 1})
            events.publish(CaptionsChanged(video.pk, at))
    except IntegrityError as error:
        raise refusals.CaptionsMoved from error
    video.captions_vtt = vtt
    return True


def begin(
    video: Video,
    vtt: str,
    *,
    number: int = 1,
    source: CaptionVersion.Source,
    by: User | None,
    at: datetime,
) -> None:
    """Write one version down; ``vtt`` is clean."""
    CaptionVersion.objects.create(
        video=video, number=number, vtt=vtt, source=source, made_by=by, made_at=at
    )


def restore(video: Video, number: int, *, base: int, by: User, at: datetime) -> bool:
    """Put an old version in force again, as a new one.

    Raises:
        CaptionVersion.DoesNotExist, CaptionsMoved.
    """
    old = CaptionVersion.objects.get(video=video, number=number)
    return save(video, old.vtt, base=base, source=Source.RESTORED, by=by, at=at)


def text_of(video: Video) -> str:
    """The words alone, for a search: one line per cue, empty without captions."""
    return "\n".join(cue.text.replace("\n", " ") for cue in reading.parse(video.captions_vtt).cues)


def moments_of(video: Video) -> list[tuple[float, str]]:
    """``(seconds, words)`` of each cue, for a search that leads to the moment."""
    return [
        (cue.start_ms / 1000, cue.text.replace("\n", " "))
        for cue in reading.parse(video.captions_vtt).cues
    ]
