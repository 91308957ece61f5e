"""Evidence of study, taken in: watched stretches, read texts, passed quizzes.

Everything here only ever adds. Segments are evidence and have no audit row of their own; the
milestone that they lead to has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import BigIntegerField, DateField, DateTimeField, F, IntegerField

from courses.catalogue.models import Course, Unit
from courses.learning import access, evidence, rollup, standing, watching
from courses.learning.evidence import OwnVideo, Segment, Stretch
from courses.learning.models import Learner, StudyDay, UnitProgress
from courses.quizzes.models import Quiz
from enrollment.api import Student
from lms.base import audit, clock
from lms.base.prepared import Change, Given, PreparedUpdate, update_together

CREDITED, REPEATED, REFUSED = "credited", "repeated", "refused"
NOT_YOURS = "not_yours"
# The registry wants days, not seconds: within an hour of study one report is enough.
REPORT_AFTER = timedelta(hours=1)


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
    unit: OwnVideo
    row: Stretch
    spent_s: float


@dataclass(frozen=True)
class Taken:
    """What became of a batch.

    Args:
        units: what the student now has of every unit that was named and is theirs.
    """

    verdicts: list[Verdict]
    units: dict[UUID, UnitProgress]


def record_segments(
    student: Student,
    segments: Sequence[Segment],
    *,
    device: str,
    sent_at: datetime,
    at: datetime,
) -> list[Verdict]:
    """As ``take_in``; answers the verdicts."""
    return take_in(student, segments, device=device, sent_at=sent_at, at=at).verdicts


@transaction.atomic
def take_in(
    student: Student,
    segments: Sequence[Segment],
    *,
    device: str,
    sent_at: datetime,
    at: datetime,
) -> Taken:
    """Take in what a device played, live or hours later, in any order and any number of times.

    Args:
        device: the device's own name for itself.
        sent_at: the device's clock at the moment of sending; ``at - sent_at`` is how wrong it goes.
    """
    access.hold(student, at=at)
    if not segments:
        return Taken([], {})
    skew = at - sent_at
    known, taken = evidence.before(student, segments, skew)
    units = evidence.own_videos(student, {segment.unit for segment in segments})
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
    evidence.add([one.row for one in judged])
    held = _count_in(student, [one for one in judged if one.row.credited_s], at=at)
    had = {unit.uuid: unit.held for unit in units.values() if unit.held is not None}
    return Taken(verdicts, had | held)


def _judge(
    student: Student,
    unit: OwnVideo,
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
    row = Stretch(
        uuid=segment.uuid,
        student_id=student.pk,
        unit_id=unit.pk,
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
    return _Judged(unit, row, credit.spent_s)


def _count_in(
    student: Student, judged: Sequence[_Judged], *, at: datetime
) -> dict[UUID, UnitProgress]:
    """Add credited segments to units, days, roll-ups and the registry; returns what is held now."""
    if not judged:
        return {}
    by_unit: dict[OwnVideo, list[Stretch]] = defaultdict(list)
    for one in judged:
        by_unit[one.unit].append(one.row)
    studied_at = max(one.row.stopped_at for one in judged)
    counted_at = min(at, studied_at)
    widened = [_widen(student, unit, rows) for unit, rows in by_unit.items()]
    courses = {wider.unit.course for wider in widened}
    closed = {wider.unit.course for wider in widened if wider.finished}
    days = _days((one.row.stopped_at, one.spent_s) for one in judged)
    last = judged[0].unit.last_study_at
    _write(student, widened, days, last, studied_at, courses - closed, counted_at)
    for course in closed:
        rollup.roll_up(student, course, at=counted_at)
    _tell(student, studied_at, last, finished=bool(closed), at=at)
    return {wider.unit.uuid: wider.held for wider in widened}


def _write(
    student: Student,
    widened: Sequence[_Wider],
    days: Mapping[date, int],
    last: datetime | None,
    studied_at: datetime,
    going_on: Iterable[Course],
    counted_at: datetime,
) -> None:
    """Everything that a batch changes beside its own rows, in as few statements as the database can."""
    begun, new = _split(widened)
    counted = [(course, _less(widened, course)) for course in going_on]
    changes = [
        *(_more(student, day, seconds) for day, seconds in days.items()),
        *(rollup.counted_off(student, course, less, at=counted_at) for course, less in counted),
        *(evidence.kept(held) for held in begun),
        *_later(student, last, studied_at),
    ]
    changed = update_together(changes)
    for held in new:
        held.save()
    # Alone since ``access.hold``: nobody else makes the day or the roll-up in between.
    for (day, seconds), rows in zip(days.items(), changed, strict=False):
        if not rows:
            StudyDay.objects.create(student=student, day=day, seconds=seconds)
    for (course, _less_s), rows in zip(counted, changed[len(days) :], strict=False):
        if not rows:
            rollup.roll_up(student, course, at=counted_at)


@dataclass(frozen=True)
class _Wider:
    """A unit after new spans: whether they finished it, and how many seconds less are left."""

    unit: OwnVideo
    held: UnitProgress
    finished: bool
    seconds: int


def _split(widened: Iterable[_Wider]) -> tuple[list[UnitProgress], list[UnitProgress]]:
    """Units that have a row already, and those that get theirs now."""
    begun: list[UnitProgress] = []
    new: list[UnitProgress] = []
    for wider in widened:
        (new if wider.held.pk is None else begun).append(wider.held)
    return begun, new


def _less(widened: Iterable[_Wider], course: Course) -> int:
    """How many seconds less are left of a course."""
    return sum(w.seconds for w in widened if w.unit.course == course and w.unit.counts)


def _widen(student: Student, unit: OwnVideo, rows: Sequence[Stretch]) -> _Wider:
    """Join new spans into what the student has of a video; not written yet."""
    last = max(rows, key=lambda row: row.stopped_at)
    first_at = min(row.started_at for row in rows)
    held = unit.held or UnitProgress(
        student=student, unit_id=unit.pk, first_at=first_at, last_at=first_at, spans=[]
    )
    before = rollup.rest_s(unit.duration_s, held.share)
    new = [(max(0.0, row.start_s), max(0.0, row.start_s) + row.credited_s) for row in rows]
    joined = watching.merge_spans([*held.spans, *new])
    rounded = ([round(a, 2), round(b, 2)] for a, b in joined)
    held.spans = [span for span in rounded if span[0] < span[1]]
    # A replaced file may be longer than the one that was watched: what was earned stays.
    held.share = max(held.share, watching.share(joined, unit.duration_s))
    held.first_at = min(held.first_at, first_at)
    if last.stopped_at >= held.last_at:
        held.last_at, held.position_s = last.stopped_at, round(last.end_s, 1)
    was_done = held.done_at is not None
    if not was_done and held.share >= watching.DONE_SHARE:
        held.done_at = last.stopped_at
    # Nothing is left of a finished unit, whatever of it was not seen.
    seconds = 0 if was_done else before - rollup.rest_s(unit.duration_s, held.share)
    return _Wider(unit, held, not was_done and held.done_at is not None, seconds)


# ---------------------------------------------------------------- reading and quizzes


@transaction.atomic
def finish_text(student: Student, unit: Unit, *, at: datetime) -> UnitProgress:
    """The student says that the text is read. Twice is once."""
    access.hold(student, at=at)
    spent_s = unit.duration_s
    return _finish(student, unit, share=1.0, done=True, spent_s=spent_s, studied_at=at, at=at)


@dataclass(frozen=True)
class Read:
    """A text that was read without a signal; ``at`` is by the device's own clock."""

    uuid: UUID
    unit: UUID
    at: datetime


