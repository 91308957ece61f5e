"""A class that is taught one course, and what it takes to graduate from it."""

from __future__ import annotations

from datetime import timedelta

from courses.learning import access
from courses.learning.models import CourseProgress
from enrollment.completion.ledger import record_milestone
from enrollment.fees import ledger
from enrollment.records import curriculum, marks
from enrollment.registry.models import Student
from lms.accounts.models import User
from tests import factories, people

AT = people.AT + timedelta(days=60)


def on_the_roll(units: people.Units, name: str = "阿怡", phone: str = "+8613700000002") -> Student:
    """A student whose courses are open, as after the news of the matriculation."""
    student = factories.make_student(units, name, phone)
    access.open_access(student, at=people.AT)
    return student


def learnt(student: Student) -> None:
    """Every lesson of the plan is done."""
    for course in CourseProgress.objects.filter(student=student):
        CourseProgress.objects.filter(pk=course.pk).update(
            units_done=course.units_required, completed_at=AT, rule_version="v1"
        )
        record_milestone(student, key=f"course.completed:{course.course.uuid}", at=AT, evidence={})


def marked(student: Student, mark: int, by: User) -> None:
    for course in curriculum.plan_of(student.programme_id):
        marks.write(course, {student: mark}, source="exam", by=by, at=AT)


def complete(student: Student, by: User, mark: int = 86) -> None:
    """Nothing is missing any more."""
    learnt(student)
    marked(student, mark, by)
    ledger.record_payment(student, ledger.balance_fen(student), note="", by=by, at=AT)
