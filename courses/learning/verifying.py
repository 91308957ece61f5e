"""Does every roll-up say what the evidence says? Looked through every day; nothing is mended unasked.

The look reads each course's evidence once, without holding anybody up. What seems wrong is
looked at again alone with that student, because somebody may have studied between two reads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from courses.catalogue.models import Course, Unit
from courses.learning import access, rollup, standing, watching
from courses.learning.models import CourseProgress, UnitProgress
from courses.learning.rollup import UnitFact
from enrollment.api import Standing, Student
from lms.accounts.models import User
from lms.base import audit
from lms.base.audit import AuditEntry
from lms.base.jobs.api import Job, JobState

RECOUNT = "learning.recount"
FOUND, MENDED = "progress.differs", "progress.recounted"
MISSING, COUNTS, UNFINISHED, FROZEN, UNIT, TOLD = (
    "missing",
    "counts",
    "unfinished",
    "frozen",
    "unit",
    "told",
)
# A share is kept as it was computed; only arithmetic of another order may differ by less.
CLOSE = 1e-6


@dataclass(frozen=True)
class Fault:
    """One roll-up that does not say what its evidence says.

    Args:
        course: None where the registry was told something else (``told``).
        kind: ``missing`` (no roll-up), ``counts`` (other figures), ``unfinished`` (all done, not
            completed), ``frozen`` (completed, but evidence of a frozen unit is gone), ``unit`` (a
            video's share or completion is less than its spans), ``told``.
        stored, counted: the figures side by side.
    """

    student: Student
    course: Course | None
    kind: str
    stored: dict[str, Any]
    counted: dict[str, Any]

    @property
    def can_be_mended(self) -> bool:
        """Counting anew cannot bring back evidence that is gone: a person must look."""
        return self.kind != FROZEN


# ---------------------------------------------------------------- one student


def examine(student: Student, course: Course, *, at: datetime) -> list[Fault]:
    """What is wrong with one student's course, alone with the student."""
    with transaction.atomic():
        access.hold(student, at=at)
        return list(_faults(student, course))


def _faults(student: Student, course: Course) -> Iterator[Fault]:
    rolled = CourseProgress.objects.filter(student=student, course=course).first()
    if rolled is None:
        if course.retired_at is None:
            yield Fault(student, course, MISSING, {}, {})
        return
    held = UnitProgress.objects.filter(student=student, unit__lesson__course=course)
    for own in held.select_related("unit"):
        yield from _of_unit(student, course, own)
    if rolled.completed_at is not None:
        yield from _of_frozen(student, course, rolled)
        return
    facts = rollup.facts_of(student, course)
    yield from _of_counts(student, course, rolled, facts)


def _of_unit(student: Student, course: Course, own: UnitProgress) -> Iterator[Fault]:
    if own.unit.kind != Unit.Kind.VIDEO:
        return
    share = watching.share(own.spans, own.unit.duration_s)
    lost = share > own.share + CLOSE
    undone = own.done_at is None and max(share, own.share) >= watching.DONE_SHARE
    if lost or undone:
        stored = {"share": round(own.share, 4), "done": own.done_at is not None}
        counted = {"share": round(share, 4), "done": share >= watching.DONE_SHARE}
        yield Fault(student, course, UNIT, {"unit": str(own.unit.uuid), **stored}, counted)


def _of_frozen(student: Student, course: Course, rolled: CourseProgress) -> Iterator[Fault]:
    done = UnitProgress.objects.filter(
        student=student, unit__uuid__in=rolled.frozen_units, done_at__isnull=False
    ).count()
    if done != len(rolled.frozen_units):
        stored, counted = {"units": len(rolled.frozen_units)}, {"units": done}
        yield Fault(student, course, FROZEN, stored, counted)


def _of_counts(
    student: Student, course: Course, rolled: CourseProgress, facts: list[UnitFact]
) -> Iterator[Fault]:
    counted = rollup.count(facts)
    stored = {
        "done": rolled.units_done,
        "required": rolled.units_required,
        "seconds_left": rolled.seconds_left,
    }
    right = {
        "done": counted.done,
        "required": counted.required,
        "seconds_left": counted.seconds_left,
    }
    if stored != right:
        yield Fault(student, course, COUNTS, stored, right)
    elif counted.required and counted.done == counted.required and course.retired_at is None:
        yield Fault(student, course, UNFINISHED, stored, right)


def examine_told(student: Student, *, at: datetime) -> list[Fault]:
    """Whether the registry was told what the roll-ups say."""
    with transaction.atomic():
        access.hold(student, at=at)
        facts = standing.facts_of(student)
        told = Standing.objects.filter(student=student).first()
    names = ("units_done", "units_required", "courses_done", "courses_required")
    stored = {name: getattr(told, name, None) for name in names}
    counted = {name: getattr(facts, name) for name in names}
    return [Fault(student, None, TOLD, stored, counted)] if stored != counted else []


# ---------------------------------------------------------------- the whole school


def look_through(*, at: datetime) -> int:
    """Examine what seems wrong in every course; returns how many faults were written down.

    A fault that was written down before, with the same figures, is not written again.
    """
    faults = [
        fault
        for course in _settled()
        for student in _suspects(course)
        for fault in examine(student, course, at=at)
    ]
    on_roll = Student.objects.exclude(status=Student.Status.WITHDRAWN)
    for student in on_roll.select_related("cohort", "learner", "standing").iterator(500):
        if _seems_misinformed(student):
            faults += examine_told(student, at=at)
    return sum(_write_down(fault, at=at) for fault in faults)


def _settled() -> list[Course]:
    """All courses but those a job is about to count anew: until it has, they differ and nothing is wrong."""
    waiting = Job.objects.filter(
        kind=RECOUNT, state__in=[JobState.QUEUED, JobState.RUNNING]
    ).values_list("payload__course", flat=True)
    return list(
        Course.objects.exclude(uuid__in=list(waiting)).select_related("programme").order_by("pk")
    )


def _suspects(course: Course) -> list[Student]:
    """Students whose roll-up of the course, read without holding them, differs: four statements."""
    units = list(rollup.live_units(course).values_list("pk", "uuid", "duration_s"))
    shares_of: dict[int, dict[int, tuple[float, bool]]] = defaultdict(dict)
    done_of: dict[int, set[str]] = defaultdict(set)
    odd: set[int] = set()
    rows = UnitProgress.objects.filter(unit__lesson__course=course).values_list(
        "student_id", "unit_id", "unit__uuid", "unit__kind", "unit__duration_s", "share", "done_at", "spans"
    )  # fmt: skip
    for owner, unit, uuid, kind, duration_s, share, done_at, spans in rows.iterator(2000):
        shares_of[owner][unit] = (share, done_at is not None)
        if done_at is not None:
            done_of[owner].add(str(uuid))
        if kind == Unit.Kind.VIDEO:
            seen = watching.share(spans, duration_s)
            if seen > share + CLOSE or (done_at is None and seen >= watching.DONE_SHARE):
                odd.add(owner)
    rolled_of = {
        rolled.student_id: rolled for rolled in CourseProgress.objects.filter(course=course)
    }
    if course.retired_at is None and not course.is_open:
        on_roll = Student.objects.filter(programme_id=course.programme_id)
    else:
        on_roll = Student.objects.filter(pk__in=rolled_of)
    suspects = []
    for student in on_roll.exclude(status=Student.Status.WITHDRAWN).select_related("cohort"):
        rolled = rolled_of.get(student.pk)
        own = shares_of[student.pk]
        facts = [UnitFact(str(uuid), s, *own.get(pk, (0.0, False))) for pk, uuid, s in units]
        if student.pk in odd or _seems_wrong(rolled, facts, done_of[student.pk], course):
            suspects.append(student)
    return suspects


def _seems_wrong(
    rolled: CourseProgress | None, facts: list[UnitFact], done: set[str], course: Course
) -> bool:
    if rolled is None:
        return course.retired_at is None
    if rolled.completed_at is not None:
        return not done.issuperset(rolled.frozen_units)
    counted = rollup.count(facts)
    stored = (rolled.units_done, rolled.units_required, rolled.seconds_left)
    complete = counted.required and counted.done == counted.required and not course.retired_at
    return bool(complete) or stored != (counted.done, counted.required, counted.seconds_left)


def _seems_misinformed(student: Student) -> bool:
    told = getattr(student, "standing", None)
    if told is None:
        return True
    facts = standing.facts_of(student)
    return (told.units_done, told.units_required, told.courses_done, told.courses_required) != (
        facts.units_done, facts.units_required, facts.courses_done, facts.courses_required
    )  # fmt: skip


def _write_down(fault: Fault, *, at: datetime) -> bool:
    data = {
        "kind": fault.kind,
        "course": str(fault.course.uuid) if fault.course else "",
        "stored": fault.stored,
        "counted": fault.counted,
    }
    for entry in audit.trail(fault.student).filter(action__in=[FOUND, MENDED])[:50]:
        if entry.action == MENDED:
            break
        if entry.data == data:
            return False
    with transaction.atomic():
        audit.record(FOUND, by=None, on=fault.student, at=at, data=data)
    return True


# ---------------------------------------------------------------- mending


def open_faults(*, at: datetime) -> list[Fault]:
    """What was found and is still so: each is looked at again now."""
    noted = AuditEntry.objects.filter(action=FOUND).values_list("subject_id", "data")
    named = {(student, data.get("course", "")) for student, data in noted.order_by("-pk")[:500]}
    students = {
        str(student.uuid): student
        for student in Student.objects.select_related("cohort", "programme").filter(
            uuid__in={student for student, _course in named}
        )
    }
    courses = {
        str(course.uuid): course
        for course in Course.objects.filter(uuid__in={course for _s, course in named if course})
    }
    faults: list[Fault] = []
    for student, course in sorted(named):
        if student not in students:
            continue
        if not course:
            faults += examine_told(students[student], at=at)
        elif course in courses:
            faults += examine(students[student], courses[course], at=at)
    return faults


@transaction.atomic
def mend(student: Student, *, by: User, at: datetime) -> int:
    """Count everything of a student anew from the evidence; returns how many faults are left.

    A completed course stays as it was completed, and nothing that was earned is taken away.
    """
    access.hold(student, at=at)
    courses = list(Course.objects.filter(programme_id=student.programme_id, is_open=False))
    before = [fault for course in courses for fault in _faults(student, course)]
    videos = UnitProgress.objects.filter(student=student, unit__kind=Unit.Kind.VIDEO)
    for own in videos.select_related("unit"):
        own.share = max(own.share, watching.share(own.spans, own.unit.duration_s))
        if own.done_at is None and own.share >= watching.DONE_SHARE:
            own.done_at = own.last_at
        own.save(update_fields=["share", "done_at"])
    known = set(CourseProgress.objects.filter(student=student).values_list("course_id", flat=True))
    for course in courses:
        if course.retired_at is None or course.pk in known:
            rollup.roll_up(student, course, at=at)
    standing.report(student, at=at)
    kinds = sorted({fault.kind for fault in before})
    audit.record(MENDED, by=by, on=student, at=at, data={"kinds": kinds})
    return sum(len(list(_faults(student, course))) for course in courses)


def prove() -> Iterator[str | None]:
    """After a restore: None for each course and student that agree, a sentence for any other."""
    for course in _settled():
        suspects = {student.pk for student in _suspects(course)}
        for rolled in CourseProgress.objects.filter(course=course).iterator(1000):
            differs = rolled.student_id in suspects
            yield (
                f"{course.title}: a student's figures are not what the evidence says."
                if differs
                else None
            )
