"""A series by hand: weekly, holidays passed over, all or none; what the place offers besides."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse
from icalendar import Calendar

from courses.tutoring import calendars, planning, shifts, weeks
from courses.tutoring.models import Meeting
from courses.tutoring.refusals import NotNow, StationBusy
from courses.tutoring.term_models import Holiday
from lms.base import clock
from tests import people
from tests.courses.tutoring.conftest import BEFORE, ENDS, STARTS, book, make_meeting, plan
from tests.courses.tutoring.test_tutor_screens import at

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


def series(cohort, station, chen, *, times=3, **changes) -> list[Meeting]:
    return planning.plan_series(
        cohort, plan(station, **changes), times=times, tutor=chen, by=chen, at=BEFORE
    )


def days(made: list[Meeting]) -> list[date]:
    return [clock.local_date(meeting.starts_at) for meeting in made]


def test_a_holiday_is_passed_over_and_made_up_for_at_the_end(cohort, station, chen) -> None:
    Holiday.objects.update_or_create(day=date(2026, 9, 22), defaults={"name": "放假"})
    made = series(cohort, station, chen)
    assert days(made) == [date(2026, 9, 15), date(2026, 9, 29), date(2026, 10, 13)]
    assert date(2026, 10, 6) in set(Holiday.objects.values_list("day", flat=True))
    assert [m.topic[-5:] for m in made] == ["（1／3）", "（2／3）", "（3／3）"]
    assert len({m.series for m in made}) == 1
    assert all(m.starts_at.time() == STARTS.time() and m.state == "planned" for m in made)


def test_one_date_that_cannot_be_leaves_nothing(cohort, station, chen) -> None:
    taken = make_meeting(cohort, station, chen, starts_at=STARTS + WEEK, ends_at=ENDS + WEEK)
    with pytest.raises(StationBusy):
        series(cohort, station, chen)
    assert list(Meeting.objects.all()) == [taken]


def test_the_whole_series_is_published_at_once_and_only_once(cohort, station, chen) -> None:
    made = series(cohort, station, chen)
    planning.cancel(made[2], reason="停电", by=chen, at=BEFORE)
    assert planning.publish_series(made[0], by=chen, at=BEFORE) == 2
    states = [Meeting.objects.get(pk=m.pk).state for m in made]
    assert states == ["published", "published", "cancelled"]
    with pytest.raises(NotNow):
        planning.publish_series(made[0], by=chen, at=BEFORE)


def test_the_tutor_plans_and_publishes_a_series_on_the_phone(cohort, station, chen, client) -> None:
    client.force_login(chen)
    typed = {
        "topic": "答疑", "station": station.pk, "day": "2026-09-15", "begins": "14:00",
        "minutes": "120", "times": "4", "has_childcare": "on", "guest": "劳模 王师傅",
    }  # fmt: skip
    with at(BEFORE):
        answer = client.post("/desk/tutor/plan/", typed, follow=True).content.decode()
        assert "排好了 4 节" in answer
        assert "整个系列 4 节一起发布" in answer
        first = Meeting.objects.first()
        client.post(f"/desk/tutor/meetings/{first.uuid}/publish/", {"series": "1"})
    assert set(Meeting.objects.values_list("state", flat=True)) == {"published"}
    assert Meeting.objects.filter(has_childcare=True, guest="劳模 王师傅").count() == 4


def test_a_single_class_on_a_holiday_is_said_not_refused(cohort, station, chen, client) -> None:
    client.force_login(chen)
    typed = {
        "topic": "答疑", "station": station.pk, "day": "2026-10-02", "begins": "14:00",
        "minutes": "120",
    }  # fmt: skip
    with at(BEFORE):
        assert (
            "这天放假（国庆节）"
            in client.post("/desk/tutor/plan/", typed, follow=True).content.decode()
        )


def test_holding_it_once_more_brings_everything_but_the_day(cohort, station, chen, client) -> None:
    meeting = make_meeting(cohort, station, chen, guest="劳模 王师傅", places=2)
    client.force_login(chen)
    with at(BEFORE):
        page = client.get(f"/desk/tutor/plan/?like={meeting.uuid}").content.decode()
        assert "劳模 王师傅" in page
        assert 'value="仓储与配送答疑"' in page
        assert "2026-09-15" not in page
        assert client.get("/desk/tutor/plan/?like=nonsense").status_code == 200


def test_what_the_place_offers_is_on_every_screen_and_in_the_calendar(
    cohort, station, chen, yi, client
) -> None:
    meeting = make_meeting(
        cohort, station, chen, has_childcare=True, hands_out_kits=True, guest="劳模 王师傅"
    )
    book(meeting, yi)
    client.force_login(yi.user)
    with at(BEFORE):
        for address in ("/learn/meetings/", reverse("courses:meeting", args=[meeting.uuid])):
            page = client.get(address).content.decode()
            for words in ("暑期托管", "新生礼包", "劳模宣讲：劳模 王师傅"):
                assert words in page
        (event,) = Calendar.from_ical(calendars.student_calendar(yi, at=BEFORE)).walk("VEVENT")
    assert "暑期托管" in event["description"]
    changed = plan(station, has_childcare=False, guest="")
    planning.change(meeting, changed, by=chen, at=BEFORE)
    meeting.refresh_from_db()
    assert (meeting.has_childcare, meeting.hands_out_kits, meeting.guest) == (False, False, "")


def test_a_shift_at_that_time_is_said_to_the_student_and_counted_for_the_tutor(
    meeting, yi, lin, chen, client
) -> None:
    shifts.keep_week(yi, weeks.of_hours([(13, 18)]), monday=None, by=yi.user, at=people.AT)
    shifts.keep_week(lin, weeks.of_hours([(20, 23)]), monday=None, by=lin.user, at=people.AT)
    page = reverse("courses:meeting", args=[meeting.uuid])
    with at(BEFORE):
        client.force_login(yi.user)
        assert "和你的班表撞了" in client.get(page).content.decode()
        client.force_login(lin.user)
        assert "和你的班表撞了" not in client.get(page).content.decode()
        client.force_login(chen)
        desk = client.get(reverse("courses:tutor_meeting", args=[meeting.uuid])).content.decode()
    assert "填了班表的 2 人里，1 人那时不上班" in desk


def test_every_holiday_of_2026_is_entered_with_the_notice_it_comes_from() -> None:
    of_2026 = Holiday.objects.filter(day__year=2026)
    assert of_2026.count() == 3 + 9 + 3 + 5 + 3 + 3 + 7
    assert set(of_2026.values_list("source", flat=True)) == {"国办发明电〔2025〕7号"}
