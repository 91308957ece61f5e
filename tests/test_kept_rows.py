"""Rows that are written again are those that the services made."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import transaction

from courses.catalogue.models import Unit
from tests import kept_rows
from tests.courses import teaching

pytestmark = pytest.mark.django_db
MODELS = [
    model
    for model in apps.get_models(include_auto_created=True)
    if model._meta.managed and not model._meta.proxy
]


def everything() -> dict[str, list[kept_rows.Row]]:
    found = {model._meta.label: kept_rows._rows(model) for model in MODELS}
    return {label: sorted(rows, key=repr) for label, rows in found.items() if rows}


def counted(made: list[int]) -> kept_rows.Kept:
    """As ``make_taught`` has it, noting how often the services ran."""

    def make() -> kept_rows.Keys:
        made.append(1)
        return teaching.make_taught_anew()

    return kept_rows.Kept(make)


def test_what_is_written_again_is_what_the_services_made() -> None:
    made: list[int] = []
    kept, empty = counted(made), everything()
    seen = []
    for _time in range(3):
        with transaction.atomic():
            keys = kept()
            seen.append((keys, everything()))
            transaction.set_rollback(True)
        assert everything() == empty
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][1] != empty
    assert len(made) == 1


def test_what_was_written_again_can_be_found_and_gone_on_with() -> None:
    for _time in range(2):
        with transaction.atomic():
            taught = teaching.make_taught()
            lesson = teaching.make_lesson(taught.course_page, "第二讲", [teaching.text()])
            assert Unit.objects.filter(lesson__page_id=lesson.pk).count() == 1
            transaction.set_rollback(True)


def test_where_something_is_already_the_services_make_it() -> None:
    made: list[int] = []
    kept = counted(made)
    with transaction.atomic():
        kept()
        transaction.set_rollback(True)
    teaching.make_home()
    kept()
    assert len(made) == 2
