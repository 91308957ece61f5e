"""What the desk's screens ask; each the same few queries for 5 and for 500 students."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from enrollment.kits.models import Handout
from enrollment.letters import issuing
from enrollment.letters import queries as letter_queries
from enrollment.letters.models import Letter
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import User
from lms.base import ids


@dataclass(frozen=True)
class Count:
    """37 / 50, and how many kits were given twice."""

    handed: int
    total: int
    doubles: int = 0


@dataclass(frozen=True)
class Line:
    """A student of the list with what they were given; ``handout`` None while the kit waits."""

    student: Student
    handout: Handout | None


def standing(cohort: Cohort) -> QuerySet[Handout]:
    """Every hand-out of a cohort that was not taken back, newest first."""
    return Handout.objects.filter(student__cohort=cohort, undone_at__isnull=True)


def count(cohort: Cohort) -> Count:
    """How many have their kit, of everybody enrolled (and whoever left with one)."""
    given = standing(cohort)
    handed = given.filter(double_of__isnull=True).count()
    enrolled = Student.objects.filter(cohort=cohort, status=Student.Status.ENROLLED)
    left_with_one = given.exclude(student__status=Student.Status.ENROLLED)
    total = enrolled.count() + left_with_one.filter(double_of__isnull=True).count()
    return Count(handed, total, given.filter(double_of__isnull=False).count())


def people(cohort: Cohort) -> list[Line]:
    """Everybody enrolled with their hand-out: those who still wait first."""
    firsts = standing(cohort).filter(double_of__isnull=True).select_related("handed_by")
    students = (
        Student.objects.filter(cohort=cohort, status=Student.Status.ENROLLED)
        .select_related("programme")
        .prefetch_related(Prefetch("handouts", firsts, to_attr="given"))
        .order_by("student_no")
    )
    lines = [Line(each, next(iter(each.given), None)) for each in students]  # type: ignore[attr-defined]
    return sorted(lines, key=lambda line: line.handout is not None)


def doubles(cohort: Cohort) -> QuerySet[Handout]:
    """Kits that were given although the student had one."""
    twice = standing(cohort).filter(double_of__isnull=False)
    return twice.select_related("student", "handed_by", "double_of__handed_by")


def letters_of(user: User) -> QuerySet[Letter]:
    """Letters that this registrar's phone may ask about."""
    reach = letter_queries.cohorts_of(user)
    admissions = Letter.objects.filter(kind=Letter.Kind.ADMISSION)
    return admissions.filter(student__cohort__in=reach).select_related(
        "student__cohort", "student__programme"
    )


def handouts_of(user: User) -> QuerySet[Handout]:
    """Hand-outs that this registrar may take back."""
    reach = letter_queries.cohorts_of(user)
    return Handout.objects.filter(student__cohort__in=reach).select_related(
        "student__programme", "letter__student__programme"
    )


def find_letter(user: User, cohort: Cohort, typed: str) -> Letter | None:
    """By what somebody typed or a code said: the letter's code, the student's number, or the last digits of
    the letter's number. Of a student's letters the one that stands comes first."""
    code = ids.tidy_code(typed)
    mine = letters_of(user)
    if len(code) == issuing.CODE_LENGTH:
        return mine.filter(code=code).first()
    here = mine.filter(student__cohort=cohort).order_by("-pk")
    if typed.strip().isdecimal():
        found = here.filter(ordinal=int(typed.strip()[:9]))
    else:
        found = here.filter(student__student_no__iexact=typed.strip())
    return found.filter(revoked_at__isnull=True).first() or found.first()
