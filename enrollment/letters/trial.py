"""The dry run of a batch: who would get a letter, who cannot and why. Nothing is written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from enrollment.letters import contents, numbering
from enrollment.letters.models import Letter
from enrollment.registry.models import Cohort, Student
from lms.base.errors import Refused

# Signs that the text font has for certain, in names that fit their line for certain.
_EASY = re.compile(r"[\u4e00-\u9fffA-Za-z·]{1,12}")


@dataclass
class Trial:
    """What a batch would do now.

    Args:
        ready: students who would get a letter, by student number.
        blocked: students who cannot have one, and the sentence that says why.
        having: students whose letter stands.
        withdrawn: students whose last letter was revoked; a new one is a person's decision.
        numbers: first and last number that would be given, or empty.
    """

    ready: list[Student] = field(default_factory=list)
    blocked: list[tuple[Student, str]] = field(default_factory=list)
    having: list[Student] = field(default_factory=list)
    withdrawn: list[Student] = field(default_factory=list)
    numbers: tuple[str, ...] = ()


def dry_run(cohort: Cohort, *, at: datetime) -> Trial:
    """Try every letter that is missing, without giving a number to anybody."""
    trial = Trial()
    students = Student.objects.filter(cohort=cohort, status=Student.Status.ENROLLED)
    standing = _standing(cohort)
    for student in students.select_related("cohort__city", "programme").order_by("student_no"):
        if student.pk in standing:
            (trial.having if standing[student.pk] else trial.withdrawn).append(student)
        else:
            trial.ready.append(student)
    _sort_out(trial, at)
    trial.numbers = _numbers(cohort, len(trial.ready), at)
    return trial


def obstacle(
    student: Student, *, at: datetime, kind: str = Letter.Kind.ADMISSION
) -> Refused | None:
    """Why the student's letter cannot be set, or None. Ordinary names are not set to find out.

    What the other kinds print differs from student to student, not only the name: each is tried.
    """
    if kind == Letter.Kind.ADMISSION and _EASY.fullmatch(student.name):
        return None
    return _set_once(student, at, kind)


def _set_once(student: Student, at: datetime, kind: str = Letter.Kind.ADMISSION) -> Refused | None:
    from enrollment.letters import press

    try:
        facts = contents.sample(student, kind=kind, at=at)
        press.typesetter().set_pages(contents.template(kind), facts, at=at)
    except Refused as refusal:
        return refusal
    return None


def _sort_out(trial: Trial, at: datetime) -> None:
    if not trial.ready:
        return
    # One ordinary letter stands for what all have in common: place, programme, ceremony.
    if common := _set_once(min(trial.ready, key=lambda each: len(each.name)), at):
        plain = [each for each in trial.ready if _EASY.fullmatch(each.name)]
        trial.blocked = [(each, str(common)) for each in plain]
    tried = [(each, obstacle(each, at=at)) for each in trial.ready]
    stuck = {student.pk for student, _why in trial.blocked}
    trial.blocked += [(each, str(why)) for each, why in tried if why and each.pk not in stuck]
    trial.blocked.sort(key=lambda line: line[0].student_no)
    stuck = {student.pk for student, _why in trial.blocked}
    trial.ready = [each for each in trial.ready if each.pk not in stuck]


def _standing(cohort: Cohort) -> dict[int, bool]:
    """Students who ever had a letter, and whether one of theirs stands."""
    rows = Letter.objects.filter(student__cohort=cohort, kind=Letter.Kind.ADMISSION)
    standing: dict[int, bool] = {}
    for student, revoked in rows.values_list("student", "revoked_at"):
        standing[student] = standing.get(student, False) or revoked is None
    return standing


def _numbers(cohort: Cohort, count: int, at: datetime) -> tuple[str, ...]:
    if not count:
        return ()
    year = contents.year_of(at)
    first = numbering.next_ordinal(Letter.Kind.ADMISSION, year)
    mark = numbering.mark_of(cohort.city.name)
    return tuple(numbering.written(mark, year, each) for each in (first, first + count - 1))
