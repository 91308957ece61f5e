"""Likely duplicates side by side: the surest first, and of other districts only what may be told."""

from __future__ import annotations

import pytest
from django.test import Client

from enrollment.applications import drafts, duplicates, review
from enrollment.applications.models import Application
from enrollment.registry.models import Cohort
from tests import people
from tests.enrollment.applications import cast

pytestmark = pytest.mark.django_db
AT = people.AT


def case(application: Application) -> str:
    return f"/desk/review/{application.uuid}/"


@pytest.fixture
def earlier(cohort: Cohort, units: people.Units) -> Application:
    """The same person under another account, withdrawn since."""
    first = cast.submitted(cast.rider(8), cohort, units.siming, serial=1, with_photos=False)
    drafts.withdraw(first, by=first.user, at=AT)
    return first


def found(application: Application, office: cast.Office) -> list[duplicates.Duplicate]:
    return duplicates.of(application, review.readable(review.reach_of(office.district)))


def test_the_same_id_number_is_found_by_its_hash(
    earlier: Application, submitted: Application, office: cast.Office
) -> None:
    (one,) = found(submitted, office)
    assert (one.application, one.by, one.is_readable) == (earlier, {"id_number"}, True)


def test_the_surest_comes_first(
    cohort: Cohort, units: people.Units, earlier: Application, submitted: Application,
    office: cast.Office,
) -> None:  # fmt: skip
    namesake = cast.submitted(
        cast.rider(9, name=submitted.name), cohort, units.siming, serial=9, with_photos=False
    )
    same_photo = cast.submitted(
        cast.rider(10), cohort, units.siming, serial=1, id_number=cast.id_number(10)
    )
    order = [each.application for each in found(submitted, office)]
    assert order == [earlier, same_photo, namesake]


def test_drafts_and_strangers_are_no_duplicates(
    cohort: Cohort, units: people.Units, submitted: Application, office: cast.Office
) -> None:
    cast.filled(cast.rider(2), cohort, units.siming, serial=1, with_photos=False)
    cast.submitted(cast.rider(3), cohort, units.siming, serial=3, with_photos=False)
    assert found(submitted, office) == []


def test_the_case_shows_both_with_what_agrees(
    client: Client, earlier: Application, submitted: Application, office: cast.Office
) -> None:
    client.force_login(office.district)
    html = client.get(case(submitted)).content.decode()
    assert f"可能重复：{earlier.number}" in html
    assert "证件号码相同" in html
    assert case(earlier) in html
    assert html.count("compare__row--same") >= 3
    assert cast.id_number(1) not in html


def test_of_another_district_only_number_and_progress_are_told(
    client: Client, cohort: Cohort, units: people.Units, submitted: Application,
    office: cast.Office,
) -> None:  # fmt: skip
    elsewhere = cast.submitted(
        cast.rider(8, name="别区工友"), cohort, units.jimei, serial=1, id_number=cast.id_number(8)
    )
    client.force_login(office.district)
    html = client.get(case(submitted)).content.decode()
    assert f"可能重复：{elsewhere.number}" in html
    assert "在别的区" in html
    for secret in (elsewhere.name, str(elsewhere.uuid), str(elsewhere.user.phone)):
        assert secret not in html


def test_a_case_costs_the_same_with_one_duplicate_and_with_five(
    client: Client, cohort: Cohort, units: people.Units, submitted: Application,
    office: cast.Office, django_assert_max_num_queries: object,
) -> None:  # fmt: skip
    for serial in range(20, 30):
        cast.submitted(
            cast.rider(serial, name=submitted.name), cohort, units.siming,
            serial=serial, with_photos=False,
        )  # fmt: skip
    client.force_login(office.district)
    client.get(case(submitted))
    with django_assert_max_num_queries(30):  # type: ignore[operator]
        html = client.get(case(submitted)).content.decode()
    assert html.count("可能重复") == duplicates.MOST
