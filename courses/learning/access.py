"""Who may study what: courses open at matriculation, and for everybody when they are published."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField, DateTimeField, Exists, OuterRef, QuerySet

from courses.catalogue.models import Course, Unit
from courses.learning import rollup, standing
from courses.learning.models import CourseProgress, Learner
from enrollment.api import ProgrammeChanged, RecognitionChanged, Student, StudentMatriculated
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


def _taught(**where: Any) -> Exists:
    return Exists(Unit.objects.filter(video_id=Given("video", BigIntegerField()), **where))


_WATCHING = Prepared(
    lambda: (
        Student.objects.filter(user_id=Given("user", BigIntegerField()))
        .annotate(
            open_to_all=_taught(lesson__course__is_open=True),
            of_programme=_taught(lesson__course__programme=OuterRef("programme_id")),
        )
        .values_list("status", "open_to_all", "of_programme", named=True)
    )
)


def on_matriculated(event: StudentMatriculated) -> None:
    """Somebody is on the roll: open the courses of the programme."""
    student = Student.objects.select_related("cohort", "programme").get(pk=event.student_id)
    open_access(student, at=event.at)


def on_programme_changed(event: ProgrammeChanged) -> None:
    """Somebody studies another programme: open its courses, and count anew what is asked for."""
    student = Student.objects.select_related("cohort", "programme").get(pk=event.student_id)
    open_access(student, at=event.at)


@transaction.atomic
def on_recognition_changed(event: RecognitionChanged) -> None:
    """A course counts by what was learnt elsewhere, or no longer: count anew what is asked for."""
    student = Student.objects.select_related("cohort", "programme").get(pk=event.student_id)
    hold(student, at=event.at)
    standing.report(student, at=event.at)


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
    """What the degree asks for; open courses are nobody's duty."""
    return Course.objects.filter(programme_id=student.programme_id, retired_at=None, is_open=False)


def recount(course: Course, *, at: datetime) -> int:
    """A course was published, changed or withdrawn: count everybody's roll-up anew.

    One transaction per student, so that nobody waits for a whole class.
    """
    students = Student.objects.filter(programme=course.programme)
    known = CourseProgress.objects.filter(student=OuterRef("pk"), course=course)
    if course.retired_at is not None or course.is_open:
        students = students.filter(Exists(known))
    students = students.exclude(status=Student.Status.WITHDRAWN)
    counted = 0
    for student in students.select_related("cohort").iterator():
        with transaction.atomic():
            hold(student, at=at)
            if course.is_open:
                # Opened to everybody: from now on it is nobody's duty. Nobody had begun (``CoursePage.clean``).
                CourseProgress.objects.filter(
                    student=student, course=course, completed_at=None
                ).delete()
            else:
                rollup.roll_up(student, course, at=at)
            standing.report(student, at=at)
            counted += 1
    return counted


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

    People who do not study were given theirs to prepare lessons. Asked for every piece of a film.
    """
    found = _WATCHING.first(user=user.pk, video=video_pk)
    if found is None or found.open_to_all:
        return True
    if found.of_programme and found.status != Student.Status.WITHDRAWN:
        return True
    return user.has_perm("media.view_video")


def goal_days(student: Student) -> int:
    """Study days a week that the student wants."""
    learner = getattr(student, "learner", None)
    return learner.goal_days if learner else Learner._meta.get_field("goal_days").get_default()
