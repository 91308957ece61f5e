"""One student as the tutor sees them before a call: weeks of study, lessons, questions, meetings."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from courses.learning import queries as study
from courses.learning import screens
from courses.learning.models import CourseProgress
from courses.notebook import cards as remarks
from courses.notebook import queries as notebook
from courses.tutoring import cards, queries
from courses.tutoring.tutor_views import tutor_of
from enrollment.api import Standing, Student, why_behind
from lms.accounts import policies
from lms.accounts.models import Role
from lms.base import clock

WEEKS = 12
QUESTIONS_SHOWN = 5


@policies.roles(Role.TUTOR)
@never_cache
@require_safe
def tutor_student(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Why to call, twelve weeks of study, how far each lesson is, what was asked, who came when."""
    tutor, now = tutor_of(request), clock.now()
    student = get_object_or_404(
        queries.callable_by(tutor, at=now).select_related("user", "programme", "cohort"),
        uuid=uuid,
    )
    today = clock.local_date(now)
    standing = Standing.objects.filter(student=student).first()
    # Who only came to one of the tutor's meetings is somebody else's to look after: no more is
    # shown than what a call about the meeting needs.
    own = queries.looks_after(tutor, student, at=now)
    asked = notebook.questions_of(student)[:QUESTIONS_SHOWN] if own else []
    context = {
        "student": student,
        "phone": student.user.phone.masked if student.user.phone else "",
        "standing": standing,
        "why": why_behind(standing, student.cohort, at=now) if standing and own else "",
        "own": own,
        "studied": study.heat(student, until=today, weeks=WEEKS) if own else {},
        "today": today,
        "weeks": WEEKS,
        "courses": [_course(student, rolled) for rolled in study.own_courses(student)]
        if own
        else [],
        "questions": [remarks.question(one) for one in asked],
        "meetings": [cards.for_student(mine, at=now) for mine in queries.past_for(student, at=now)],
    }
    return render(request, "courses/tutoring/tutor_student.html", context)


def _course(student: Student, rolled: CourseProgress) -> dict[str, Any]:
    lessons = study.lessons_of(student, rolled.course)
    return {
        "title": rolled.course.title,
        "done": rolled.units_done,
        "total": rolled.units_required,
        "note": screens.course_note(rolled),
        "lessons": [
            {
                "title": _("第 %(n)d 讲 %(title)s") % {"n": lesson.number, "title": lesson.title},
                "done": lesson.done_s,
                "total": max(1, lesson.total_s),
            }
            for lesson in lessons
        ],
    }
