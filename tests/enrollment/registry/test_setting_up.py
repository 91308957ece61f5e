"""Programmes and classes: made on pages, refused with a sentence, frozen when the list is out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from enrollment.completion import rules
from enrollment.registry import setting_up
from enrollment.registry.models import Cohort, Place, Programme
from enrollment.views import setting_up as setting_up_views
from lms.accounts.models import Role
from lms.base.audit import AuditEntry
from tests import people
from tests.factories import make_cohort, make_student
from tests.people import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(units: people.Units) -> Client:
    client = Client()
    client.force_login(
        people.make_staff(Role.REGISTRAR, "周老师", username="zhou", unit=units.city)
    )
    return client


@pytest.fixture
def logistics(desk: Client) -> Programme:
    form = {
        "title": "现代物流管理",
        "code": "LOG",
        "level": "高起专",
        "years": "2.5",
        "summary": "",
    }
    assert desk.post("/desk/set-up/programmes/new/", form).status_code == 302
    return Programme.objects.get(code="LOG")


def a_class(logistics: Programme, **more: Any) -> dict[str, Any]:
    return {
        "name": "第三期",
        "slug": "class-2027",
        "college": "海州开放大学",
        "opens_on": "2027-05-01",
        "closes_on": "2027-05-31",
        "decides_on": "2027-06-10",
        "starts_on": "2027-07-01",
        "ends_on": "2029-12-31",
        "tuition_fen": "5600",
        "union_share_fen": "3000.50",
        "college_discount_fen": "1000",
        "rule": "v2",
        "ceremony_at_0": "2027-07-01",
        "ceremony_at_1": "09:30",
        "ceremony_place": "工人文化宫",
        f"places_{logistics.pk}": "50",
        **more,
    }


def test_a_class_is_made_with_its_places_and_its_money(desk: Client, logistics: Programme) -> None:
    assert desk.post("/desk/set-up/classes/new/", a_class(logistics)).status_code == 302
    cohort = Cohort.objects.get()
    assert cohort.union_share_fen == 300050
    assert cohort.own_share_fen == 159950
    assert cohort.completion_rule == "v2"
    assert Place.objects.filter(cohort=cohort, programme=logistics).count() == 50
    assert cohort.ceremony_at is not None
    assert cohort.ceremony_at.isoformat() == "2027-07-01T01:30:00+00:00"
    assert desk.get("/desk/registrar/class-2027/").status_code == 200


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"closes_on": "2027-04-01"}, "日期的顺序不对"),
        ({"decides_on": "2027-05-31"}, "日期的顺序不对"),
        ({"union_share_fen": "5000"}, "超过了学费"),
        ({"tuition_fen": "-1"}, "0"),
        ({"slug": "有 空格"}, "field__error"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    desk: Client, logistics: Programme, wrong: dict[str, str], words: str
) -> None:
    page = desk.post("/desk/set-up/classes/new/", a_class(logistics, **wrong))
    text = page.content.decode()
    assert page.status_code == 400
    assert words in text
    assert "海州开放大学" in text
    assert not Cohort.objects.exists()


def test_the_rule_of_a_class_stays_what_it_was_opened_with(
    desk: Client, logistics: Programme
) -> None:
    assert set(dict(setting_up_views.CohortForm.base_fields["rule"].choices)) == set(rules.RULES)
    desk.post("/desk/set-up/classes/new/", a_class(logistics))
    address = "/desk/set-up/classes/class-2027/"
    assert "rule" not in desk.get(address).context["form"].fields
    assert desk.post(address, a_class(logistics, rule="v1")).status_code == 302
    assert Cohort.objects.get().completion_rule == "v2"


def test_the_same_address_twice_is_refused(desk: Client, logistics: Programme) -> None:
    desk.post("/desk/set-up/classes/new/", a_class(logistics))
    page = desk.post("/desk/set-up/classes/new/", a_class(logistics))
    assert "已经有了" in page.content.decode()


def test_a_class_is_corrected_and_the_change_is_kept(desk: Client, logistics: Programme) -> None:
    desk.post("/desk/set-up/classes/new/", a_class(logistics))
    change = a_class(logistics, name="第三期专班", closes_on="2027-06-02")
    assert desk.post("/desk/set-up/classes/class-2027/", change).status_code == 302
    assert Cohort.objects.get().closes_on == date(2027, 6, 2)
    entry = AuditEntry.objects.filter(action="cohort.changed").first()
    assert entry is not None
    assert entry.data["closes_on"] == ["2027-05-31", "2027-06-02"]


def test_after_the_list_is_out_what_applicants_relied_on_is_frozen(
    desk: Client, logistics: Programme
) -> None:
    desk.post("/desk/set-up/classes/new/", a_class(logistics))
    Cohort.objects.update(published_at=AT)
    frozen = a_class(logistics, tuition_fen="6000")
    assert "不能再改" in desk.post("/desk/set-up/classes/class-2027/", frozen).content.decode()
    later = a_class(logistics, starts_on="2027-07-05", ceremony_place="礼堂")
    assert desk.post("/desk/set-up/classes/class-2027/", later).status_code == 302
    assert Cohort.objects.get().tuition_fen == 560000


def test_the_code_of_a_programme_with_students_stays(units: people.Units) -> None:
    student = make_student(units)
    with pytest.raises(setting_up.CodeInUse):
        setting_up.keep_programme(
            student.programme,
            code="LOX",
            title="x",
            level="x",
            years=Decimal(2),
            summary="",
            by=None,
            at=AT,
        )


def test_the_year_stays_once_a_student_number_has_it(
    desk: Client, logistics: Programme, units: people.Units
) -> None:
    desk.post("/desk/set-up/classes/new/", a_class(logistics))
    address = "/desk/set-up/classes/class-2027/"
    later = {"starts_on": "2028-01-05", "ceremony_at_0": "2028-01-05"}
    assert desk.post(address, a_class(logistics, **later)).status_code == 302
    cohort = Cohort.objects.get()
    assert cohort.year == 2028
    assert make_student(units, cohort=cohort).student_no == "2028-LOG-001"
    refused = desk.post(address, a_class(logistics))
    assert "已有学号用了 2028 年，开学日期不能改到别的年份。" in refused.content.decode()
    moved = a_class(logistics, **later | {"starts_on": "2028-02-01"})
    assert desk.post(address, moved).status_code == 302
    cohort.refresh_from_db()
    assert (cohort.year, cohort.starts_on) == (2028, date(2028, 2, 1))


def test_classes_of_one_year_share_the_numbers_of_a_programme(units: people.Units) -> None:
    spring, autumn = (make_cohort(units, slug=slug, places=2) for slug in ("spring", "autumn"))
    numbers = [
        make_student(units, "某", f"+8613700000{serial:03d}", cohort=cohort).student_no
        for serial, cohort in enumerate([spring, autumn, autumn, spring])
    ]
    assert numbers == ["2026-LOG-001", "2026-LOG-003", "2026-LOG-004", "2026-LOG-002"]


def test_classes_that_each_counted_from_one_give_no_number_twice(units: people.Units) -> None:
    spring, autumn = (make_cohort(units, slug=slug, places=3) for slug in ("spring", "autumn"))
    for place in Place.objects.filter(cohort=autumn):  # as the edition before numbered them
        Place.objects.filter(pk=place.pk).update(no=place.no - 3)
    first = make_student(units, "某", "+8613700000000", cohort=spring)
    accepted = make_student(units, "某", "+8613700000001", cohort=autumn)
    third = make_student(units, "某", "+8613700000003", cohort=spring)
    assert [each.student_no for each in (first, accepted, third)] == [
        "2026-LOG-001", "2026-LOG-004", "2026-LOG-002",
    ]  # fmt: skip
    accepted.place.refresh_from_db()
    assert accepted.place.no == 4


def test_the_form_shows_what_is_there(desk: Client, logistics: Programme) -> None:
    desk.post("/desk/set-up/classes/new/", a_class(logistics))
    page = desk.get("/desk/set-up/classes/class-2027/").content.decode()
    for value in ("2027-05-31", "3000.50", "5600", "工人文化宫", "09:30"):
        assert f'value="{value}"' in page
