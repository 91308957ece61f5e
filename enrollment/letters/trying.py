"""Trying a letter's page with the names that are hardest on it; nothing is issued."""

from __future__ import annotations

from collections.abc import Sequence

from enrollment.letters import contents, queries
from enrollment.registry.models import Cohort, Programme, Student
from lms.base import clock


def samples(cohort: Cohort) -> dict[str, Student]:
    """``longest``, ``shortest`` and ``rarest`` of the cohort; somebody made up while it has nobody."""
    return queries.sample_names(cohort) or {"longest": _nobody(cohort)}


def picture(student: Student, *, name: str = "", paragraphs: Sequence[str] = ()) -> bytes:
    """The page as a PNG.

    Raises:
        MissingGlyph, TextTooLong, NoCeremony: it cannot be made, and why.
    """
    from enrollment.letters import press

    at = clock.now()
    facts = contents.sample(student, name=name, paragraphs=paragraphs, at=at)
    return press.typesetter().set_picture(contents.template(), facts, at=at)


def prove(cohort: Cohort, paragraphs: Sequence[str]) -> None:
    """Set the text with each of the hardest names.

    Raises:
        MissingGlyph, TextTooLong, NoCeremony: one of them cannot be made.
    """
    from enrollment.letters import press

    at = clock.now()
    for student in samples(cohort).values():
        facts = contents.sample(student, paragraphs=paragraphs, at=at)
        press.typesetter().set_pages(contents.template(), facts, at=at)


def _nobody(cohort: Cohort) -> Student:
    """Somebody to print for while a cohort has no students; never saved."""
    programme = Programme.objects.first() or Programme(title="专业")
    return Student(cohort=cohort, programme=programme, name="张三", student_no="")
