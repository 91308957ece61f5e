"""What a person finds; a fixed number of statements, however much there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from courses.catalogue.models import Course, Lesson
from courses.finding.models import Passage
from courses.finding.words import Word


def holding(word: Word) -> Q:
    """Passages with a word: by its tokens from the index, then to the letter."""
    return Q(tokens__holds=word, folded__contains=word.text)


def lessons(words: Sequence[Word], courses: QuerySet[Course]) -> QuerySet[Lesson]:
    """Lessons of these courses in which every word occurs somewhere, best hits first."""
    found = Lesson.objects.filter(retired_at=None, course__in=courses)
    said = Passage.objects.filter(lesson=OuterRef("pk"))
    for word in words:
        found = found.filter(Exists(said.filter(holding(word))))
    best = said.filter(any_of(words)).order_by("kind").values("kind")[:1]
    ordered = found.annotate(best=Subquery(best)).select_related("course")
    return ordered.order_by("best", "course__order", "course_id", "order", "id")


def courses_saying(words: Sequence[Word], courses: QuerySet[Course]) -> QuerySet[Course]:
    """Courses that say every word of themselves."""
    said = Passage.objects.filter(course=OuterRef("pk"), lesson=None)
    for word in words:
        courses = courses.filter(Exists(said.filter(holding(word))))
    return courses.order_by("order", "id")


def any_of(words: Sequence[Word]) -> Q:
    found = Q(pk__in=[])
    for word in words:
        found |= holding(word)
    return found


@dataclass(frozen=True)
class Found:
    """Passages of a page of lessons in which any word stands, by lesson."""

    by_lesson: dict[int, list[Passage]]

    def of(self, lesson: Lesson) -> list[Passage]:
        return self.by_lesson.get(lesson.pk, [])


def passages_of(found: Sequence[Lesson], words: Sequence[Word]) -> Found:
    """One query for a page of results."""
    rows = Passage.objects.filter(any_of(words), lesson__in=found).select_related("unit")
    by_lesson: dict[int, list[Passage]] = {}
    for row in rows.defer("tokens", "folded").order_by("kind", "order", "id"):
        by_lesson.setdefault(row.lesson_id or 0, []).append(row)
    return Found(by_lesson)
