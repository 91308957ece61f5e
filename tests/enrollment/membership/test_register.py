"""The port to the member register, its embedded default, and the reviewer's tick."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import pytest
from django.test import Client

from enrollment.applications import checks
from enrollment.applications.models import Application
from enrollment.membership import register
from enrollment.membership.register import Findings, Membership, RegisterAway, Sought
from lms.base import private
from tests import people
from tests.enrollment.applications import cast as applicants
from tests.enrollment.membership import cast

pytestmark = pytest.mark.django_db
PHONE = "+8613700000001"


def tick(application: Application) -> tuple[str, str]:
    """The tick of 会员 as the reviewer sees it, read afresh."""
    again = Application.objects.select_related("user", "district", "cohort").get(pk=application.pk)
    found = {each.label: each for each in checks.ticks(again, checks.look_up([again]))}["会员"]
    return found.state, found.text


def by_id(serial: int) -> Sought:
    return Sought(id_lookup=private.lookup(applicants.id_number(serial)))


def by_phone(phone: str) -> Sought:
    return Sought(phone_lookup=private.lookup(phone))


def answer(sought: Sought) -> Membership | None:
    findings = register.ask([sought])
    assert findings is not None
    return findings.found.get(sought)


def test_a_member_is_found_by_number_with_day_and_unit(units: people.Units) -> None:
    cast.member(units.riders, since=date(2019, 5, 1))
    assert answer(by_id(1)) == Membership("林师傅", date(2019, 5, 1), "飞送配送工会")


def test_a_member_without_a_number_is_found_by_phone(units: people.Units) -> None:
    cast.member(units.siming, phone=PHONE, with_number=False)
    found = answer(by_phone(PHONE))
    assert found is not None
    assert (found.unit, found.id_differs) == ("思明区总工会", False)


def test_a_phone_with_another_number_behind_it_is_said(units: people.Units) -> None:
    cast.member(units.siming, serial=5, phone=PHONE)
    sought = Sought(private.lookup(applicants.id_number(1)), private.lookup(PHONE))
    found = answer(sought)
    assert found is not None
    assert found.id_differs


def test_the_number_decides_where_number_and_phone_name_two_people(units: people.Units) -> None:
    cast.member(units.siming, serial=5, phone=PHONE, name="别人")
    cast.member(units.riders, serial=1)
    found = answer(Sought(private.lookup(applicants.id_number(1)), private.lookup(PHONE)))
    assert found is not None
    assert (found.name, found.id_differs) == ("林师傅", False)


def test_nobody_is_not_found_and_costs_no_query(
    django_assert_num_queries: object,
) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert register.ask([]) == Findings({})


def test_any_number_of_people_is_one_query(
    units: people.Units, django_assert_num_queries: object
) -> None:
    for serial in range(1, 6):
        cast.member(units.siming, serial=serial)
    sought = [
        Sought(private.lookup(applicants.id_number(serial)), district=units.siming.code)
        for serial in range(1, 60)
    ]
    with django_assert_num_queries(1):  # type: ignore[operator]
        findings = register.ask(sought)
    assert findings is not None
    assert len(findings.found) == 5
    assert findings.districts == {units.siming.code}


class TestTick:
    def test_a_member_whose_year_agrees_is_in_order(
        self, submitted: Application, units: people.Units
    ) -> None:
        cast.member(units.riders, since=date(2022, 3, 1))
        assert tick(submitted) == ("ok", "会员册：2022年3月1日 入会，飞送配送工会")

    def test_another_year_is_to_be_looked_at(
        self, submitted: Application, units: people.Units
    ) -> None:
        cast.member(units.riders, since=date(2024, 3, 1))
        state, text = tick(submitted)
        assert state == "look"
        assert "2024年3月1日 入会" in text
        assert "本人填 2022 年入会" in text

    def test_not_found_is_said_where_the_district_has_a_register(
        self, submitted: Application, units: people.Units
    ) -> None:
        cast.member(units.siming, serial=9, name="别人")
        assert tick(submitted) == ("look", "会员册里没有查到，本人填 2022 年入会")

    def test_without_a_register_of_the_district_the_word_of_the_person_counts(
        self, submitted: Application, units: people.Units
    ) -> None:
        cast.member(units.jimei, serial=9, name="别人")
        assert tick(submitted) == ("ok", "本人填 2022 年入会，本区会员册还没有导入")

    def test_a_number_that_differs(self, submitted: Application, units: people.Units) -> None:
        cast.member(units.siming, serial=9, phone=PHONE)
        state, text = tick(submitted)
        assert state == "look"
        assert "另一个证件号码" in text

    def test_somebody_who_left(self, submitted: Application, units: people.Units) -> None:
        cast.member(units.siming, left_on=date(2025, 2, 3))
        assert tick(submitted) == ("look", "会员册：2025年2月3日 已退会（思明区总工会）")

    def test_another_name_under_the_same_number(
        self, submitted: Application, units: people.Units
    ) -> None:
        cast.member(units.siming, name="林大勇")
        state, text = tick(submitted)
        assert state == "look"
        assert "会员册里的姓名是林大勇" in text

    def test_a_register_that_is_away_is_said_and_nothing_breaks(
        self, submitted: Application, settings: object
    ) -> None:
        settings.MEMBER_REGISTER = f"{__name__}.Away"  # type: ignore[attr-defined]
        assert tick(submitted) == ("look", "会员册暂时查不到，本人填 2022 年入会")

    def test_the_register_of_the_settings_answers(
        self, submitted: Application, settings: object
    ) -> None:
        settings.MEMBER_REGISTER = f"{__name__}.Elsewhere"  # type: ignore[attr-defined]
        assert tick(submitted) == ("ok", "会员册：2022年1月1日 入会，省产业工会")

    def test_the_reviewer_sees_it(
        self, client: Client, submitted: Application, office: applicants.Office
    ) -> None:
        cast.member(office.units.riders)
        client.force_login(office.district)
        assert (
            "会员册：2022年3月1日 入会"
            in client.get(f"/desk/review/{submitted.uuid}/").content.decode()
        )


class Away:
    def find(self, people: Collection[Sought]) -> Findings:
        raise RegisterAway("timeout")


class Elsewhere:
    def find(self, people: Collection[Sought]) -> Findings:
        return Findings(
            {each: Membership("林师傅", date(2022, 1, 1), "省产业工会") for each in people}
        )
