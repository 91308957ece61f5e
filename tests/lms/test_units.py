"""The union's units: a form, a workbook, and scopes that follow when something moves."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from lms.accounts import policies, units
from lms.accounts.models import OrgUnit, Role
from lms.base.workbook import XLSX
from tests import people
from tests.people import AT

pytestmark = pytest.mark.django_db
HEADINGS = ["代码", "名称", "简称", "类别", "上级代码"]


@pytest.fixture
def desk(units: people.Units) -> Client:
    client = Client()
    client.force_login(people.make_staff(Role.OPERATOR, "老吴", username="wu", unit=units.city))
    return client


def book(*rows: list[object], headings: list[str] = HEADINGS) -> SimpleUploadedFile:
    made = Workbook()
    for row in [headings, *rows]:
        made.active.append(row)
    buffer = io.BytesIO()
    made.save(buffer)
    return SimpleUploadedFile("units.xlsx", buffer.getvalue(), content_type=XLSX)


def test_a_workbook_brings_districts_and_enterprises_in_any_order(desk: Client) -> None:
    file = book(
        ["E0009", "快送工会", "快送", "企业工会", 359907],
        [359907, "湖里区总工会", "湖里", "区总工会", 359900],
    )
    assert desk.post("/desk/units/import/", {"file": file}).status_code == 302
    below = OrgUnit.objects.get(code="E0009")
    assert below.parent is not None
    assert below.path.startswith(below.parent.path)


def test_one_wrong_row_keeps_the_whole_workbook_out_and_is_named(desk: Client) -> None:
    file = book(
        ["359907", "湖里区总工会", "湖里", "区总工会", "359900"],
        ["E0009", "", "快送", "企业工会", "nowhere"],
        ["E0009", "又一个", "又", "公司", "359900"],
        ["E0011", "自己", "自", "企业工会", "E0001"],
    )
    page = desk.post("/desk/units/import/", {"file": file})
    text = page.content.decode()
    assert page.status_code == 400
    for words in (
        "第 3 行",
        "“名称”没有填",
        "nowhere",
        "第 4 行",
        "前面的行",
        "类别写",
        "上级不对",
    ):
        assert words in text
    assert not OrgUnit.objects.filter(code="359907").exists()


@pytest.mark.parametrize("code", [350203.1, "350203.1", "思明01", "E 01", "E/01"])
def test_a_code_that_no_address_can_hold_is_refused(desk: Client, code: object) -> None:
    file = book([code, "湖里区总工会", "湖里", "区总工会", "359900"])
    page = desk.post("/desk/units/import/", {"file": file})
    assert page.status_code == 400
    assert f"代码 {code} 不能用" in page.content.decode()
    assert desk.get("/desk/units/").status_code == 200


def test_a_workbook_without_our_headings_is_refused_with_what_is_missing(desk: Client) -> None:
    page = desk.post("/desk/units/import/", {"file": book(["x"], headings=["名字"])})
    assert page.status_code == 400
    assert "上级代码" in page.content.decode()


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 not really"])
def test_what_is_no_workbook_is_refused_with_a_sentence(desk: Client, content: bytes) -> None:
    page = desk.post("/desk/units/import/", {"file": SimpleUploadedFile("u.xlsx", content)})
    assert page.status_code == 400
    assert "field__error" in page.content.decode()


def test_the_template_taken_back_in_changes_nothing(desk: Client) -> None:
    before = list(OrgUnit.objects.values_list("code", "name", "path"))
    template = desk.get("/desk/units/template.xlsx").content
    assert load_workbook(io.BytesIO(template)).active["A1"].value == "代码"
    file = SimpleUploadedFile("units.xlsx", template, content_type=XLSX)
    assert desk.post("/desk/units/import/", {"file": file}).status_code == 302
    assert list(OrgUnit.objects.values_list("code", "name", "path")) == before


def test_an_enterprise_that_moves_is_seen_by_its_new_district(
    desk: Client, units: people.Units
) -> None:
    officer = people.make_staff(Role.DISTRICT_OFFICER, "集美", username="jm", unit=units.jimei)
    assert units.riders not in policies.units_of(officer, Role.DISTRICT_OFFICER)
    form = {"kind": "enterprise", "parent": units.jimei.pk, "name": "飞送", "short_name": "飞送"}
    assert desk.post("/desk/units/E0001/", form).status_code == 302
    assert units.riders in policies.units_of(officer, Role.DISTRICT_OFFICER)


def test_what_lies_below_goes_with_a_district_that_moves(units: people.Units) -> None:
    """No screen moves a district today; the paths must hold whoever does."""
    city = OrgUnit.objects.get(pk=units.city.pk)
    below = OrgUnit.objects.create(
        kind="enterprise", name="x", short_name="x", code="E77", parent=units.siming
    )
    old = units.siming.path
    OrgUnit.objects.filter(pk=units.siming.pk).update(path="odd/")
    siming = OrgUnit.objects.get(pk=units.siming.pk)
    siming.save()
    assert siming.path == old
    assert OrgUnit.objects.get(pk=below.pk).path.startswith(city.path)


def test_a_second_city_a_wrong_code_and_a_wrong_place_are_refused(units: people.Units) -> None:
    values = {"name": "x", "short_name": "x", "by": None, "at": AT}
    with pytest.raises(unit_rules.SecondCity):
        unit_rules.keep(code="1", kind="city", parent=None, **values)  # type: ignore[arg-type]
    with pytest.raises(unit_rules.WrongCode):
        unit_rules.keep(code="E.1", kind="enterprise", parent=units.siming, **values)  # type: ignore[arg-type]
    with pytest.raises(unit_rules.WrongPlace):
        unit_rules.keep(code="2", kind="district", parent=units.riders, **values)  # type: ignore[arg-type]


unit_rules = units
