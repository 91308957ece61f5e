"""Screens of a student: today, courses, one lesson, own record."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from courses.academy import queries as academy_queries
from courses.catalogue.models import Lesson, Unit
from courses.catalogue.pages import LessonPage
from courses.learning import access, downloads, goals, offline, progress, queries, screens, texts
from courses.tutoring import queries as meetings
from courses.tutoring import recordings
from enrollment.api import Programme, Student
from lms.accounts import policies
from lms.accounts.models import Role, User
from lms.base import clock
from lms.base.errors import NotAllowed

HEAT_WEEKS = 12
STAFF_READERS = (Role.TUTOR, Role.COURSE_EDITOR)


class NoLongerStudent(NotAllowed):
    sentence = gettext_lazy("你现在不在学员名单里，看不到课程。有疑问请打求助电话。")


class OtherProgramme(NotAllowed):
    sentence = gettext_lazy(
        "这是“%(theirs)s”专业的课，只给这个专业的学员看。你的课程在“课程”页里。"
    )


class ForStudentsOnly(NotAllowed):
    sentence = gettext_lazy("课程内容只给专班学员看。想来学，可以在首页报名。")


def student_here(request: HttpRequest) -> Student:
    """The student who is looking.

    Raises:
        NoLongerStudent: the role is there, the place on the roll is not.
    """
    student = access.reader(request.user)
    if student is None:
        raise NoLongerStudent(request.path)
    return student


def check_programme(student: Student, programme: Programme) -> None:
    """Whether the student studies this.

    Raises:
        OtherProgramme: with the name of the programme.
    """
    if student.programme_id != programme.pk:
        raise OtherProgramme(programme, theirs=programme.title)


@policies.roles(Role.STUDENT)
@require_safe
@offline.may_keep
def today(request: HttpRequest) -> HttpResponse:
    """One button to go on, the week, the next meeting."""
    student, now = student_here(request), clock.now()
    courses = queries.own_courses(student)
    context = {
        "student": student,
        "resume": screens.resume(student, courses),
        "totals": screens.totals(courses),
        "week": screens.week(student, at=now),
        "meeting": screens.meeting_card(meetings.next_booked(student, at=now)),
    }
    return render(request, "courses/today.html", context)


@policies.roles(Role.STUDENT)
@require_safe
@offline.may_keep
def course_list(request: HttpRequest) -> HttpResponse:
    """Every course of the programme with what is done."""
    student = student_here(request)
    courses = queries.own_courses(student)
    context = {
        "student": student,
        "cards": screens.course_cards(student, courses),
        "has_open": academy_queries.any_open(),
        "totals": screens.totals(courses),
    }
    return render(request, "courses/course_list.html", context)


@policies.roles(Role.STUDENT)
@require_safe
@offline.may_keep
def course(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One course as a path of lessons."""
    student = student_here(request)
    rolled = _own_course(student, uuid)
    lessons = queries.lessons_of(student, rolled.course)
    context = {
        "rolled": rolled,
        "course": rolled.course,
        "rows": screens.lesson_rows(lessons, is_waived=rolled.is_waived),
        "note": screens.course_note(rolled),
    }
    return render(request, "courses/course.html", context)