@transaction.atomic
def take_reads(
    student: Student, reads: Sequence[Read], *, sent_at: datetime, at: datetime
) -> Taken:
    """Take in which texts were read; ``at - sent_at`` is how wrong the device's clock goes."""
    if not reads:
        return Taken([], {})
    access.hold(student, at=at)
    texts = Unit.objects.select_related("lesson__course").filter(
        uuid__in={read.unit for read in reads},
        kind=Unit.Kind.TEXT,
        lesson__course__programme_id=student.programme_id,
        lesson__course__is_open=False,
    )
    own = {unit.uuid: unit for unit in texts}
    verdicts: list[Verdict] = []
    held: dict[UUID, UnitProgress] = {}
    for read in sorted(reads, key=lambda one: one.at):
        unit = own.get(read.unit)
        if unit is None:
            verdicts.append(Verdict(read.uuid, REFUSED, NOT_YOURS))
            continue
        moment = min(at, read.at + (at - sent_at))
        spent_s = unit.duration_s
        held[unit.uuid] = _finish(
            student, unit, share=1.0, done=True, spent_s=spent_s, studied_at=moment, at=moment
        )
        verdicts.append(Verdict(read.uuid, CREDITED))
    return Taken(verdicts, held)


def finish_quiz(
    student: Student,
    quiz: Quiz,
    *,
    share: float,
    passed: bool,
    spent_s: float,
    studied_at: datetime | None,
    at: datetime,
) -> None:
    """A quiz was marked: its units have the best share, and are done once it was passed.

    Call it inside the transaction of the submission, after ``access.hold``.

    Args:
        studied_at: when the student did it; None where somebody else's act changed what it is worth.
    """
    units = Unit.objects.filter(
        quiz=quiz,
        lesson__course__programme_id=student.programme_id,
        lesson__course__is_open=False,
    ).select_related("lesson__course")
    for unit in units:
        _finish(
            student, unit, share=share, done=passed, spent_s=spent_s, studied_at=studied_at, at=at
        )
        spent_s = 0  # a quiz that stands in two lessons takes its time once


