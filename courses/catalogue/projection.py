"""Pages become rows: at publish, in the same transaction, so that the two never differ.

Identity: a course or lesson is its page, a unit is its block id within the lesson. Moving and
renaming keep them; a copy is something new; what vanishes is retired and revived when it comes
back. Rows are never deleted, because progress points at them.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import cast

from django.db import transaction
from django.db.models import Q
from wagtail.models import Page

from courses.catalogue import blocks, reading
from courses.catalogue.models import Course, Lesson, Unit
from courses.catalogue.pages import CoursePage, LessonPage, ProgrammePage
from courses.finding import indexing
from courses.quizzes.models import Quiz
from enrollment.api import Programme
from lms.base import clock
from lms.base.jobs import api as jobs
from media import api as media_api


@transaction.atomic
def project(page: Page, *, at: datetime) -> None:
    """Bring the rows of a page that was just published up to date."""
    if isinstance(page, CoursePage):
        course = project_course(page, at=at)
        indexing.write_course(course, page)
        recount(course)
    elif isinstance(page, LessonPage):
        before = Lesson.objects.filter(page_id=page.pk).values_list("course_id", flat=True).first()
        lesson = project_lesson(page, at=at)
        indexing.write_lesson(lesson, page)
        recount(lesson.course)
        if before not in (None, lesson.course_id):
            recount(Course.objects.get(pk=before))


def project_course(page: CoursePage, *, at: datetime) -> Course:
    """The course row of a page, made or brought up to date."""
    course, _made = Course.objects.update_or_create(
        page_id=page.pk,
        defaults={
            "programme": _programme_of(page),
            "title": page.title,
            "summary": page.summary,
            "credits": page.credits,
            "is_open": page.is_open,
            "order": _position(page),
            "url_path": page.get_url() or "",
            # A course whose page is still a draft may already hold published lessons.
            "retired_at": None if page.live else at,
        },
    )
    return course


def project_lesson(page: LessonPage, *, at: datetime) -> Lesson:
    """The lesson row of a page and its units, made or brought up to date."""
    course_page = page.get_parent().specific
    course = Course.objects.filter(page_id=course_page.pk).first()
    if course is None:
        course = project_course(course_page, at=at)
    lesson, _made = Lesson.objects.update_or_create(
        page_id=page.pk,
        defaults={
            "course": course,
            "title": page.title,
            "summary": page.summary,
            "order": _position(page),
            "url_path": page.get_url() or "",
            "retired_at": None if page.live else at,
        },
    )
    _project_units(lesson, page, at=at)
    return lesson


def _project_units(lesson: Lesson, page: LessonPage, *, at: datetime) -> None:
    wanted = blocks.wanted_units(page.body.raw_data)
    known = {unit.block_id: unit for unit in lesson.units.all()}
    videos = media_api.Video.objects.in_bulk([w.target for w in wanted if w.kind == "video"])
    quizzes = Quiz.objects.prefetch_related("items").in_bulk(
        [w.target for w in wanted if w.kind == "quiz"]
    )
    seconds = 0
    for order, want in enumerate(wanted, start=1):
        unit = known.pop(want.block_id, None) or Unit(lesson=lesson, block_id=want.block_id)
        unit.version += bool(unit.pk and unit.fingerprint != want.fingerprint)
        unit.kind, unit.order, unit.retired_at = want.kind, order, None
        unit.fingerprint = want.fingerprint
        if want.kind == Unit.Kind.VIDEO:
            unit.video = videos.get(want.target or 0)
            _measure(unit)
        elif want.kind == Unit.Kind.QUIZ:
            unit.quiz = quizzes.get(want.target or 0)
            unit.title = unit.quiz.title if unit.quiz else ""
            unit.duration_s = reading.QUESTION_S * (len(unit.quiz.items.all()) if unit.quiz else 0)
        else:
            unit.duration_s = page.minutes * 60 or reading.reading_s(want.characters)
        unit.save()
        seconds += unit.duration_s
    _retire_units(known.values(), at=at)
    Lesson.objects.filter(pk=lesson.pk).update(minutes=clock.whole_minutes(seconds))


def _retire_units(units: Iterable[Unit], *, at: datetime) -> None:
    gone = [unit.pk for unit in units if unit.retired_at is None]
    Unit.objects.filter(pk__in=gone).update(retired_at=at)


def _measure(unit: Unit) -> None:
    """Length and size from the video; a video that is still being encoded has neither yet."""
    video = unit.video
    unit.title = video.title if video else ""
    unit.duration_s = round(video.duration_s or 0) if video else 0
    unit.size_bytes = smallest_picture_bytes(video) if video else 0


def smallest_picture_bytes(video: media_api.Video) -> int:
    """Bytes of the smallest single-file version that has a picture; 0 before there is one."""
    sizes = video.renditions.filter(kind="file").values_list("size_bytes", flat=True)
    return min(sizes, default=0)


@transaction.atomic
def measure_again(video: media_api.Video) -> None:
    """A video became playable: its units learn how long and how big it is."""
    for unit in Unit.objects.filter(video=video).select_related("lesson__course__programme"):
        unit.video = video
        _measure(unit)
        unit.save(update_fields=["title", "duration_s", "size_bytes"])
        _sum_up(unit.lesson)


@transaction.atomic
def measure_quiz(quiz: Quiz) -> None:
    """A quiz was edited: its units learn its title and how long it takes."""
    seconds = reading.QUESTION_S * quiz.items.count()
    for unit in Unit.objects.filter(quiz=quiz).select_related("lesson__course__programme"):
        unit.title, unit.duration_s = quiz.title, seconds
        unit.save(update_fields=["title", "duration_s"])
        _sum_up(unit.lesson)


def _sum_up(lesson: Lesson) -> None:
    """A unit of the lesson takes longer or shorter than before."""
    live = lesson.units.filter(retired_at=None)
    total = sum(live.values_list("duration_s", flat=True))
    Lesson.objects.filter(pk=lesson.pk).update(minutes=clock.whole_minutes(total))
    recount(lesson.course)


@transaction.atomic
def retire(page: Page, *, at: datetime) -> None:
    """A page was unpublished or deleted: what it taught is no longer asked of anybody."""
    for course in Course.objects.filter(page_id=page.pk, retired_at=None):
        Course.objects.filter(pk=course.pk).update(retired_at=at)
        recount(course)
    lessons = Lesson.objects.filter(page_id=page.pk, retired_at=None)
    for lesson in lessons.select_related("course__programme"):
        Lesson.objects.filter(pk=lesson.pk).update(retired_at=at)
        recount(lesson.course)


@transaction.atomic
def refresh_places(root: Page) -> None:
    """After a move or a rename: order and address of every course and lesson from ``root`` down."""
    below = Page.objects.filter(path__startswith=root.path)
    for model in (Course, Lesson):
        for row in model._default_manager.filter(page__in=below).select_related("page"):
            page = cast(Page, row.page)
            place = (_position(page), page.get_url() or "")
            if (row.order, row.url_path) != place:
                model._default_manager.filter(pk=row.pk).update(order=place[0], url_path=place[1])


@transaction.atomic
def follow_move(page: Page, old_parent: Page, new_parent: Page) -> None:
    """A page was dragged elsewhere: rows follow their page and keep their identity."""
    specific = page.specific
    if isinstance(specific, LessonPage):
        lesson = Lesson.objects.filter(page_id=page.pk).select_related("course__programme").first()
        course = Course.objects.filter(page_id=new_parent.pk).first()
        if lesson and course and lesson.course_id != course.pk:
            Lesson.objects.filter(pk=lesson.pk).update(course=course)
            indexing.follow_lesson(lesson)
            recount(lesson.course)
            recount(course)
    elif isinstance(specific, CoursePage):
        Course.objects.filter(page_id=page.pk).update(programme=_programme_of(specific))
    for parent in {old_parent.pk: old_parent, new_parent.pk: new_parent}.values():
        refresh_places(parent)


def has_progress(page: Page) -> bool:
    """Whether somebody learnt something on this page or below it."""
    below = Page.objects.filter(path__startswith=page.path).values("pk")
    lessons = Q(lesson__page__in=below) | Q(lesson__course__page__in=below)
    return Unit.objects.filter(lessons, progress__isnull=False).exists()


def recount(course: Course) -> None:
    """Have everybody's roll-up of this course counted anew, once this transaction stands."""
    if course.programme.students.exists():
        jobs.enqueue(
            "learning.recount",
            key=f"learning.recount:{course.uuid}:{uuid.uuid4()}",
            payload={"course": str(course.uuid)},
        )


def _programme_of(page: CoursePage) -> Programme:
    return cast(ProgrammePage, page.get_parent().specific).programme


def _position(page: Page) -> int:
    """1 for the first of its siblings, drafts counted."""
    return page.get_prev_siblings(inclusive=True).count()