@policies.roles(Role.STUDENT)
@require_safe
@offline.may_keep
def why(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Why is my progress what it is: what counted, what did not, what is left."""
    student = student_here(request)
    rolled = _own_course(student, uuid)
    lessons = queries.lessons_of(student, rolled.course)
    explained = screens.explain(
        lessons,
        queries.spans_of(student, rolled.course),
        queries.not_counted(student, rolled.course),
    )
    context = {
        "rolled": rolled,
        "course": rolled.course,
        "lessons": explained,
        "note": screens.course_note(rolled),
    }
    return render(request, "courses/why.html", context)


def _own_course(student: Student, uuid: UUID) -> Any:
    rolled = queries.own_course(student, uuid)
    if rolled is None:
        raise Http404
    return rolled


@policies.signed_in
@require_safe
@offline.may_keep
def lesson(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Video, text, quiz; for students of the programme, tutors and editors, or for everybody."""
    found = queries.live_lesson(uuid)
    if found is None:
        missed = recordings.meeting_of_lesson(uuid)
        if missed is None:
            raise Http404
        return redirect("courses:make_up", missed.uuid)
    if found.course.is_open:
        # Imported here: the academy stands on this room.
        from courses.academy import views as academy

        return academy.lesson(request, found)
    student = _reader_of(request, found)
    text = texts.of_lesson(found)
    if text is None:
        raise Http404
    units = queries.units_of(found, student)
    user = cast(User, request.user)
    parts = screens.lesson_parts(text, units, user=user, at=clock.now(), counts=student is not None)
    context = {
        "text": text,
        "lesson": found,
        "course": found.course,
        "student": student,
        "parts": parts,
        "place": screens.neighbours(queries.siblings(found.course), found),
        "tab": "courses",
        "has_player": any(part["kind"] == "video" for part in parts),
        "along": downloads.row_of(found, units) if student else None,
    }
    return render(request, LessonPage.template, context)


@policies.signed_in
@require_safe
def film(request: HttpRequest, uuid: UUID, unit: UUID) -> HttpResponse:
    """The player alone, asked for again while a video is still being encoded."""
    found = queries.live_lesson(uuid)
    if found is None:
        raise Http404
    user, is_open = cast(User, request.user), found.course.is_open
    student = None if is_open else _reader_of(request, found)
    wanted = next((one for one in queries.units_of(found, student) if one.uuid == unit), None)
    if wanted is None or wanted.kind != Unit.Kind.VIDEO:
        raise Http404
    if is_open:
        academy_queries.with_progress([wanted], user)
    shown = screens.film(wanted, user=user, at=clock.now(), counts=is_open or student is not None)
    context = {"film": shown, "course": found.course.title}
    answer = render(request, "components/player.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def _reader_of(request: HttpRequest, found: Lesson) -> Student | None:
    """The student who reads; None for staff, who read everything and leave no trace.

    Raises:
        NotAllowed: neither of the two.
    """
    user = cast(User, request.user)
    if not user.has_role(Role.STUDENT, *STAFF_READERS):
        raise NotAllowed(request.path)
    if user.has_role(Role.STUDENT):
        student = access.reader(user)
        if student and student.programme_id == found.course.programme_id:
            return student
        if not user.has_role(*STAFF_READERS):
            check_programme(student_here(request), found.course.programme)
    return None


@policies.roles(Role.STUDENT)
@require_POST
def finish_reading(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The button below the text."""
    student = student_here(request)
    texts = Unit.objects.select_related("lesson__course__programme").filter(kind=Unit.Kind.TEXT)
    unit = get_object_or_404(texts, uuid=uuid, lesson__course__is_open=False)
    check_programme(student, unit.lesson.course.programme)
    progress.finish_text(student, unit, at=clock.now())
    return redirect(reverse("courses:lesson", args=[unit.lesson.uuid]) + "#read")


@policies.roles(Role.STUDENT)
@require_safe
@offline.may_keep
def me(request: HttpRequest) -> HttpResponse:
    """Own record: twelve weeks, credits, milestones. Nobody else's."""
    student, now = student_here(request), clock.now()
    courses = queries.own_courses(student)
    ledger = [screens.milestone(row) for row in queries.milestones(student)]
    today_ = clock.local_date(now)
    context = {
        "student": student,
        "courses": courses,
        "totals": screens.totals(courses),
        "studied": queries.heat(student, until=today_, weeks=HEAT_WEEKS),
        "today": today_,
        "weeks": HEAT_WEEKS,
        "milestones": ledger,
        "meetings": sum(row["is_meeting"] for row in ledger),
        "goal": access.goal_days(student),
        "goals": range(1, 8),
    }
    return render(request, "courses/me.html", context)


@policies.roles(Role.STUDENT)
@require_POST
def set_goal(request: HttpRequest) -> HttpResponse:
    """How many days a week the student wants to study."""
    student = student_here(request)
    form = goals.GoalForm(request.POST)
    if form.is_valid():
        goals.set_goal(student, form.cleaned_data["days"], by=student.user, at=clock.now())
        messages.success(request, _("每周目标改好了。"))
    else:
        messages.error(request, _("每周目标请在 1 到 7 天里选。"))
    return redirect("courses:me")
