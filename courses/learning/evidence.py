"""What is known of a student's watching before new stretches are judged; each a fixed number of statements."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    DateTimeField,
    F,
    FilteredRelation,
    FloatField,
    JSONField,
    Q,
    Subquery,
    UUIDField,
)

from courses.catalogue.models import Course, Unit
from courses.learning import watching
from courses.learning.models import Learner, UnitProgress, WatchSegment
from enrollment.api import Student
from lms.base.prepared import Change, Given, Prepared, PreparedInsert, PreparedUpdate

_ID, _UUID, _MOMENT = BigIntegerField(), UUIDField(), DateTimeField()


@dataclass(frozen=True)
class Segment:
    """A stretch of video as a device reports it; the times are by the device's own clock."""

    uuid: UUID
    unit: UUID
    start_s: float
    end_s: float
    rate: float
    started_at: datetime
    stopped_at: datetime


@dataclass(frozen=True)
class OwnVideo:
    """A video unit of the student's programme.

    Args:
        counts: the course asks for it now.
        held: what the student has of it, or None.
        last_study_at: of the student, before this batch.
    """

    pk: int
    uuid: UUID
    duration_s: int
    counts: bool
    course: Course
    held: UnitProgress | None = field(compare=False)
    last_study_at: datetime | None = field(compare=False)


def _names(count: int) -> list[str]:
    return [f"uuid{number}" for number in range(count)]


def _places(wanted: Sequence[UUID]) -> dict[str, UUID]:
    """The uuids under the names of the next larger query; the last one fills what is over.

    So there are eight queries for any size of a batch, not one for each.
    """
    room = 1 << (len(wanted) - 1).bit_length()
    filled = [*wanted, *[wanted[-1]] * (room - len(wanted))]
    return dict(zip(_names(room), filled, strict=True))


@lru_cache(maxsize=16)
def _before(count: int) -> Prepared:
    near = Q(
        student_id=Given("student", _ID),
        credited_s__gt=0,
        stopped_at__gt=Given("first", _MOMENT),
        started_at__lt=Given("last", _MOMENT),
    )
    known = Q(uuid__in=[Given(name, _UUID) for name in _names(count)])
    columns = ("uuid", "student_id", "credited_s", "started_at", "stopped_at")
    return Prepared(
        lambda: WatchSegment.objects.filter(known | near).values_list(*columns, named=True)
    )


def before(
    student: Student, segments: Sequence[Segment], skew: timedelta
) -> tuple[set[UUID], list[watching.Span]]:
    """Names that were sent before, and real time near these segments that is already credited.

    On any device of the student. One statement.
    """
    first = min(s.started_at for s in segments) + skew
    last = max(s.stopped_at for s in segments) + skew
    names = _places([segment.uuid for segment in segments])
    rows = _before(len(names))(student=student.pk, first=first, last=last, **names)
    paid = [
        (row.started_at.timestamp(), row.stopped_at.timestamp())
        for row in rows
        if row.student_id == student.pk
        and row.credited_s > 0
        and row.stopped_at > first
        and row.started_at < last
    ]
    return {row.uuid for row in rows}, paid


@lru_cache(maxsize=16)
def _videos(count: int) -> Prepared:
    mine = FilteredRelation("progress", condition=Q(progress__student_id=Given("student", _ID)))
    last = Learner.objects.filter(student_id=Given("student", _ID)).values("last_study_at")[:1]
    return Prepared(
        lambda: (
            Unit.objects.filter(
                uuid__in=[Given(name, _UUID) for name in _names(count)],
                kind=Unit.Kind.VIDEO,
                lesson__course__programme_id=Given("programme", _ID),
                lesson__course__is_open=False,
            )
            .select_related("lesson__course")
            .annotate(mine=mine)
            .annotate(
                last_study_at=Subquery(last),
                held_id=F("mine__id"),
                held_spans=F("mine__spans"),
                held_share=F("mine__share"),
                held_position_s=F("mine__position_s"),
                held_first_at=F("mine__first_at"),
                held_last_at=F("mine__last_at"),
                held_done_at=F("mine__done_at"),
            )
        )
    )


def own_videos(student: Student, wanted: Collection[UUID]) -> dict[UUID, OwnVideo]:
    """The units among these that are videos of the student's programme. One statement."""
    names = _places(list(wanted))
    rows = _videos(len(names))(student=student.pk, programme=student.programme_id, **names)
    return {
        unit.uuid: OwnVideo(
            pk=unit.pk,
            uuid=unit.uuid,
            duration_s=unit.duration_s,
            counts=unit.required and unit.retired_at is None and unit.lesson.retired_at is None,
            course=unit.lesson.course,
            held=_held(student, unit) if unit.held_id else None,
            last_study_at=unit.last_study_at,
        )
        for unit in rows
    }


def _held(student: Student, unit: Unit) -> UnitProgress:
    return UnitProgress(
        pk=unit.held_id,  # type: ignore[attr-defined]
        student=student,
        unit_id=unit.pk,
        spans=unit.held_spans,  # type: ignore[attr-defined]
        share=unit.held_share,  # type: ignore[attr-defined]
        position_s=unit.held_position_s,  # type: ignore[attr-defined]
        first_at=unit.held_first_at,  # type: ignore[attr-defined]
        last_at=unit.held_last_at,  # type: ignore[attr-defined]
        done_at=unit.held_done_at,  # type: ignore[attr-defined]
    )


_KEEP = PreparedUpdate(
    lambda: UnitProgress.objects.filter(pk=Given("pk", _ID)),
    spans=Given("spans", JSONField()),
    share=Given("share", FloatField()),
    position_s=Given("position_s", FloatField()),
    first_at=Given("first_at", _MOMENT),
    last_at=Given("last_at", _MOMENT),
    done_at=Given("done_at", _MOMENT),
)


def kept(held: UnitProgress) -> Change:
    """The update that writes what the student has of a unit that was begun before."""
    values = {
        "pk": held.pk,
        "spans": held.spans,
        "share": held.share,
        "position_s": held.position_s,
        "first_at": held.first_at,
        "last_at": held.last_at,
        "done_at": held.done_at,
    }
    return _KEEP, values


class Stretch(NamedTuple):
    """A row of ``WatchSegment`` as it will be written."""

    uuid: UUID
    student_id: int
    unit_id: int
    device: str
    start_s: float
    end_s: float
    rate: float
    client_started_at: datetime
    client_stopped_at: datetime
    started_at: datetime
    stopped_at: datetime
    received_at: datetime
    credited_s: float
    refused_reason: str


# A batch is one statement; what is counted from it is written beside it.
add = PreparedInsert(WatchSegment, Stretch._fields)
