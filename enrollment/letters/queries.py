"""What screens ask of the letters; each the same few queries for 5 and for 500 students."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Prefetch, Q, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from enrollment.letters import issuing
from enrollment.letters.models import Letter
from enrollment.registry.models import Cohort, Student
from lms.accounts import policies
from lms.accounts.models import Role, User
from lms.base.jobs.api import Job, JobState


class Stage(TextChoices):
    """How far a student's letter is, in the order in which it needs attention."""

    FAILED = "failed", _("做不出来")
    MISSING = "missing", _("未签发")
    QUEUED = "queued", _("排队中")
    PRINTING = "printing", _("制作中")
    READY = "ready", _("已签发")
    SEEN = "seen", _("学员已看")
    REVOKED = "revoked", _("已作废")


UNDER_WAY = (Stage.QUEUED, Stage.PRINTING)
PRINTED = (Stage.READY, Stage.SEEN)


@dataclass(frozen=True)
class Line:
    """A student in the registrar's list; ``reason`` says why a letter could not be made."""

    student: Student
    letter: Letter | None
    stage: Stage
    reason: str = ""


def cohorts_of(user: User) -> QuerySet[Cohort]:
    """The cohorts whose letters this registrar issues."""
    reach = policies.units_of(user, Role.REGISTRAR)
    return Cohort.objects.filter(city__in=reach).order_by("-starts_on", "pk")


def readable_by(user: User) -> QuerySet[Letter]:
    """A registrar's letters, and a student's own one that stands."""
    wanted = Letter.objects.select_related("student__user", "student__cohort__city")
    if user.has_role(Role.REGISTRAR):
        return wanted.filter(student__cohort__in=cohorts_of(user))
    return wanted.filter(student__user=user, revoked_at__isnull=True)


def job_of(letter: Letter) -> Job | None:
    """The job that prints the letter."""
    return Job.objects.filter(key=issuing.print_key(letter)).first()


def register(cohort: Cohort) -> list[Line]:
    """Everybody of the cohort with their newest letter: those that need a hand first."""
    admissions = Letter.objects.filter(kind=Letter.Kind.ADMISSION)
    students = (
        Student.objects.filter(cohort=cohort)
        .exclude(~Q(pk__in=admissions.values("student")), status=Student.Status.WITHDRAWN)
        .select_related("programme")
        .prefetch_related(Prefetch("letters", admissions.order_by("pk")))
        .order_by("student_no")
    )
    newest = [(student, next(reversed(student.letters.all()), None)) for student in students]
    keys = [issuing.print_key(letter) for _student, letter in newest if letter and not letter.pdf]
    jobs = {job.key: job for job in Job.objects.filter(key__in=keys)} if keys else {}
    lines = [_line(student, letter, jobs) for student, letter in newest]
    order = list(Stage)
    return sorted(lines, key=lambda line: order.index(line.stage))


def _line(student: Student, letter: Letter | None, jobs: dict[str, Job]) -> Line:
    job = jobs.get(issuing.print_key(letter)) if letter else None
    stage = stage_of(letter, job)
    reason = job.error_text if job and stage == Stage.FAILED else ""
    return Line(student, letter, stage, reason)


def stage_of(letter: Letter | None, job: Job | None) -> Stage:
    """How far a letter is, from its row and the job that prints it."""
    if letter is None:
        return Stage.MISSING
    if letter.revoked_at:
        return Stage.REVOKED
    if letter.pdf:
        return Stage.SEEN if letter.seen_at else Stage.READY
    if job is not None and job.state in (JobState.FAILED, JobState.CANCELLED):
        return Stage.FAILED
    if job is not None and job.state == JobState.RUNNING:
        return Stage.PRINTING
    return Stage.QUEUED


def counts(lines: list[Line]) -> Counter[Stage]:
    """How many letters are at each stage."""
    return Counter(line.stage for line in lines)


def sample_names(cohort: Cohort) -> dict[str, Student]:
    """Whose names try the page hardest: ``longest``, ``shortest``, ``rarest``; empty without students."""
    students = list(
        Student.objects.filter(cohort=cohort).select_related("cohort__city", "programme")
    )
    if not students:
        return {}
    return {
        "longest": max(students, key=lambda student: len(student.name)),
        "shortest": min(students, key=lambda student: len(student.name)),
        "rarest": max(students, key=lambda student: rarity(student.name)),
    }


def rarity(name: str) -> tuple[int, int]:
    """How likely a name is to lack a glyph: its signs beyond the common block, then the highest one.

    ``龘`` (in the common block) is less than ``䶮`` (extension A), that less than ``𬱖`` (beyond
    the first plane).
    """
    rare = [sign for sign in name if _block(sign)]
    return (max((_block(sign) for sign in name), default=0), len(rare))


def _block(sign: str) -> int:
    point = ord(sign)
    if point > 0xFFFF:
        return 2
    return 1 if 0x3400 <= point < 0x4E00 else 0
