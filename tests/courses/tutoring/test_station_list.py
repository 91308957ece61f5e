"""A list of stations: every line judged, nothing written by half, coordinates turned right."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from courses.tutoring import station_list, station_map
from courses.tutoring.geo import Point, distance_km, to_gcj02
from courses.tutoring.models import Station
from courses.tutoring.refusals import ListUnreadable
from lms.accounts.models import OrgUnit, Role
from tests import people

pytestmark = pytest.mark.django_db
GOOD = "编号,名称,区,地址,纬度,经度,座位,无线网\nJM-1,湖边驿站,集美,湖边路 1 号,24.58,118.1,16,有\n"


def judged(text: str, *, gcj02: bool = False, coding: str = "utf-8") -> list[station_list.Line]:
    districts = OrgUnit.objects.filter(kind="district")
    return station_list.read(text.encode(coding), "站.csv", of=districts, gcj02=gcj02)


@pytest.mark.parametrize("coding", ["utf-8-sig", "gb18030"])
def test_a_good_list_is_written_and_again_brought_up_to_date(
    units: people.Units, coding: str
) -> None:
    officer = people.make_staff(Role.CITY_OFFICER, "刘干事", username="liu", unit=units.city)
    (line,) = judged(GOOD, coding=coding)
    assert (line.errors, line.is_new) == ([], True)
    station_list.write([line], by=officer, at=people.AT)
    (again,) = judged(GOOD.replace("16", "20"))
    assert not again.is_new
    station_list.write([again], by=officer, at=people.AT)
    station = Station.objects.get()
    assert (station.code, station.capacity, station.district) == ("JM-1", 20, units.jimei)


def test_points_of_a_mainland_map_are_turned_back(units: people.Units) -> None:
    true = Point(24.58, 118.1)
    drawn = to_gcj02(true)
    text = GOOD.replace("24.58,118.1", f"{drawn.latitude:.7f},{drawn.longitude:.7f}")
    facts = judged(text, gcj02=True)[0].facts
    assert distance_km(Point(facts["latitude"], facts["longitude"]), true) < 0.001


@pytest.mark.parametrize(
    ("was", "becomes", "error"),
    [
        ("24.58,118.1", "118.1,24.58", "经度和纬度填反了"),
        ("24.58,118.1", "北纬,118.1", "经纬度要是数字"),
        ("24.58,118.1", "48.8,2.3", "不在国内"),
        (",集美,", ",海沧,", "没有这个区：海沧"),
        ("湖边驿站", "", "缺少名称"),
        ("16,有", "0,有", "座位要是"),
        ("16,有", "16,也许", "看不懂「也许」"),
    ],
)
def test_a_wrong_line_says_what_to_mend_and_nothing_is_written(
    units: people.Units, was: str, becomes: str, error: str
) -> None:
    lines = judged(GOOD + GOOD.splitlines()[1].replace("JM-1", "JM-2").replace(was, becomes) + "\n")
    assert [bool(line.errors) for line in lines] == [False, True]
    assert error in lines[1].errors[0]
    officer = people.make_staff(Role.CITY_OFFICER, "刘干事", username="liu", unit=units.city)
    with pytest.raises(ListUnreadable):
        station_list.write(lines, by=officer, at=people.AT)
    assert not Station.objects.exists()


def test_the_same_number_twice_is_told(units: people.Units) -> None:
    lines = judged(GOOD + GOOD.splitlines()[1] + "\n")
    assert lines[1].errors == ["编号和前面的行重复"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", "编号,名称\n1,2\n".encode()])
def test_what_is_no_list_is_refused(units: people.Units, content: bytes) -> None:
    with pytest.raises(ListUnreadable):
        station_list.read(content, "站.csv", of=[], gcj02=False)
    with pytest.raises(ListUnreadable):
        station_list.read(b"PK no workbook", "站.xlsx", of=[], gcj02=False)


def test_the_office_checks_first_and_then_writes(units: people.Units, client: Client) -> None:
    client.force_login(
        people.make_staff(Role.CITY_OFFICER, "刘干事", username="liu", unit=units.city)
    )
    book = Workbook()
    for row in (["编号", "名称", "区", "地址"], ["SM-9", "海边驿站", "思明区", "滨海路"]):
        book.active.append(row)  # type: ignore[union-attr]
    file = io.BytesIO()
    book.save(file)

    def sent(act: str) -> dict[str, object]:
        upload = SimpleUploadedFile("站.xlsx", file.getvalue())
        return {"file": upload, "map": "gcj02", act: "1"}

    assert "1 行都没有问题" in client.post("/desk/stations/", sent("check")).content.decode()
    assert not Station.objects.exists()
    assert client.post("/desk/stations/", sent("write")).status_code == 302
    assert Station.objects.get().district == units.siming


def test_the_drawn_map_keeps_the_directions(units: people.Units) -> None:
    stations = [
        Station(name="北", district=units.jimei, latitude=24.6, longitude=118.1),
        Station(name="南", district=units.siming, latitude=24.4, longitude=118.1),
        Station(name="东", district=units.siming, latitude=24.4, longitude=118.2),
        Station(name="无", district=units.siming),
    ]
    drawn = station_map.draw(stations)
    assert drawn is not None
    at = {dot.name: dot for dot in drawn.dots}
    assert set(at) == {"北", "南", "东"}
    assert at["北"].y < at["南"].y
    assert at["东"].x > at["南"].x
    assert all(0 <= dot.x <= drawn.width and 0 <= dot.y <= drawn.height for dot in drawn.dots)
    assert station_map.draw([stations[3]]) is None
