"""Evidence of study, taken in: watched stretches, read texts, passed quizzes.

Everything here only ever adds. Segments are evidence and have no audit row of their own; the
milestone that they lead to has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from courses.catalogue.models import Unit
from courses.learning import access, rollup, standing, watching
from courses.learning.models import Learner, StudyDay, UnitProgress, WatchSegment
from courses.quizzes.models import Quiz
from enrollment.api import Student
from lms.base import audit, clock

CREDITED, REPEATED, REFUSED = "credited", "repeated", "refused"
NOT_YOURS = "not_yours"
# The registry wants days, not seconds: within an hour of study one report is enough.
REPORT_AFTER = timedelta(hours=1)


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
class Verdict:
    """What became of one segment: credited, repeated or refused, with the reason for less."""

    uuid: UUID
    verdict: str
    reason: str = ""
    credited_s: float = 0.0


# ---------------------------------------------------------------- watching


@dataclass(frozen=True)
class _Judged:
    row: WatchSegment
    spent_s: float


@transaction.atomic
def record_segments(
    student: Student,
    segments: Sequence[Segment],
    *,
    device: str,
    sent_at: datetime,
    at: datetime,
) -> list[Verdict]:
    """Take in what a device played, live or hours later, in any order and any number of times.

    Args:
        device: the device's own name for itself.
        sent_at: the device's clock at the moment of sending; ``at - sent_at`` is how wrong it goes.
    """
    access.hold(student, at=at)
    known = set(
        WatchSegment.objects.filter(uuid__in=[s.uuid for s in segments]).values_list(
            "uuid", flat=True
        )
    )
    units = _own_videos(student, {segment.unit for segment in segments})
    skew = at - sent_at
    taken = _paid_for(student, segments, skew)
    verdicts: list[Verdict] = []
    judged: list[_Judged] = []
    for segment in sorted(segments, key=lambda s: (s.started_at, s.start_s)):
        unit = units.get(segment.unit)
        if segment.uuid in known:
            verdicts.append(Verdict(segment.uuid, REPEATED))
        elif unit is None:
            verdicts.append(Verdict(segment.uuid, REFUSED, NOT_YOURS))
        else:
            judged.append(_judge(student, unit, segment, skew, taken, device=device, at=at))
            row = judged[-1].row
            kind = CREDITED if row.credited_s else REFUSED
            verdicts.append(Verdict(row.uuid, kind, row.refused_reason, row.credited_s))
        known.add(segment.uuid)
    WatchSegment.objects.bulk_create([one.row for one in judged])
    _count_in(student, [one for one in judged if one.row.credited_s], at=at)
    return verdicts


def _own_videos(student: Student, wanted: Iterable[UUID]) -> dict[UUID, Unit]:
    found = Unit.objects.filter(
        uuid__in=wanted,
        kind=Unit.Kind.VIDEO,
        lesson__course__programme_id=student.programme_id,
    ).select_related("lesson__course")
    return {unit.uuid: unit for unit in found}


def _paid_for(
    student: Student, segments: Sequence[Segment], skew: timedelta
) -> list[watching.Span]:
    """Real time near these segments that has already been credited, on any device."""
    if not segments:
        return []
    first = min(s.started_at for s in segments) + skew
    last = max(s.stopped_at for s in segments) + skew
    near = WatchSegment.objects.filter(
        student=student, credited_s__gt=0, stopped_at__gt=first, started_at__lt=last
    )
    return [
        (start.timestamp(), stop.timestamp())
        for start, stop in near.values_list("started_at", "stopped_at")
    ]


def _judge(
    student: Student,
    unit: Unit,
    segment: Segment,
    skew: timedelta,
    taken: list[watching.Span],
    *,
    device: str,
    at: datetime,
) -> _Judged:
    played = watching.Played(
        segment.start_s,
        segment.end_s,
        (segment.started_at + skew).timestamp(),
        (segment.stopped_at + skew).timestamp(),
    )
    credit = watching.credit(played, taken=taken, duration_s=unit.duration_s, now=at.timestamp())
    if credit.wall:
        taken.append(credit.wall)
    wall = credit.wall or watching.wall_of(played, now=at.timestamp())
    row = WatchSegment(
        uuid=segment.uuid,
        student=student,
        unit=unit,
        device=device,
        start_s=segment.start_s,
        # What counts begins where the stretch begins; how far it counts is credited_s.
        end_s=segment.end_s,
        rate=segment.rate,
        client_started_at=segment.started_at,
        client_stopped_at=segment.stopped_at,
        started_at=datetime.fromtimestamp(wall[0], UTC),
        stopped_at=datetime.fromtimestamp(wall[1], UTC),
        received_at=at,
        credited_s=credit.seconds,
        refused_reason=credit.reason,
    )
    return _Judged(row, credit.spent_s)


def _count_in(student: Student, judged: Sequence[_Judged], *, at: datetime) -> None:
    """Add credited segments to units, days, roll-ups and the registry."""
    if not judged:
        return
    by_unit: dict[Unit, list[WatchSegment]] = defaultdict(list)
    for one in judged:
        by_unit[one.row.unit].append(one.row)
    finished = [unit for unit, rows in by_unit.items() if _widen(student, unit, rows)]
    _study(student, [(one.row.stopped_at, one.spent_s) for one in judged])
    studied_at = max(one.row.stopped_at for one in judged)
    for course in {unit.lesson.course for unit in by_unit}:
        rollup.roll_up(student, course, at=min(at, studied_at))
    _tell(student, studied_at, finished=bool(finished), at=at)


def _widen(student: Student, unit: Unit, rows: Sequence[WatchSegment]) -> bool:
    """Join new spans into what the student has of a video; whether that finished it."""
    last = max(rows, key=lambda row: row.stopped_at)
    first_at = min(row.started_at for row in rows)
    held = UnitProgress.objects.filter(student=student, unit=unit).first()
    held = held or UnitProgress(
        student=student, unit=unit, first_at=first_at, last_at=first_at, spans=[]
    )
    new = [(max(0.0, row.start_s), max(0.0, row.start_s) + row.credited_s) for row in rows]
    joined = watching.merge_spans([*held.spans, *new])
    held.spans = [[round(a, 2), round(b, 2)] for a, b in joined]
    # A replaced file may be longer than the one that was watched: what was earned stays.
    held.share = max(held.share, watching.share(joined, unit.duration_s))
    held.first_at = min(held.first_at, first_at)
    if last.stopped_at >= held.last_at:
        held.last_at, held.position_s = last.stopped_at, round(last.end_s, 1)
    finished = held.done_at is None and held.share >= watching.DONE_SHARE
    if finished:
        held.done_at = last.stopped_at
    held.save()
    return finished


# ---------------------------------------------------------------- reading and quizzes


@transaction.atomic
def finish_text(student: Student, unit: Unit, *, at: datetime) -> UnitProgress:
    """The student says that the text is read. Twice is once."""
    access.hold(student, at=at)
    return _finish(student, unit, share=1.0, done=True, spent_s=unit.duration_s, at=at)


def finish_quiz(
    student: Student, quiz: Quiz, *, share: float, passed: bool, spent_s: float, at: datetime
) -> None:
    """A quiz was submitted: its units have the best share, and are done once it was passed.

    Call it inside the transaction of the submission, after ``access.hold``.
    """
    units = Unit.objects.filter(
        quiz=quiz, lesson__course__programme_id=student.programme_id
    ).select_related("lesson__course")
    for unit in units:
        _finish(student, unit, share=share, done=passed, spent_s=spent_s, at=at)
        spent_s = 0  # a quiz that stands in two lessons takes its time once


def _finish(
    student: Student, unit: Unit, *, share: float, done: bool, spent_s: float, at: datetime
) -> UnitProgress:
    held = UnitProgress.objects.filter(student=student, unit=unit).first()
    held = held or UnitProgress(student=student, unit=unit, first_at=at, last_at=at)
    again = held.done_at is not None and unit.kind == Unit.Kind.TEXT
    held.share, held.last_at = max(held.share, share), max(held.last_at, at)
    finished = done and held.done_at is None
    if finished:
        held.done_at = at
    held.save()
    if not again:
        _study(student, [(at, spent_s)])
    if finished:
        audit.record("unit.finished", by=None, on=student, at=at, data={"unit": str(unit.uuid)})
    rollup.roll_up(student, unit.lesson.course, at=at)
    _tell(student, at, finished=finished, at=at)
    return held


# ---------------------------------------------------------------- days and news


def _study(student: Student, spent: Iterable[tuple[datetime, float]]) -> None:
    """Add seconds of study to their local days."""
    days: dict[date, float] = defaultdict(float)
    for moment, seconds in spent:
        days[clock.local_date(moment)] += seconds
    for day, seconds in days.items():
        whole = round(seconds)
        row, made = StudyDay.objects.get_or_create(
            student=student, day=day, defaults={"seconds": whole}
        )
        if not made and whole:
            StudyDay.objects.filter(pk=row.pk).update(seconds=F("seconds") + whole)


def _tell(student: Student, studied_at: datetime, *, finished: bool, at: datetime) -> None:
    learner = Learner.objects.get(student=student)
    before = learner.last_study_at
    if before is None or studied_at > before:
        learner.last_study_at = studied_at
        learner.save(update_fields=["last_study_at"])
    if finished or before is None or studied_at - before > REPORT_AFTER:
        standing.report(student, at=at)
