"""What the desk learns of a letter that is held up to it, as phones know it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from enrollment.kits.models import Handout
from enrollment.letters.models import Letter
from enrollment.registry.models import Cohort, Student
from lms.base import clock, private


class Word(StrEnum):
    """The answer in one word: green for the first, yellow for the second, red for the others."""

    HANDED = "handed"
    ALREADY = "already"
    REVOKED = "revoked"
    OTHER = "other"
    LEFT = "left"
    UNKNOWN = "unknown"
    # Answers to taking a hand-out back:
    UNDONE = "undone"


@dataclass(frozen=True)
class Verdict:
    """One answer; only fields that the word needs are filled.

    Args:
        name: in full, for the registrar who hands over; the list kept on a phone has it masked.
        things: what to hand over.
        at, by: when and by whom a kit was given before.
        cohort: whose letter it is, if not this cohort's.
        replaced: a revoked letter has a successor, which is the one to show.
        double: the kit was given twice, by phones that could not know of each other.
    """

    word: Word
    letter: str = ""
    name: str = ""
    student_no: str = ""
    programme: str = ""
    things: Sequence[str] = field(default_factory=list)
    at: str = ""
    by: str = ""
    cohort: str = ""
    replaced: bool = False
    double: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def about(letter: Letter, word: Word, *, things: Sequence[str] = (), double: bool = False,
          before: Handout | None = None) -> Verdict:  # fmt: skip
    """A verdict that says whose letter it is; ``before`` is the hand-out that came first."""
    student = letter.student
    return Verdict(
        word,
        letter=str(letter.uuid),
        name=student.name,
        student_no=student.student_no,
        programme=student.programme.title,
        things=list(things),
        at=clock.local(before.handed_at).isoformat() if before else "",
        by=before.handed_by.name if before else "",
        replaced=letter.replaced_by_id is not None,
        double=double,
    )


def of_state(letter: Letter, cohort: Cohort) -> Word | None:
    """Why the letter gets nobody a kit of this cohort, or None."""
    if letter.student.cohort_id != cohort.pk:
        return Word.OTHER
    if letter.revoked_at is not None:
        return Word.REVOKED
    if letter.student.status != Student.Status.ENROLLED:
        return Word.LEFT
    return None


def masked(name: str) -> str:
    """A name as the phone keeps it."""
    return private.mask_name(name)
