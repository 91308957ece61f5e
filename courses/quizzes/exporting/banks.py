"""A bank as a file that other systems read."""

from __future__ import annotations

from django.db.models import QuerySet
from wagtail.images import get_image_model

from courses.quizzes import drawing
from courses.quizzes.exporting import gift, moodle_xml
from courses.quizzes.importing.items import Item
from courses.quizzes.models import Question, QuestionBank


def items(bank: QuestionBank) -> list[Item]:
    """Every question of a bank that is not retired, newest wording; three queries."""
    return [item for _question, item in pairs(bank.questions.exclude(review="retired"))]


def pairs(questions: QuerySet[Question]) -> list[tuple[Question, Item]]:
    """Each of these questions with its newest wording; three queries."""
    newest = {v.question_id: v for v in drawing.newest_versions(questions)}
    found = []
    tagged = questions.prefetch_related("tags")  # type: ignore[misc]
    for question in tagged.order_by("pk"):
        version = newest.get(question.pk)
        if version is None:
            continue
        item = Item(
            kind=question.kind,
            stem=version.stem,
            body=version.body,
            explanation=version.explanation,
            title=question.title,
            points=question.points,
            difficulty=question.difficulty,
            tags=tuple(sorted(tag.name for tag in question.tags.all())),
        )
        found.append((question, item))
    return found


def as_moodle_xml(bank: QuestionBank) -> bytes:
    return moodle_xml.write(items(bank), picture)


def as_gift(bank: QuestionBank) -> tuple[str, list[str]]:
    return gift.write(items(bank))


def picture(name: str) -> tuple[str, bytes] | None:
    """File name and content of one of Wagtail's images; None when it is gone."""
    image = get_image_model().objects.filter(pk=name).first() if name.isdecimal() else None
    if image is None:
        return None
    with image.file.open("rb") as file:
        return image.filename, file.read()
