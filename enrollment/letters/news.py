"""What the letters room does when it hears news of the registry."""

from __future__ import annotations

from contextlib import suppress

from enrollment.applications import notices
from enrollment.letters import batches, contents, issuing
from enrollment.registry.events import StudentMatriculated
from lms.base.errors import Refused


def on_matriculated(news: StudentMatriculated) -> None:
    """A new student gets a letter; who has one, or had one withdrawn, does not.

    Without a ceremony nobody is refused anything here: the letter follows once it is set, by
    the registrar's hand or by ``letters.catch_up``, which also makes good what is lost here. Nor
    is anybody kept off the roll by a name that cannot be set: the letters' desk names them.
    """
    student = batches.without_letter().filter(pk=news.student_id).first()
    if student is not None and contents.has_ceremony(student.cohort):
        with suppress(Refused):
            issuing.issue(student, by=None, at=news.at, tell=not notices.are_quiet())
