"""A draft lesson as a student would see it, for its editor."""

from __future__ import annotations

from typing import cast
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from courses.catalogue import reading
from courses.catalogue.blocks import wanted_units
from courses.catalogue.models import Course, Lesson, Unit
from courses.catalogue.pages import CoursePage, LessonPage, ProgrammePage
from courses.learning import screens, texts
from courses.learning.queries import Sibling
from courses.quizzes.models import Quiz
from lms.accounts.models import User
from lms.base import clock
from media import api as media_api


def preview(request: HttpRequest, page: LessonPage) -> HttpResponse:
    """Render the draft's own blocks; nothing is written and nothing counts."""
    lesson, units = _lesson(page), _units(page)
    lesson.minutes = clock.whole_minutes(sum(unit.duration_s for unit in units))
    text = texts.of_page(page)
    user = cast(User, request.user)
    context = {
        "text": text,
        "lesson": lesson,
        "course": lesson.course,
        "student": None,
        "parts": screens.lesson_parts(text, units, user=user, at=clock.now(), counts=False),
        "place": screens.neighbours([Sibling(lesson.uuid, lesson.title)], lesson),
        "has_player": True,
        "tab": "courses",
    }
    return render(request, LessonPage.template, context)


def _lesson(page: LessonPage) -> Lesson:
    course_page = cast(CoursePage, page.get_parent().specific)
    programme = cast(ProgrammePage, course_page.get_parent().specific).programme
    course = Course(uuid=uuid4(), title=course_page.title, programme=programme)
    return Lesson(pk=0, uuid=uuid4(), title=page.title, course=course)


def _units(page: LessonPage) -> list[Unit]:
    units = []
    for want in wanted_units(page.body.raw_data):
        unit = Unit(block_id=want.block_id, kind=want.kind)
        if want.kind == Unit.Kind.VIDEO:
            unit.video = media_api.Video.objects.filter(pk=want.target or 0).first()
            unit.duration_s = round(unit.video.duration_s or 0) if unit.video else 0
        elif want.kind == Unit.Kind.QUIZ:
            unit.quiz = Quiz.objects.filter(pk=want.target or 0).first()
            unit.duration_s = reading.QUESTION_S * (unit.quiz.items.count() if unit.quiz else 0)
        else:
            unit.duration_s = page.minutes * 60 or reading.reading_s(want.characters)
        units.append(unit)
    return units
