"""Handing a kit over, once per student, and taking that back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from enrollment.kits import contents, verdicts
from enrollment.kits.models import Handout
from enrollment.kits.verdicts import Verdict, Word
from enrollment.letters.models import Letter
from enrollment.registry.models import Cohort
from lms.accounts.models import User
from lms.base import audit

_TRIES = 5


@dataclass(frozen=True)
class Scan:
    """A letter held up to the desk.

    Args:
        uuid: made by the phone; the same scan sent twice is one.
        handed_at: when, by the phone's clock set right.
        offline: the phone decided alone and the kit is given already.
    """

    uuid: UUID
    handed_at: datetime
    how: str = Handout.How.SCANNED
    offline: bool = False


def hand_over(
    cohort: Cohort, letter: Letter | None, scan: Scan, *, by: User, at: datetime
) -> Verdict:
    """Give the student of this letter their kit, unless they had one.

    What a phone did without a network is noted even where it should not have been done: a kit
    that was given twice stands as a double, not as nothing.
    """
    if letter is None:
        return Verdict(Word.UNKNOWN)
    if sent_before := _standing_as(scan, letter):
        return sent_before
    wrong = verdicts.of_state(letter, cohort)
    if wrong == Word.OTHER:
        return Verdict(Word.OTHER, cohort=letter.student.cohort.name)
    if wrong and not scan.offline:
        return verdicts.about(letter, wrong)
    return _settle(letter, scan, by=by, at=at)


def _standing_as(scan: Scan, letter: Letter) -> Verdict | None:
    """The answer to a scan that was sent before, its answer lost."""
    known = Handout.objects.select_related("double_of__handed_by").filter(uuid=scan.uuid).first()
    if known is None:
        return None
    return _given(known, letter) if known.letter_id == letter.pk else Verdict(Word.UNKNOWN)


def _settle(letter: Letter, scan: Scan, *, by: User, at: datetime) -> Verdict:
    for _attempt in range(_TRIES):
        first = _first(letter)
        if first is not None and not scan.offline:
            return verdicts.about(letter, Word.ALREADY, before=first)
        try:
            # A savepoint: PostgreSQL ends the whole transaction on a broken constraint.
            with transaction.atomic():
                return _given(_note(letter, scan, first, by=by, at=at), letter)
        except IntegrityError:
            # A colleague was quicker, or this very scan came in twice at once.
            if sent_before := _standing_as(scan, letter):
                return sent_before
    raise RuntimeError(f"a hand-out could not be settled in {_TRIES} tries")


def _first(letter: Letter) -> Handout | None:
    standing = Handout.objects.filter(
        student=letter.student, undone_at__isnull=True, double_of__isnull=True
    )
    return standing.select_related("handed_by").first()


def _note(letter: Letter, scan: Scan, first: Handout | None, *, by: User, at: datetime) -> Handout:
    handout = Handout.objects.create(
        uuid=scan.uuid,
        student=letter.student,
        letter=letter,
        how=scan.how,
        offline=scan.offline,
        handed_at=scan.handed_at,
        handed_by=by,
        double_of=first,
    )
    act = "kit.handed_twice" if first else "kit.handed"
    data = {"student_no": letter.student.student_no, "how": scan.how, "offline": scan.offline}
    if letter.revoked_at is not None:
        data["letter_revoked"] = True
    audit.record(act, by=by, on=handout, at=at, data=data)
    return handout


def _given(handout: Handout, letter: Letter) -> Verdict:
    things = contents.for_student(letter.student, contents.things_of(letter.student.cohort))
    if handout.double_of is not None:
        return verdicts.about(letter, Word.ALREADY, before=handout.double_of, double=True)
    return verdicts.about(letter, Word.HANDED, things=things)


@transaction.atomic
def undo(handout: Handout | None, *, by: User, at: datetime) -> Verdict:
    """Take a hand-out back; a second time changes nothing.

    A double that was given besides moves up and is the student's kit from then on.
    """
    if handout is None:
        return Verdict(Word.UNKNOWN)
    standing = Handout.objects.filter(pk=handout.pk, undone_at__isnull=True)
    if standing.update(undone_at=at, undone_by=by):
        audit.record(
            "kit.undone", by=by, on=handout, at=at, data={"student_no": handout.student.student_no}
        )
        _move_up(handout)
    return verdicts.about(handout.letter, Word.UNDONE)


def _move_up(undone: Handout) -> None:
    doubles = Handout.objects.filter(double_of=undone, undone_at__isnull=True).order_by("pk")
    if successor := doubles.first():
        Handout.objects.filter(pk=successor.pk).update(double_of=None)
        doubles.exclude(pk=successor.pk).update(double_of=successor)