def _finish(
    student: Student,
    unit: Unit,
    *,
    share: float,
    done: bool,
    spent_s: float,
    studied_at: datetime | None,
    at: datetime,
) -> UnitProgress:
    held = UnitProgress.objects.filter(student=student, unit=unit).first()
    seen_at = studied_at or at
    held = held or UnitProgress(student=student, unit=unit, first_at=seen_at, last_at=seen_at)
    again = held.done_at is not None and unit.kind == Unit.Kind.TEXT
    held.share = max(held.share, share)
    if studied_at is not None:
        held.last_at = max(held.last_at, studied_at)
    finished = done and held.done_at is None
    if finished:
        held.done_at = at
    held.save()
    if studied_at is not None and not again:
        _study(student, studied_at, spent_s)
    if finished:
        audit.record("unit.finished", by=None, on=student, at=at, data={"unit": str(unit.uuid)})
    rollup.roll_up(student, unit.lesson.course, at=at)
    if studied_at is None:
        # Who is silent stays silent: only what is left has changed.
        standing.report(student, at=at)
        return held
    before = Learner.objects.values_list("last_study_at", flat=True).get(student=student)
    for update, values in _later(student, before, studied_at):
        update(**values)
    _tell(student, studied_at, before, finished=finished, at=at)
    return held


# ---------------------------------------------------------------- days and news


_ADD_TO_DAY = PreparedUpdate(
    lambda: StudyDay.objects.filter(
        student_id=Given("student", BigIntegerField()), day=Given("day", DateField())
    ),
    seconds=F("seconds") + Given("seconds", IntegerField()),
)


def _more(student: Student, day: date, seconds: int) -> Change:
    return _ADD_TO_DAY, {"student": student.pk, "day": day, "seconds": seconds}


def _days(spent: Iterable[tuple[datetime, float]]) -> dict[date, int]:
    """Whole seconds of study per local day."""
    days: dict[date, float] = defaultdict(float)
    for moment, seconds in spent:
        days[clock.local_date(moment)] += seconds
    return {day: round(seconds) for day, seconds in days.items()}


def _study(student: Student, at: datetime, spent_s: float) -> None:
    """Add seconds of study to their local day."""
    day, seconds = clock.local_date(at), round(spent_s)
    # Alone since ``access.hold``: nobody else makes the day in between.
    if not _ADD_TO_DAY(student=student.pk, day=day, seconds=seconds):
        StudyDay.objects.create(student=student, day=day, seconds=seconds)


_LATER = PreparedUpdate(
    lambda: Learner.objects.filter(student_id=Given("student", BigIntegerField())),
    last_study_at=Given("at", DateTimeField()),
)


def _later(student: Student, before: datetime | None, studied_at: datetime) -> list[Change]:
    """The student studied later than was known: the update that says so, or none."""
    if before is not None and studied_at <= before:
        return []
    return [(_LATER, {"student": student.pk, "at": studied_at})]


def _tell(
    student: Student,
    studied_at: datetime,
    before: datetime | None,
    *,
    finished: bool,
    at: datetime,
) -> None:
    """The registry hears of it; ``before`` is when the student last studied, as far as was known."""
    if finished or before is None or studied_at - before > REPORT_AFTER:
        standing.report(student, at=at)
