"""Letters of a whole cohort: who has none yet, issuing for all, one archive of all files."""

from __future__ import annotations

import tempfile
import zipfile
from datetime import datetime
from typing import IO

from django.db import transaction
from django.db.models import QuerySet

from enrollment.letters import issuing
from enrollment.letters.models import Letter
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import User
from lms.base import audit

_IN_MEMORY = 8 * 1024 * 1024


def without_letter(cohort: Cohort | None = None) -> QuerySet[Student]:
    """Students on the roll who never had a letter; a withdrawn one is not made good by itself."""
    students = Student.objects.filter(status=Student.Status.ENROLLED).exclude(
        letters__kind=Letter.Kind.ADMISSION
    )
    if cohort is not None:
        students = students.filter(cohort=cohort)
    return students.select_related("cohort__city", "programme", "user").order_by("student_no")


def issue_missing(cohort: Cohort, *, by: User | None, at: datetime, tell: bool = True) -> int:
    """Issue for everybody of the cohort who has none; returns how many.

    Each in a transaction of its own, so an interruption costs nothing: do it again.

    Raises:
        NoCeremony: the cohort has no time or place to report to.
    """
    students = list(without_letter(cohort))
    for student in students:
        issuing.issue(student, by=by, at=at, tell=tell)
    return len(students)


def in_force(cohort: Cohort) -> QuerySet[Letter]:
    """The letters of a cohort that are printed and stand."""
    return (
        Letter.objects.filter(student__cohort=cohort, revoked_at__isnull=True)
        .exclude(pdf="")
        .order_by("ordinal")
    )


def archive(cohort: Cohort, *, by: User, at: datetime) -> IO[bytes]:
    """One zip with every letter of the cohort, at its beginning; who took it is an audit row.

    The caller closes it. Up to 8 MB stay in memory, more goes to a file without a name.
    """
    letters = list(in_force(cohort))
    # PDF streams are compressed already: packing them again costs time and saves nothing.
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the response closes it
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as bundle:
        for letter in letters:
            with letter.pdf.open("rb") as pdf:
                bundle.writestr(file_name(letter), pdf.read())
    with transaction.atomic():
        audit.record("letters.exported", by=by, on=cohort, at=at, data={"letters": len(letters)})
    file.seek(0)
    return file


def file_name(letter: Letter, ending: str = "pdf") -> str:
    """``2026-LOG-017 林阿怡 录取通知书.pdf``: sorts by student, says whose it is."""
    name = letter.facts["name"].replace("/", "_")
    return f"{letter.facts['student_no']} {name} {letter.get_kind_display()}.{ending}"
