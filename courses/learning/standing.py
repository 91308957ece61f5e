"""What the learning room tells the registry about a student."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Q, Sum

from courses.learning.models import CourseProgress, Learner
from courses.tutoring.models import Attendance
from courses.tutoring.record_models import MakeUp
from enrollment.api import (
    LearningFacts,
    Standing,
    Student,
    recognised_courses,
    report_learning,
)


def facts_of(student: Student) -> LearningFacts:
    """Counted from the roll-ups: live courses of the programme, and any that were completed in time.

    A student who changed programmes does not owe what was begun in the old one. A recognised course
    is done without its lessons: they are asked of nobody, so that silence about them is not being behind.
    """
    completed = Q(completed_at__isnull=False)
    waived = Q(completed_at=None, course__uuid__in=recognised_courses(student))
    asked = Q(course__retired_at=None, course__programme=student.programme_id)
    counted = CourseProgress.objects.filter(
        asked | completed,
        student=student,
        course__is_open=False,
    ).aggregate(
        done=Sum("units_done", filter=~waived, default=0),
        required=Sum("units_required", filter=~waived, default=0),
        left=Sum("seconds_left", filter=~waived, default=0),
        courses=Count("pk"),
        completed=Count("pk", filter=completed | waived),
    )
    learner = Learner.objects.filter(student=student).first()
    return LearningFacts(
        units_done=counted["done"],
        units_required=counted["required"],
        courses_done=counted["completed"],
        courses_required=counted["courses"],
        meetings_attended=Attendance.objects.filter(student=student).count()
        + _made_up_by_recording(student),
        seconds_left=counted["left"],
        last_study_at=learner.last_study_at if learner else None,
    )


def _made_up_by_recording(student: Student) -> int:
    """A repeat counts by its own sign-in, and a later tick by itself."""
    there = Attendance.objects.filter(student=student).values("meeting")
    made = MakeUp.objects.filter(
        student=student, state=MakeUp.State.APPROVED, way=MakeUp.Way.RECORDING
    )
    return made.exclude(meeting__in=there).count()


def report(student: Student, *, at: datetime) -> Standing:
    """Push the facts down, in the transaction of whatever changed them."""
    return report_learning(student, facts_of(student), at=at)
