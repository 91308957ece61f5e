"""A prepared query answers what the same queryset answers, each time for the values of that time."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import BigIntegerField, CharField, F, UUIDField

from courses.learning import queries
from courses.learning.models import StudyDay
from lms.accounts import people as accounts
from lms.accounts.backends import Accounts
from lms.accounts.models import OrgUnit, Role, User
from lms.base.prepared import Given, Prepared, PreparedInsert, PreparedUpdate, update_together
from tests import factories, people

BY_UUID = Prepared(lambda: OrgUnit.objects.filter(uuid=Given("uuid", UUIDField())))
BELOW = Prepared(
    lambda: (
        OrgUnit.objects.filter(parent__code=Given("code", CharField()))
        .order_by("code")
        .values_list("uuid", "name", named=True)
    )
)
WITH_PARENT = Prepared(
    lambda: (
        OrgUnit.objects.select_related("parent")
        .annotate(above=F("parent__name"))
        .filter(pk=Given("pk", BigIntegerField()))
    )
)
EITHER = Prepared(
    lambda: OrgUnit.objects.filter(
        code__in=[Given("one", CharField()), Given("other", CharField())]
    ).order_by("code")
)
RENAME = PreparedUpdate(
    lambda: OrgUnit.objects.filter(code=Given("code", CharField())),
    name=Given("name", CharField()),
)


def test_a_row_is_found_by_the_value_of_each_call(units: people.Units) -> None:
    assert BY_UUID.first(uuid=units.siming.uuid) == units.siming
    assert BY_UUID.first(uuid=units.jimei.uuid) == units.jimei
    assert BY_UUID.first(uuid=uuid.uuid4()) is None


def test_columns_come_as_python_values_under_their_names(units: people.Units) -> None:
    found = BELOW(code=units.city.code)
    assert [(row.uuid, row.name) for row in found] == [
        (units.siming.uuid, units.siming.name),
        (units.jimei.uuid, units.jimei.name),
    ]


def test_related_rows_and_annotations_are_there_without_another_query(
    units: people.Units, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        found = WITH_PARENT.first(pk=units.siming.pk)
        assert (found.parent.name, found.above) == (units.city.name, units.city.name)
    assert WITH_PARENT.first(pk=units.city.pk).parent is None


def test_values_may_stand_in_a_list(units: people.Units) -> None:
    assert EITHER(one=units.city.code, other=units.jimei.code) == [units.city, units.jimei]


def test_an_update_says_how_many_rows_it_changed(units: people.Units) -> None:
    assert RENAME(code=units.siming.code, name="新名字") == 1
    assert RENAME(code="nobody", name="新名字") == 0
    units.siming.refresh_from_db()
    assert units.siming.name == "新名字"


@pytest.mark.django_db
def test_a_value_that_is_not_of_the_field_is_refused() -> None:
    with pytest.raises(ValueError, match="not-a-number"):
        WITH_PARENT(pk="not-a-number")


def test_the_account_of_a_session_comes_with_the_roles_in_force(units: people.Units) -> None:
    student = factories.make_student(units)
    found = Accounts().get_user(student.user_id)
    assert found is not None
    assert (found, found.roles) == (student.user, {Role.STUDENT})

    accounts.revoke(student.user.grants.get(), by=None, at=people.AT)
    again = Accounts().get_user(student.user_id)
    assert again is not None
    assert again.roles == frozenset()
    User.objects.filter(pk=student.user_id).update(is_active=False)
    assert Accounts().get_user(student.user_id) is None


def test_one_students_days_never_come_with_anothers(units: people.Units) -> None:
    one = factories.make_student(units)
    other = factories.make_student(units, "许小燕", "+8613700000004")
    day = date(2026, 9, 1)
    StudyDay.objects.create(student=one, day=day, seconds=60)

    assert queries.study_seconds(one, since=day, until=day) == {day: 60}
    assert queries.study_seconds(other, since=day, until=day) == {}


def test_updates_that_stand_together_each_say_how_many_rows_they_changed(
    units: people.Units,
) -> None:
    changes = [
        (RENAME, {"code": units.siming.code, "name": "甲"}),
        (RENAME, {"code": "nobody", "name": "乙"}),
        (RENAME, {"code": units.jimei.code, "name": "丙"}),
    ]
    assert update_together(changes) == [1, 0, 1]
    assert update_together(changes[:1]) == [1]
    assert update_together([]) == []
    names = OrgUnit.objects.filter(pk__in=[units.siming.pk, units.jimei.pk]).order_by("pk")
    assert list(names.values_list("name", flat=True)) == ["甲", "丙"]


ADD_DAYS = PreparedInsert(StudyDay, ["student_id", "day", "seconds"])


def test_new_rows_come_in_one_statement_with_every_value_as_it_was(
    units: people.Units, django_assert_num_queries: object
) -> None:
    student = factories.make_student(units, "阿怡", "+8613700000001")
    rows = [(student.pk, date(2026, 1, 1 + n), n) for n in range(30)]
    with django_assert_num_queries(1):  # type: ignore[operator]
        ADD_DAYS(rows)
    with django_assert_num_queries(0):  # type: ignore[operator]
        ADD_DAYS([])
    found = StudyDay.objects.filter(student=student).order_by("day")
    assert list(found.values_list("student_id", "day", "seconds")) == rows


def test_more_rows_than_a_statement_may_have_values_all_arrive(units: people.Units) -> None:
    student = factories.make_student(units, "阿怡", "+8613700000001")
    ADD_DAYS([(student.pk, date(2020, 1, 1) + timedelta(days=n), 60) for n in range(800)])
    assert StudyDay.objects.filter(student=student).count() == 800


def test_a_row_that_breaks_a_rule_of_the_table_is_an_integrity_error(units: people.Units) -> None:
    student = factories.make_student(units, "阿怡", "+8613700000001")
    twice = [(student.pk, date(2026, 1, 1), 60)] * 2
    with pytest.raises(IntegrityError), transaction.atomic():
        ADD_DAYS(twice)
    assert not StudyDay.objects.filter(student=student).exists()
