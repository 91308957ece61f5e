"""A student's weeks: painted, told apart by week, copied, exported, taken away; nobody else's."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from courses.tutoring import shifts, weeks
from courses.tutoring.term_models import ShiftWeek, Whereabouts
from enrollment.registry.models import Student
from lms.base import audit, clock
from tests import people

MONDAY = date(2026, 9, 7)
NOW = datetime(2026, 9, 8, 4, tzinfo=clock.SHANGHAI)
PEAKS = weeks.USUAL_WEEKS[0].cells


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 9, 7 + day, hour, minute, tzinfo=clock.SHANGHAI)


@pytest.mark.parametrize(
    ("first", "last", "margin"),
    [
        (at(0, 14), at(0, 17), 0),  # between the peaks, to the minute
        (at(0, 14, 30), at(0, 15, 30), 30),
        (at(0, 13), at(0, 15), None),
        (at(0, 15), at(0, 17, 1), None),
        (at(0, 22), at(0, 23), 60),
        (at(1, 2), at(1, 4), 180),  # no further than three hours
        (at(0, 23, 30), at(1, 0, 30), 150),  # past midnight into the next day
        (at(6, 22), at(7, 0), 60),  # and into the next week
    ],
)
def test_the_free_minutes_around_a_class(
    first: datetime, last: datetime, margin: int | None
) -> None:
    assert weeks.Calendar(PEAKS, {}).margin_min(first, last) == margin


@given(st.integers(0, 2**168 - 1), st.integers(0, 6), st.integers(0, 22), st.integers(0, 59))
def test_the_margin_is_what_counting_minute_by_minute_gives(
    bits: int, day: int, hour: int, minute: int
) -> None:
    calendar = weeks.Calendar(f"{bits:0168b}", {})
    first = at(day, hour, minute)
    last = first + timedelta(minutes=60)

    def free(moment: datetime) -> bool:
        local = clock.local(moment)
        return not calendar.works(local.date(), local.hour)

    expected: int | None = None
    if all(free(first + timedelta(minutes=n)) for n in range(60)):
        before = next((n for n in range(180) if not free(first - timedelta(minutes=n + 1))), 180)
        after = next((n for n in range(180) if not free(last + timedelta(minutes=n))), 180)
        expected = min(before, after)
    assert calendar.margin_min(first, last) == expected


@pytest.mark.django_db
def test_a_week_that_differs_stands_beside_the_usual_one(yi: Student) -> None:
    night = weeks.USUAL_WEEKS[2].cells
    shifts.keep_week(yi, PEAKS, monday=None, by=yi.user, at=NOW)
    shifts.keep_week(yi, night, monday=MONDAY, by=yi.user, at=NOW)
    assert shifts.cells_of(yi, MONDAY) == night
    assert shifts.cells_of(yi, MONDAY + timedelta(days=7)) == PEAKS
    shifts.copy_last_week(yi, monday=MONDAY + timedelta(days=7), by=yi.user, at=NOW)
    assert shifts.cells_of(yi, MONDAY + timedelta(days=7)) == night
    calendar = shifts.calendars_of([yi])[yi.pk]
    assert calendar.works(MONDAY, 20)
    assert not calendar.works(MONDAY + timedelta(days=14), 22)


@pytest.mark.django_db
def test_a_week_like_the_usual_one_is_no_exception(yi: Student) -> None:
    shifts.keep_week(yi, PEAKS, monday=None, by=yi.user, at=NOW)
    shifts.keep_week(yi, weeks.EMPTY, monday=MONDAY, by=yi.user, at=NOW)
    shifts.keep_week(yi, PEAKS, monday=MONDAY, by=yi.user, at=NOW)
    assert ShiftWeek.objects.filter(student=yi).count() == 1


@pytest.mark.django_db
def test_painting_on_the_phone_and_taking_it_all_away(yi: Student, client: Client) -> None:
    client.force_login(yi.user)
    with time_machine.travel(NOW, tick=False):
        sent = {"h": ["10", "11", "999", "34"], "reach_min": "45", "station": ""}
        assert client.post("/learn/shifts/", sent).status_code == 302
        assert weeks.painted(shifts.cells_of(yi, None)) == [10, 11, 34]
        assert Whereabouts.objects.get(student=yi).reach_min == 45
        assert (
            client.post("/learn/shifts/?week=2026-09-14", {**sent, "copy": "1"}).status_code == 302
        )
        shown = client.get("/learn/shifts/").content.decode()
        assert "/learn/shifts/?week=2026-09-14" in shown  # the way to a week that differs
        assert 'value="34" aria-label="周二 10 点" checked' in shown
        # Without scripts a ready-made week is shown, and kept only with the main button.
        ready = client.post("/learn/shifts/", {"preset": "peaks"}).content.decode()
        assert 'value="17" aria-label="周一 17 点" checked' in ready
        assert weeks.painted(shifts.cells_of(yi, None)) == [10, 11, 34]
        client.post("/learn/shifts/forget/")
    assert not ShiftWeek.objects.exists()
    assert not Whereabouts.objects.exists()


@pytest.mark.django_db
def test_what_is_wrong_is_said_and_nothing_kept(yi: Student, client: Client) -> None:
    client.force_login(yi.user)
    answer = client.post("/learn/shifts/", {"h": ["x"], "reach_min": "7"})
    assert answer.status_code == 200
    assert not ShiftWeek.objects.exists()


@pytest.mark.django_db
def test_the_audit_trail_does_not_say_when_somebody_works(yi: Student) -> None:
    shifts.keep_week(yi, PEAKS, monday=None, by=yi.user, at=NOW)
    entry = audit.trail(yi).latest("pk")
    assert (entry.action, entry.data) == ("shifts.kept", {})


@pytest.mark.django_db
def test_everything_said_is_in_the_own_download(yi: Student) -> None:
    from enrollment.own_data.collecting import sections_of

    shifts.keep_week(yi, weeks.of_hours([(10, 14), (16, 21)], [0]), monday=None, by=yi.user, at=NOW)
    shifts.keep_whereabouts(yi, station=None, reach_min=45, at=NOW)
    rows = dict(next(s for s in sections_of(yi.user) if s.title == "我的班表").rows)
    assert rows["平常的一周"] == "周一 10–14 点、16–21 点"
    assert rows["上课最远愿意走"] == "45 分钟"
    assert people.AT < NOW
