"""Marks and recognitions per course: written as rows, the newest of a course counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Expression, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from enrollment.records import papers as keeping
from enrollment.records.curriculum import PlannedCourse
from enrollment.records.graduation import RECOGNISED, Mark
from enrollment.records.models import CourseRecord, RollAct
from enrollment.records.papers import Paper
from enrollment.registry import statuses
from enrollment.registry.events import RecognitionChanged
from enrollment.registry.models import Student
from enrollment.registry.statuses import ReasonMissing
from lms.accounts.models import User
from lms.base import audit, events
from lms.base.errors import Refused

LEARNING, EXAM = CourseRecord.Source.LEARNING, CourseRecord.Source.EXAM


class NothingNew(Refused):
    """No mark differs from what stands."""

    sentence = _("没有新的成绩要保存。")


class RecognisedAlready(Refused):
    sentence = _("这门课已经认定过了。")


def newest(students: Iterable[int]) -> dict[int, dict[UUID, CourseRecord]]:
    """Student → course → the record that counts; one query."""
    found: dict[int, dict[UUID, CourseRecord]] = {}
    for record in CourseRecord.objects.filter(student__in=list(students)).order_by("id"):
        found.setdefault(record.student_id, {})[record.course] = record
    return found


def recognised(student: Student | Expression) -> QuerySet[CourseRecord, UUID]:
    """Courses that count by what was learnt elsewhere: their newest record says so; not asked yet.

    Args:
        student: or what stands for their key in a larger query.
    """
    newer = CourseRecord.objects.filter(
        student=OuterRef("student"), course=OuterRef("course"), pk__gt=OuterRef("pk")
    )
    records = CourseRecord.objects.filter(~Exists(newer), student=student, source=RECOGNISED)
    return records.values_list("course", flat=True)


def as_marks(records: Mapping[UUID, CourseRecord]) -> dict[UUID, Mark]:
    return {course: Mark(record.source, record.mark) for course, record in records.items()}


@transaction.atomic
def write(
    course: PlannedCourse,
    marks: Mapping[Student, int],
    *,
    source: str,
    note: str = "",
    by: User,
    at: datetime,
) -> int:
    """Write the marks of a course that differ from what stands; returns how many.

    A mark takes the place of a recognition: from then on the lessons are asked for again.

    Raises:
        NothingNew: none does.
    """
    standing = newest(student.pk for student in marks)
    rows = []
    for student, mark in marks.items():
        known = standing.get(student.pk, {}).get(course.uuid)
        if known is not None and (known.source, known.mark) == (source, mark):
            continue
        rows.append(
            CourseRecord(
                student=student, course=course.uuid, title=course.title, credits=course.credits,
                source=source, mark=mark, note=note, at=at, by=by,
            )
        )  # fmt: skip
        data = {"course": course.title, "mark": mark, "source": source}
        audit.record("student.mark_written", by=by, on=student, at=at, data=data)
        if known is not None and known.source == RECOGNISED:
            events.publish(RecognitionChanged(student.pk, at))
    if not rows:
        raise NothingNew(course)
    CourseRecord.objects.bulk_create(rows)
    return len(rows)


@transaction.atomic
def recognise(
    student: Student,
    course: PlannedCourse,
    *,
    reason: str,
    papers: Sequence[Paper],
    by: User,
    at: datetime,
) -> CourseRecord:
    """Count what the student learnt elsewhere (a certificate, another college) as this course.

    Raises:
        ReasonMissing: nobody said what it rests on.
        statuses.NotStudying, RecognisedAlready.
    """
    if not reason.strip():
        raise ReasonMissing(student)
    statuses.hold(student)  # of two clicks the second sees the first one's row
    known = newest([student.pk]).get(student.pk, {}).get(course.uuid)
    if known is not None and known.source == RECOGNISED:
        raise RecognisedAlready(student)
    act = RollAct.objects.create(
        student=student, kind=RollAct.Kind.RECOGNITION, became=course.title,
        reason=reason.strip(), facts={"course": str(course.uuid), "credits": course.credits},
        at=at, by=by,
    )  # fmt: skip
    keeping.attach(act, list(papers))
    audit.record(
        "student.recognised", by=by, on=student, at=at,
        data={"course": course.title, "reason": reason.strip()},
    )  # fmt: skip
    events.publish(RecognitionChanged(student.pk, at))
    return CourseRecord.objects.create(
        student=student, course=course.uuid, title=course.title, credits=course.credits,
        source=RECOGNISED, note=reason.strip(), act=act, at=at, by=by,
    )  # fmt: skip
