"""Who may study what: courses open at matriculation, and for everybody when they are published."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import BigIntegerField, DateTimeField, Exists, OuterRef, QuerySet

from courses.catalogue.models import Course, Unit
from courses.learning import rollup, standing
from courses.learning.models import CourseProgress, Learner
from enrollment.api import Student, StudentMatriculated
from lms.accounts.models import User
from lms.base.prepared import Given, Prepared, PreparedUpdate

_TOUCH = PreparedUpdate(
    lambda: Learner.objects.filter(student_id=Given("student", BigIntegerField())),
    touched_at=Given("at", DateTimeField()),
)
# Without the number of the identity card: no screen of study shows it.
_ON_THE_ROLL = Prepared(
    lambda: (
        Student.objects.select_related("cohort", "programme", "learner")
        .defer("id_number", "id_lookup")
        .filter(user_id=Given("user", BigIntegerField()))
        .exclude(status=Student.Status.WITHDRAWN)
    )
)


def on_matriculated(event: StudentMatriculated) -> None:
    """Somebody is on the roll: open the courses of the programme."""
    student = Student.objects.select_related("cohort", "programme").get(pk=event.student_id)
    open_access(student, at=event.at)


@transaction.atomic
def open_access(student: Student, *, at: datetime) -> int:
    """Open every live course of the student's programme; returns how many were not open yet."""
    hold(student, at=at)
    opened = 0
    for course in live_courses(student).exclude(progress__student=student):
        rollup.roll_up(student, course, at=at)
        opened += 1
    standing.report(student, at=at)
    return opened


def hold(student: Student, *, at: datetime) -> None:
    """Begin an act on a student's progress: from here to the end of the transaction it is alone."""
    if not _TOUCH(student=student.pk, at=at):
        Learner.objects.get_or_create(student=student, defaults={"touched_at": at})


def live_courses(student: Student) -> QuerySet[Course]:
    return Course.objects.filter(programme_id=student.programme_id, retired_at=None)


def recount(course: Course, *, at: datetime) -> int:
    """A course was published, changed or withdrawn: count everybody's roll-up anew.

    One transaction per student, so that nobody waits for a whole class.
    """
    students = Student.objects.filter(programme=course.programme)
    known = CourseProgress.objects.filter(student=OuterRef("pk"), course=course)
    if course.retired_at is not None:
        students = students.filter(Exists(known))
    students = students.exclude(status=Student.Status.WITHDRAWN)
    for student in students.select_related("cohort").iterator():
        with transaction.atomic():
            hold(student, at=at)
            rollup.roll_up(student, course, at=at)
            standing.report(student, at=at)
    return students.count()


def open_missing(*, at: datetime) -> int:
    """Open the courses of students whose matriculation was not heard; returns how many."""
    missed = Student.objects.filter(learner=None).exclude(status=Student.Status.WITHDRAWN)
    students = list(missed.select_related("cohort", "programme"))
    for student in students:
        open_access(student, at=at)
    return len(students)


def reader(user: object) -> Student | None:
    """The student record of a signed-in user with what the learning screens need, in one query."""
    if not isinstance(user, User):
        return None
    student: Student | None = _ON_THE_ROLL.first(user=user.pk)
    if student is not None:
        student.user = user
    return student


def may_still_watch(user: User, video_pk: int) -> bool:
    """Whether an address given to this person is still good: that of a student ends with the roll.

    People who do not study were given theirs to prepare lessons.
    """
    found = Student.objects.filter(user=user).values_list("status", "programme_id").first()
    if found is None or user.has_perm("media.view_video"):
        return True
    status, programme = found
    taught = Unit.objects.filter(video=video_pk, lesson__course__programme=programme)
    return status != Student.Status.WITHDRAWN and taught.exists()


def goal_days(student: Student) -> int:
    """Study days a week that the student wants."""
    learner = getattr(student, "learner", None)
    return learner.goal_days if learner else Learner._meta.get_field("goal_days").get_default()
