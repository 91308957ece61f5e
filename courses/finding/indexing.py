"""Writing down what can be found: with every publishing, in its transaction, and all anew on demand."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F

from courses.catalogue.models import Course, Lesson, Unit
from courses.catalogue.pages import CoursePage, LessonPage
from courses.finding import passages
from courses.finding.models import Passage
from media import api as media_api

Kind = Passage.Kind
_AT_ONCE = 200


@transaction.atomic
def write_course(course: Course, page: CoursePage) -> None:
    """What a course says of itself."""
    _replace(
        Passage.objects.filter(course=course, lesson=None),
        [_passage(course, None, Kind.TITLE, 0, _head(page.title, page.summary, page.objectives))],
    )


@transaction.atomic
def write_lesson(lesson: Lesson, page: LessonPage) -> None:
    """Titles, terms and text of a lesson, and what its films say."""
    course, said = lesson.course, passages.of_body(page.body.raw_data)
    head = _head(page.title, page.summary, page.objectives)
    rows = [_passage(course, lesson, Kind.TITLE, 0, head)]
    rows += [_passage(course, lesson, Kind.TERM, n, term) for n, term in enumerate(said.terms)]
    if said.text:
        rows.append(_passage(course, lesson, Kind.TEXT, 0, said.text))
    films = lesson.units.filter(kind=Unit.Kind.VIDEO, retired_at=None).select_related("video")
    rows += [row for unit in films if (row := _captions(lesson, unit))]
    _replace(Passage.objects.filter(lesson=lesson), rows)


@transaction.atomic
def write_captions(video_id: int) -> None:
    """The captions of a video changed: wherever it is shown, other words are found."""
    shown = Unit.objects.filter(video=video_id, retired_at=None, lesson__page__live=True)
    for unit in shown.select_related("video", "lesson__course"):
        row = _captions(unit.lesson, unit)
        _replace(Passage.objects.filter(unit=unit, kind=Kind.CAPTIONS), [row] if row else [])


@transaction.atomic
def follow_lesson(lesson: Lesson) -> None:
    """A lesson was moved: it is found under its new course."""
    Passage.objects.filter(lesson=lesson).update(
        course=Lesson.objects.filter(pk=lesson.pk).values("course")[:1]
    )


def write_all() -> int:
    """Everything anew from the published pages; returns the number of lessons.

    One transaction per page: a search during it finds the old words or the new ones.
    """
    for page in CoursePage.objects.live().iterator():
        course = Course.objects.filter(page_id=page.pk).first()
        if course is not None:
            write_course(course, page)
    written = 0
    for page in LessonPage.objects.live().iterator():
        lesson = Lesson.objects.select_related("course").filter(page_id=page.pk).first()
        if lesson is not None:
            write_lesson(lesson, page)
            written += 1
    Passage.objects.filter(lesson__isnull=False).exclude(course=F("lesson__course")).delete()
    return written


def _captions(lesson: Lesson, unit: Unit) -> Passage | None:
    if unit.video is None:
        return None
    said = passages.of_captions(media_api.captions_moments(unit.video))
    if not said.text:
        return None
    row = _passage(lesson.course, lesson, Kind.CAPTIONS, unit.order, said.text)
    row.unit, row.starts = unit, said.starts
    return row


def _head(title: str, *more: str) -> str:
    """The title is the first line."""
    return "\n".join(filter(None, (title.strip(), *(part.strip() for part in more))))


def _passage(course: Course, lesson: Lesson | None, kind: int, order: int, text: str) -> Passage:
    return Passage(
        course=course, lesson=lesson, kind=kind, order=order, text=text, **passages.folded(text)
    )


def _replace(old: object, rows: Iterable[Passage]) -> None:
    old.delete()  # type: ignore[attr-defined]
    Passage.objects.bulk_create(rows, batch_size=_AT_ONCE)
