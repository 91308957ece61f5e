"""The notebook's part of what a person may take along."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from courses.learning import words
from courses.notebook import queries
from courses.notebook.models import Note, TutorQuestion
from enrollment.api import OwnDataSection, Student, own_data_moment
from lms.accounts.models import User


def sections_of(user: User) -> Iterator[OwnDataSection]:
    """Notes, and questions with their answers, each with its place in the course."""
    # Also of one who left: the words are still theirs.
    student = Student.objects.filter(user=user).first()
    if student is None:
        return
    notes = [(_place(note), note.text.plain()) for note in queries.notes_of(student)]
    yield OwnDataSection(_("学习笔记"), notes)
    rows: list[tuple[str, str]] = []
    for question in queries.questions_of(student):
        rows.append((_place(question), question.text.plain()))
        for reply in question.replies.all():
            who = _("%(name)s 回答于 %(when)s") % {
                "name": reply.tutor.name,
                "when": own_data_moment(reply.at),
            }
            rows.append((who, reply.text.plain()))
    yield OwnDataSection(_("问老师的问题"), rows)


def _place(row: Note | TutorQuestion) -> str:
    lesson = row.unit.lesson
    second = "" if row.at_s is None else f" {words.moment(row.at_s)}"
    return f"{lesson.course.title} · {lesson.title}{second}"
