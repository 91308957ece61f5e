"""The nightly look: what lessons point at is still there, and how questions were answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page, Site

from courses.catalogue.models import Lesson
from courses.catalogue.pages import LessonPage
from courses.health import items, links
from courses.health.models import LessonCheck, QuestionFigures
from courses.quizzes.models import Attempt, Grading, QuestionVersion

_AT_ONCE = 500
# Addresses of our own that are no pages of the tree.
_OURS = ("/learn/", "/apply/", "/documents/", "/uploads/", "/static/")


def check_lessons(*, at: datetime) -> int:
    """Write down what is gone of what the published lessons point at; returns how many have faults.

    Other sites are listed and never asked: a server that fetches what an editor typed can be sent
    to addresses inside its own house.
    """
    lessons = dict(
        Lesson.objects.filter(retired_at=None, page__live=True).values_list("page_id", "pk")
    )
    found = {
        lessons[page.pk]: links.of_body(page.body.raw_data)
        for page in LessonPage.objects.filter(pk__in=lessons).iterator()
    }
    gone = _gone({target for one in found.values() for target in one.inside})
    rows = [
        LessonCheck(
            lesson_id=lesson,
            broken=sorted([kind, key] for kind, key in one.inside & gone),
            outside=sorted(one.outside),
            checked_at=at,
        )
        for lesson, one in found.items()
    ]
    with transaction.atomic():
        LessonCheck.objects.all().delete()
        LessonCheck.objects.bulk_create(rows, batch_size=_AT_ONCE)
    return sum(bool(row.broken) for row in rows)


def _gone(targets: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Of these, what does not exist or is not public any more; one query per kind."""
    by_kind: dict[str, set[str]] = defaultdict(set)
    for kind, key in targets:
        by_kind[kind].add(key)
    there = {
        links.PAGE: _known(Page.objects.live(), by_kind[links.PAGE]),
        links.DOCUMENT: _known(get_document_model().objects.all(), by_kind[links.DOCUMENT]),
        links.IMAGE: _known(get_image_model().objects.all(), by_kind[links.IMAGE]),
        links.ADDRESS: _addresses(by_kind[links.ADDRESS]),
    }
    return {(kind, key) for kind, keys in by_kind.items() for key in keys - there.get(kind, set())}


def _known(rows: object, keys: set[str]) -> set[str]:
    wanted = [int(key) for key in keys if key.isdecimal()]
    return {str(pk) for pk in rows.filter(pk__in=wanted).values_list("pk", flat=True)}  # type: ignore[attr-defined]


def _addresses(paths: set[str]) -> set[str]:
    """The paths that lead to a live page or to one of our own screens."""
    site = Site.objects.filter(is_default_site=True).select_related("root_page").first()
    root = site.root_page.url_path.rstrip("/") if site else ""
    asked = {f"{root}{path if path.endswith('/') else path + '/'}": path for path in paths}
    pages = Page.objects.live().filter(url_path__in=asked).values_list("url_path", flat=True)
    ours = {path for path in paths if path == "/" or path.startswith(_OURS)}
    return {asked[found] for found in pages} | ours


def count_questions(*, at: datetime) -> int:
    """Count anew how every question was answered; returns how many questions were.

    Only the first try of each student at a quiz, and only papers that are marked in full: who
    tries again has read the answers.
    """
    first: dict[tuple[int, int], Attempt] = {}
    handed_in = Attempt.objects.filter(submitted_at__isnull=False, pending=False)
    rows = handed_in.only("student_id", "quiz_id", "version_ids").order_by("submitted_at", "pk")
    for attempt in rows.iterator(2000):
        first.setdefault((attempt.student_id, attempt.quiz_id), attempt)
    by_key = {attempt.pk: attempt for attempt in first.values()}
    sums: dict[int, items.Sums] = defaultdict(items.Sums)
    question_of = dict(QuestionVersion.objects.values_list("pk", "question_id"))
    newest: dict[int, dict[str, float]] = {}
    gradings = Grading.objects.order_by("attempt", "number").values_list("attempt_id", "points")
    for key, points in gradings.iterator(2000):
        if key in by_key:
            newest[key] = points  # in rising order: the newest stays
    for key, points in newest.items():
        _add(by_key[key], points, question_of, sums)
    counted = [
        QuestionFigures(
            question_id=question,
            answered=one.n,
            facility=one.facility or 0.0,
            discrimination=one.discrimination,
            counted_at=at,
        )
        for question, one in sums.items()
    ]
    with transaction.atomic():
        QuestionFigures.objects.all().delete()
        QuestionFigures.objects.bulk_create(counted, batch_size=_AT_ONCE)
    return len(counted)


def _add(
    attempt: Attempt,
    points: dict[str, float],
    question_of: dict[int, int],
    sums: dict[int, items.Sums],
) -> None:
    most_of_all = sum(most for _version, most in attempt.version_ids)
    earned_of_all = sum(points.get(str(version), 0.0) for version, _most in attempt.version_ids)
    for version, most in attempt.version_ids:
        if not most or version not in question_of:
            continue
        earned = points.get(str(version), 0.0)
        rest = most_of_all - most
        sums[question_of[version]].add(
            earned / most, (earned_of_all - earned) / rest if rest else None
        )
