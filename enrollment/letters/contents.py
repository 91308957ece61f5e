"""What is printed in a student's letter, frozen as JSON when the letter is issued.

The typesetting library loads when a letter is composed, not when the site starts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from enrollment.letters import achievements, texts
from enrollment.letters.models import Letter
from enrollment.registry.models import Cohort, Student
from lms.base import clock
from lms.base.errors import Refused

SAMPLE_NUMBER = "样工学〔0000〕第0000号"
SAMPLE_CODE = "0" * 20


class NoCeremony(Refused):
    """A letter says when and where to report; the cohort does not say yet."""

    sentence = _("%(cohort)s还没有填开学典礼的时间和地点。请先在“通知书”页面填好，再签发。")


def compose(
    student: Student,
    *,
    number: str,
    code: str,
    token: str,
    at: datetime,
    kind: str = Letter.Kind.ADMISSION,
    name: str = "",
    paragraphs: Sequence[str] = (),
) -> dict[str, Any]:
    """All that is printed, and what pages say about the letter later.

    Args:
        code: without spaces, as in the row.
        token: signature by which the code is checked without a network; may be empty.
        kind: which document; the texts of a cohort are those of its letters of admission.
        name: instead of the name on the roll.
        paragraphs: instead of the cohort's text in force, to try others.

    Raises:
        NoCeremony: the cohort has no time or place to report to.
        achievements.NothingRecorded, achievements.NotGraduated: of the other kinds.
    """
    if kind != Letter.Kind.ADMISSION:
        head = achievements.Head(number, name or student.name, scan_url(code, token), code, at)
        return achievements.compose(kind, student, head)
    return _admission(student, number, code, token, at, name, paragraphs)


def _admission(
    student: Student,
    number: str,
    code: str,
    token: str,
    at: datetime,
    name: str,
    paragraphs: Sequence[str],
) -> dict[str, Any]:
    from enrollment.letters.typesetting.admission import Admission

    cohort, programme = student.cohort, student.programme
    if cohort.ceremony_at is None or not cohort.ceremony_place:
        raise NoCeremony(cohort=cohort.name)
    union, wording = cohort.city.name, texts.in_force(cohort)
    printed = Admission(
        number=number,
        name=name or student.name,
        programme=programme.title,
        level=programme.level,
        cohort=cohort.name,
        report_at=clock.local(cohort.ceremony_at),
        report_place=cohort.ceremony_place,
        issuers=[union, cohort.college],
        issued_on=clock.local_date(at),
        verify_url=scan_url(code, token),
        code=code,
        text=paragraphs or wording.paragraphs,
    ).facts()
    return printed | {
        "text_version": wording.version,
        "student_no": student.student_no,
        "union": union,
        "college": cohort.college,
        "report_at": cohort.ceremony_at.isoformat(),
        "report_place": cohort.ceremony_place,
    }


def has_ceremony(cohort: Cohort) -> bool:
    """Whether letters of the cohort can say when and where to report."""
    return cohort.ceremony_at is not None and bool(cohort.ceremony_place)


def sample(
    student: Student,
    *,
    kind: str = Letter.Kind.ADMISSION,
    name: str = "",
    paragraphs: Sequence[str] = (),
    at: datetime,
) -> dict[str, Any]:
    """A letter that says what the student's would say, under a number that is nobody's."""
    return compose(
        student,
        number=SAMPLE_NUMBER,
        code=SAMPLE_CODE,
        token="",
        at=at,
        kind=kind,
        name=name,
        paragraphs=paragraphs,
    )


def offline_facts(*, number: str, name: str, programme: str, cohort: str) -> Mapping[str, str]:
    """What the code's signature vouches for, under the names a checker types."""
    return {"编号": number, "姓名": name, "专业": programme, "班级": cohort}


def template(kind: str = Letter.Kind.ADMISSION) -> str:
    """The edition of a document that is issued now, e.g. ``admission-1``."""
    if kind != Letter.Kind.ADMISSION:
        return achievements.TEMPLATES[Letter.Kind(kind)]
    from enrollment.letters.typesetting.admission import TEMPLATE

    return TEMPLATE


def year_of(at: datetime) -> int:
    """The year in the number of a letter issued at this moment."""
    return clock.local_date(at).year


def scan_url(code: str, token: str = "") -> str:
    """The address in the QR code, in capitals: those make a code of fewer, larger squares."""
    site = settings.SITE_URL
    # Host names are the same in capitals, paths are not.
    site = site if urlsplit(site).path else site.upper()
    return f"{site}/V/{code}" + (f"/{token}" if token else "")
