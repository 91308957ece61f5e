"""Questions that were read from somewhere, written into a bank: all of them or none."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.core.files.images import ImageFile
from django.db import transaction
from taggit.models import Tag
from wagtail.images import get_image_model

from courses.quizzes import likeness
from courses.quizzes.importing import items as item_tools
from courses.quizzes.importing.items import Item, Picture
from courses.quizzes.models import Question, QuestionBank, QuestionTag, QuestionVersion
from lms.accounts.models import User
from lms.base import audit

_AT_ONCE = 500


@transaction.atomic
def write(
    bank: QuestionBank,
    items: Sequence[Item],
    pictures: Mapping[str, Picture],
    *,
    by: User | None,
    at: datetime,
    review: str = Question.Review.WAITING,
    keys: Sequence[str | None] = (),
) -> list[Question]:
    """Make a question of every item, in order; new ones wait for a review.

    Args:
        keys: of the questions, in the same order, where they are to be found again.
        pictures: by the names that the items show; those that none shows are not kept.
    """
    wanted = {name for item in items for name in item_tools.picture_names(item)}
    names = _keep([pictures[name] for name in sorted(wanted & set(pictures))], by=by)
    drawn = [item_tools.renamed(item, names) for item in items] if names else list(items)
    questions = Question.objects.bulk_create(
        (
            _question(bank, item, review, key)
            for item, key in zip(drawn, keys or [None] * len(drawn), strict=True)
        ),
        batch_size=_AT_ONCE,
    )
    QuestionVersion.objects.bulk_create(
        (
            QuestionVersion(
                question=question, stem=item.stem, body=item.body, explanation=item.explanation,
                created_at=at,
            )
            for question, item in zip(questions, drawn, strict=True)
        ),
        batch_size=_AT_ONCE,
    )  # fmt: skip
    _tag(questions, drawn)
    audit.record("bank.written", by=by, on=bank, at=at, data={"questions": len(questions)})
    return questions


def _question(bank: QuestionBank, item: Item, review: str, key: str | None) -> Question:
    return Question(
        key=key,
        bank=bank,
        kind=item.kind,
        title=item.title[:200],
        points=item.points,
        difficulty=item.difficulty,
        review=review,
        fingerprint=likeness.fingerprint(item.kind, item.stem, item.body),
        search_text=likeness.search_text(item.stem, item.body, item.title),
    )


def _tag(questions: Sequence[Question], items: Sequence[Item]) -> None:
    tags = _tags({name for item in items for name in item.tags})
    QuestionTag.objects.bulk_create(
        (
            QuestionTag(content_object=question, tag=tags[name])
            for question, item in zip(questions, items, strict=True)
            for name in dict.fromkeys(item.tags)
        ),
        batch_size=_AT_ONCE,
    )


def _tags(names: Iterable[str]) -> dict[str, Tag]:
    wanted = sorted(names)
    found = {
        tag.name: tag
        for start in range(0, len(wanted), _AT_ONCE)
        for tag in Tag.objects.filter(name__in=wanted[start : start + _AT_ONCE])
    }
    for name in wanted:
        if name not in found:
            found[name] = Tag.objects.get_or_create(name=name)[0]
    return found


def _keep(pictures: Sequence[Picture], *, by: User | None) -> dict[str, str]:
    """Pictures among Wagtail's images; one that is there already is taken. Answers key by name."""
    model = get_image_model()
    names: dict[str, str] = {}
    for picture in pictures:
        digest = hashlib.sha1(picture.content, usedforsecurity=False).hexdigest()
        image = model.objects.filter(file_hash=digest).first()
        if image is None:
            image = model.objects.create(
                title=picture.file_name,
                file=ImageFile(io.BytesIO(picture.content), name=picture.file_name),
                uploaded_by_user=by,
                file_hash=digest,
                file_size=len(picture.content),
            )
        names[picture.sha256] = str(image.pk)
    return names
