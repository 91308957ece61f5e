"""Issuing, replacing and withdrawing letters. The row is the letter; the PDF is set from it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from enrollment.letters import contents, numbering, trial
from enrollment.letters.models import Letter
from enrollment.letters.reasons import Reason
from enrollment.registry.models import Student
from lms.accounts.models import User
from lms.base import audit, ids
from lms.base.errors import Refused
from lms.base.jobs import api as jobs

PRINT = "letters.print"
CODE_LENGTH = 20  # 100 bits: nobody finds one by trying
_TRIES = 200
_ADMISSION = Letter.Kind.ADMISSION


class AlreadyRevoked(Refused):
    """A colleague withdrew the letter while the page was open."""

    sentence = _("这份文件刚刚已经作废，请刷新页面再看。")


class CannotBeSet(Refused):
    """Found before a number is given: a box in a name is worse than a wait."""

    sentence = _("%(who)s的%(what)s做不了：%(why)s")


class NothingPrinted(Refused):
    """Only a print job that failed can be started again."""

    sentence = _("这份文件不需要重做，请刷新页面再看。")


def in_force(student: Student, kind: str = _ADMISSION) -> Letter | None:
    """The student's letter that counts now."""
    return Letter.objects.filter(student=student, kind=kind, revoked_at__isnull=True).first()


def print_key(letter: Letter) -> str:
    """The key of the job that prints this letter."""
    return f"{PRINT}:{letter.uuid}"


def issue(
    student: Student,
    *,
    by: User | None,
    at: datetime,
    tell: bool = True,
    kind: str = _ADMISSION,
) -> Letter:
    """Give the student a letter; whoever has one gets the same again.

    Args:
        tell: send a text message when the letter is ready; not for history brought in later.

    Raises:
        NoCeremony: the cohort has no time or place to report to.
        CannotBeSet: a character that no font has, or too much text; no number is given.
    """
    if in_force(student, kind) is None and (why := trial.obstacle(student, at=at, kind=kind)):
        who, what = f"{student.student_no} {student.name}", Letter.Kind(kind).label
        raise CannotBeSet(who=who, what=what, why=why)
    _load_keys()
    with transaction.atomic():
        letter, created = _freeze(student, kind, by=by, at=at)
        if created:
            audit.record("letter.issued", by=by, on=letter, at=at, data={"number": letter.number})
            _print(letter, by=by, tell=tell)
    return letter


def reissue(
    letter: Letter,
    reason: Reason,
    *,
    by: User | None,
    at: datetime,
    note: str = "",
    tell: bool = True,
) -> Letter:
    """Withdraw a letter and give a corrected one; the old number answers with the new one.

    All facts are taken from the registry as they are now. A name is not corrected here: that
    is an act on the roll, with a paper.

    Args:
        note: the registrar's own words, kept in the audit row.

    Raises:
        AlreadyRevoked: a colleague was quicker.
        NoCeremony: the cohort has no time or place to report to.
        MissingGlyph, TextTooLong: the new letter could not be set, so the old one stays.
    """
    student = letter.student
    _proof(student, letter.kind, at=at)
    _load_keys()
    with transaction.atomic():
        _withdraw(letter, reason, at=at)
        replacement, _created = _freeze(student, letter.kind, by=by, at=at)
        Letter.objects.filter(pk=letter.pk).update(replaced_by=replacement)
        letter.replaced_by = replacement
        audit.record(
            "letter.reissued",
            by=by,
            on=letter,
            at=at,
            data={"reason": reason, "note": note, "replacement": replacement.number},
        )
        audit.record(
            "letter.issued", by=by, on=replacement, at=at, data={"number": replacement.number}
        )
        _print(replacement, by=by, tell=tell)
    return replacement


def why_anew(letter: Letter) -> Reason:
    """What the public is told of why a letter was replaced: by its name, or by something else."""
    return Reason.NAME if letter.student.name != letter.facts["name"] else Reason.CONTENT


@transaction.atomic
def revoke(
    letter: Letter, reason: Reason, *, by: User | None, at: datetime, note: str = ""
) -> None:
    """Withdraw a letter without giving another one.

    Raises:
        AlreadyRevoked: a colleague was quicker.
    """
    _withdraw(letter, reason, at=at)
    audit.record("letter.revoked", by=by, on=letter, at=at, data={"reason": reason, "note": note})


@transaction.atomic
def print_again(letter: Letter, *, by: User, at: datetime) -> None:
    """Start a failed print job afresh, after what was missing has come.

    Raises:
        NothingPrinted: the job has not failed.
    """
    job = jobs.Job.objects.filter(key=print_key(letter)).first()
    if job is None or not jobs.retry(job):
        raise NothingPrinted(letter)
    audit.record("letter.print_retried", by=by, on=letter, at=at)


@transaction.atomic
def mark_seen(letter: Letter, *, at: datetime) -> None:
    """Note that the student opened the letter; only the first time counts."""
    Letter.objects.filter(pk=letter.pk, seen_at__isnull=True).update(seen_at=at)


def _withdraw(letter: Letter, reason: Reason, *, at: datetime) -> None:
    standing = Letter.objects.filter(pk=letter.pk, revoked_at__isnull=True)
    if not standing.update(revoked_at=at, revoked_reason=reason):
        raise AlreadyRevoked(letter)
    letter.revoked_at, letter.revoked_reason = at, reason


def _freeze(student: Student, kind: str, *, by: User | None, at: datetime) -> tuple[Letter, bool]:
    """The row with everything that will be printed, or the one that is there already."""
    for _attempt in range(_TRIES):
        if letter := in_force(student, kind):
            return letter, False
        fields = _fields(student, kind, at=at)
        try:
            # A savepoint: PostgreSQL ends the whole transaction on a broken constraint.
            with transaction.atomic():
                return Letter.objects.create(student=student, issued_by=by, **fields), True
        except IntegrityError:
            # Somebody took the number, or gave this student a letter, a moment ago.
            continue
    raise RuntimeError(f"no number for a letter after {_TRIES} tries")


def _fields(student: Student, kind: str, *, at: datetime) -> dict[str, Any]:
    from enrollment.letters import press

    cohort = student.cohort
    year = contents.year_of(at)
    ordinal = numbering.next_ordinal(kind, year)
    number = numbering.written(numbering.mark_of(cohort.city.name, kind), year, ordinal)
    code = ids.readable_code(CODE_LENGTH)
    vouched = contents.offline_facts(
        number=number, name=student.name, programme=student.programme.title, cohort=cohort.name
    )
    token = press.code_signer().sign_code(code, vouched)
    return {
        "kind": kind,
        "year": year,
        "ordinal": ordinal,
        "number": number,
        "code": code,
        "facts": contents.compose(student, number=number, code=code, token=token, at=at, kind=kind),
        "template_version": contents.template(kind),
        "issued_at": at,
    }


def _print(letter: Letter, *, by: User | None, tell: bool) -> None:
    jobs.enqueue(
        PRINT, key=print_key(letter), payload={"letter": str(letter.uuid), "tell": tell}, by=by
    )


def _proof(student: Student, kind: str, *, at: datetime) -> None:
    """Set the letter once for nothing: a glyph that is missing must stop us before the old one goes."""
    from enrollment.letters import press

    facts = contents.sample(student, kind=kind, at=at)
    press.typesetter().set_pages(contents.template(kind), facts, at=at)


def _load_keys() -> None:
    """Read the keys before the transaction begins: on SQLite it keeps everybody else from writing."""
    from enrollment.letters import press

    press.code_signer()
