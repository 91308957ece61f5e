"""The graduation audit of a class, and graduating those whom it finds complete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from enrollment.completion import ledger, rules
from enrollment.completion.models import Standing
from enrollment.fees.models import FeeEntry
from enrollment.records import curriculum, graduation, marks
from enrollment.records.curriculum import PlannedCourse
from enrollment.records.graduation import Case, Missing
from enrollment.records.models import CourseRecord, RollAct
from enrollment.registry import statuses
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import User
from lms.base.errors import Refused

Status = Student.Status


class NotComplete(Refused):
    """Something was missing at the moment of the act."""

    sentence = _("%(name)s还缺：%(what)s。")


@dataclass(frozen=True)
class Line:
    """One student of the audit: what was looked at and what is missing."""

    student: Student
    case: Case
    missing: Sequence[Missing]
    earned: int
    planned: int

    @property
    def is_complete(self) -> bool:
        return not self.missing


def on_the_roll(cohort: Cohort) -> QuerySet[Student]:
    students = Student.objects.filter(cohort=cohort).exclude(status=Status.WITHDRAWN)
    return students.select_related("cohort__city", "programme", "org_unit").order_by("student_no")


def audit_all(students: Iterable[Student], *, at: datetime) -> list[Line]:
    """The audit of some students at a moment; the same few queries for 5 and for 50 of one class."""
    wanted = list(students)
    keys = [student.pk for student in wanted]
    plans = {key: curriculum.plan_of(key) for key in {each.programme_id for each in wanted}}
    study = curriculum.study_of(keys)
    records = marks.newest(keys)
    short = _meetings_short(wanted, at=at)
    owed = dict(
        FeeEntry.objects.filter(student__in=keys).order_by()
        .values_list("student").annotate(sum=Sum("amount_fen"))
    )  # fmt: skip
    lines = []
    for student in wanted:
        plan = plans[student.programme_id]
        case = Case(
            status=student.status,
            plan=plan,
            study={
                course.uuid: study[student.pk, course.uuid]
                for course in plan
                if (student.pk, course.uuid) in study
            },
            marks=marks.as_marks(records.get(student.pk, {})),
            meetings_short=short[student.pk],
            owed_fen=owed.get(student.pk, 0),
        )
        lines.append(_line(student, case, plan))
    return lines


def _line(student: Student, case: Case, plan: Sequence[PlannedCourse]) -> Line:
    return Line(
        student,
        case,
        graduation.missing(case),
        graduation.credits_earned(case),
        sum(course.credits for course in plan),
    )


def _meetings_short(students: Sequence[Student], *, at: datetime) -> Mapping[int, int]:
    """By the class's own rule, from the meetings counted so far.

    The reasons of a standing do not say it: whoever finished every lesson is not behind.
    """
    attended = dict(
        Standing.objects.filter(student__in=[student.pk for student in students]).values_list(
            "student", "meetings_attended"
        )
    )
    return {
        student.pk: rules.meetings_short(
            student.cohort.completion_rule,
            attended.get(student.pk, 0),
            ledger.term_of(student.cohort),
            at,
        )
        for student in students
    }


@transaction.atomic
def graduate(student: Student, *, reason: str, by: User, at: datetime) -> RollAct:
    """Graduate a student for whom the audit finds nothing missing; what it looked at is frozen.

    Raises:
        NotComplete: something is missing, also if it was complete when the page was opened.
        statuses.MoveNotLegal, statuses.ReasonMissing.
    """
    from enrollment.records import words

    (line,) = audit_all([student], at=at)
    if line.missing:
        what = "，".join(words.missing(each) for each in line.missing)
        raise NotComplete(student, name=student.name, what=what)
    was = str(Status(student.status).label)
    statuses.change(student, Status.GRADUATED, reason=reason, by=by, at=at)
    return RollAct.objects.create(
        student=student, kind=RollAct.Kind.GRADUATION, was=was,
        became=str(Status.GRADUATED.label), reason=reason.strip(), at=at, by=by,
        facts={
            "rule": graduation.RULE,
            "credits": line.earned,
            "courses": [
                {"course": str(course.uuid), "title": course.title, "credits": course.credits}
                | asdict(line.case.marks[course.uuid])
                for course in line.case.plan
            ],
        },
    )  # fmt: skip


def graduate_complete(cohort: Cohort, *, reason: str, by: User, at: datetime) -> int:
    """Graduate everybody of a class who is complete; each in a transaction of their own.

    Raises:
        statuses.ReasonMissing: nobody said by which decision.
    """
    done = 0
    for line in audit_all(on_the_roll(cohort).filter(status=Status.ENROLLED), at=at):
        if not line.is_complete:
            continue
        try:
            graduate(line.student, reason=reason, by=by, at=at)
        except (NotComplete, statuses.MoveNotLegal):
            # A second click, or a colleague, was quicker with this one; the others still wait.
            continue
        done += 1
    return done


def transcript_records(student: Student) -> list[CourseRecord]:
    """What a transcript lists: courses of the plan in its order, then others that were recorded."""
    records = dict(marks.newest([student.pk]).get(student.pk, {}))
    first = [
        records.pop(course.uuid)
        for course in curriculum.plan_of(student.programme_id)
        if course.uuid in records
    ]
    return first + list(records.values())
