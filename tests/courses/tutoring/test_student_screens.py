"""What a student sees of meetings, and does there."""

from __future__ import annotations

from datetime import timedelta
from unittest import mock

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from courses.tutoring import attendance, calendars, planning
from courses.tutoring.models import Booking, CalendarFeed, Meeting
from lms.accounts.models import Role
from tests import factories, people
from tests.courses.tutoring.conftest import (
    AT_THE_DOOR,
    BEFORE,
    ENDS,
    STARTS,
    book,
    make_meeting,
)

BOOKED, WAITING, CANCELLED = Booking.State.BOOKED, Booking.State.WAITING, Booking.State.CANCELLED


@pytest.fixture(autouse=True)
def _a_week_before():
    with mock.patch("lms.base.clock.now", return_value=BEFORE):
        yield


@pytest.fixture
def phone(client: Client, yi) -> Client:
    """阿怡's, signed in."""
    client.force_login(yi.user)
    return client


def page(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(f"courses:{name}", args=args))
    assert answer.status_code == 200, answer
    return answer.content.decode()


def act(client: Client, name: str, *args: object) -> str:
    """Post and follow to the page that says what came of it."""
    answer = client.post(reverse(f"courses:{name}", args=args), follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_shows_places_left_and_a_button(phone, meeting, lin) -> None:
    book(meeting, lin)
    html = page(phone, "meetings")
    assert "还有 2 个位子，共 3 个" in html
    assert reverse("courses:meeting_book", args=[meeting.uuid]) in html


def test_a_full_meeting_offers_the_waiting_list(phone, one_chair, lin) -> None:
    book(one_chair, lin)
    assert "排候补" in page(phone, "meetings")
    assert "已为你排进候补" in act(phone, "meeting_book", one_chair.uuid)
    assert "你排在第 1 位" in page(phone, "meeting", one_chair.uuid)


def test_booking_and_leaving(phone, meeting, yi) -> None:
    assert "报名成功" in act(phone, "meeting_book", meeting.uuid)
    assert "已为你留好座位" in page(phone, "meeting", meeting.uuid)
    assert "已取消，座位让给了同学" in act(phone, "meeting_leave", meeting.uuid)
    assert Booking.objects.get(student=yi).state == CANCELLED


def test_what_cannot_be_booked_says_why(phone, meeting, chen) -> None:
    with mock.patch("lms.base.clock.now", return_value=STARTS):
        assert "这节课现在不能报名了" in act(phone, "meeting_book", meeting.uuid)
    assert not Booking.objects.exists()


def test_what_cannot_be_left_says_why(phone, meeting, yi) -> None:
    book(meeting, yi)
    with mock.patch("lms.base.clock.now", return_value=STARTS):
        assert "课已经开始，不能取消报名了" in act(phone, "meeting_leave", meeting.uuid)


def test_leaving_what_one_never_booked_is_not_found(phone, meeting) -> None:
    url = reverse("courses:meeting_leave", args=[meeting.uuid])
    assert phone.post(url).status_code == 404


def test_a_cancelled_meeting_stays_for_those_who_booked(phone, meeting, chen, yi, lin) -> None:
    book(meeting, yi)
    planning.cancel(meeting, reason="驿站停电", by=chen, at=BEFORE)
    assert "已取消" in page(phone, "meetings")
    assert "原因：驿站停电" in page(phone, "meeting", meeting.uuid)
    phone.force_login(lin.user)
    assert meeting.topic not in page(phone, "meetings")


def test_what_one_came_to_is_listed_and_what_one_missed_too(phone, meeting, chen, yi, lin) -> None:
    book(meeting, yi)
    book(meeting, lin)
    attendance.tick(meeting, yi, by=chen, at=AT_THE_DOOR)
    planning.finish(meeting, by=chen, at=ENDS)
    with mock.patch("lms.base.clock.now", return_value=ENDS + timedelta(days=1)):
        assert "已签到" in page(phone, "meetings")
        assert "你来上了这节课" in page(phone, "meeting", meeting.uuid)
        phone.force_login(lin.user)
        assert "没有签到" in page(phone, "meetings")


def test_plans_and_other_classes_do_not_exist(phone, cohort, station, chen, units) -> None:
    plan = make_meeting(cohort, station, chen, published=False)
    other_class = factories.make_cohort(units, slug="2025")
    day = timedelta(days=1)
    other = make_meeting(
        other_class, station, chen, starts_at=STARTS + day, ends_at=ENDS + day, topic="别班"
    )
    html = page(phone, "meetings")
    for hidden in (plan, other):
        assert str(hidden.uuid) not in html
        assert phone.get(reverse("courses:meeting", args=[hidden.uuid])).status_code == 404
        for name in ("meeting_book", "meeting_leave"):
            url = reverse(f"courses:{name}", args=[hidden.uuid])
            assert phone.post(url).status_code == 404
        event = reverse("courses:meeting_event", args=[hidden.uuid])
        assert phone.get(event).status_code == 404


GET = ("meetings", "stations", "meeting", "meeting_event")
POST = ("meeting_book", "meeting_leave", "calendar_renew")


def address(name: str, meeting: Meeting) -> str:
    alone = name in ("meetings", "stations", "calendar_renew")
    return reverse(f"courses:{name}", args=[] if alone else [meeting.uuid])


@pytest.mark.parametrize("name", GET)
def test_pages_are_read_not_posted(phone, meeting, name) -> None:
    assert phone.post(address(name, meeting)).status_code == 405


@pytest.mark.parametrize("name", POST)
def test_acts_are_posted_not_read(phone, meeting, name) -> None:
    assert phone.get(address(name, meeting)).status_code == 405


@pytest.mark.parametrize("name", GET + POST)
def test_strangers_sign_in_and_outsiders_and_officers_stay_out(
    client, meeting, outsider, wang, name
) -> None:
    method = client.post if name in POST else client.get
    url = address(name, meeting)
    answer = method(url)
    assert (answer.status_code, "/sign-in/" in answer["Location"]) == (302, True)
    for user in (outsider, wang):
        client.force_login(user)
        assert method(url).status_code == 403


def test_who_left_the_class_is_told_so(phone, yi) -> None:
    yi.status = "withdrawn"
    yi.save()
    answer = phone.get(reverse("courses:meetings"))
    assert answer.status_code == 403
    assert "不在学员名单里" in answer.content.decode()


def test_stations_have_hours_and_a_way_there(phone, station) -> None:
    html = page(phone, "stations")
    for words in ("滨海驿站", "思明区滨海路 12 号", "08:00–22:00", "免费无线网"):
        assert words in html
    assert "uri.amap.com/marker?position=118.089400%2C24.479800" in html
    assert "geo:24.479800,118.089400" in html
    assert 'src="http' not in html


def test_a_station_without_coordinates_is_searched_by_its_address(phone, station) -> None:
    station.latitude = station.longitude = None
    station.save()
    html = page(phone, "stations")
    assert "uri.amap.com/search" in html
    assert "geo:" not in html


# --- The calendar ------------------------------------------------------------------------------


def test_the_feed_answers_without_signing_in_and_stops_when_renewed(phone, meeting, yi) -> None:
    book(meeting, yi)
    html = page(phone, "meetings")
    token = CalendarFeed.objects.get(student=yi).token
    old = reverse("courses:calendar_feed", args=[token])
    assert f"webcal://testserver{old}" in html
    answer = Client().get(old)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert str(meeting.uuid) in answer.content.decode()
    assert "日历换了新地址" in act(phone, "calendar_renew")
    assert Client().get(old).status_code == 404
    assert calendars.feed_of(yi, at=BEFORE).token != token


def test_the_feed_is_read_only_and_unguessable(client, yi) -> None:
    feed = calendars.feed_of(yi, at=BEFORE)
    assert len(feed.token) == 32
    url = reverse("courses:calendar_feed", args=[feed.token])
    assert client.post(url).status_code == 405
    assert client.get(reverse("courses:calendar_feed", args=["x" * 32])).status_code == 404
    yi.status = "withdrawn"
    yi.save()
    assert client.get(url).status_code == 404


def test_one_meeting_is_a_file_to_take_along(phone, meeting) -> None:
    answer = phone.get(reverse("courses:meeting_event", args=[meeting.uuid]))
    assert answer["Content-Disposition"].endswith('.ics"')
    assert answer.content.startswith(b"BEGIN:VCALENDAR")


# --- Statements --------------------------------------------------------------------------------


def many(cohort, station, tutor, students, how_many: int) -> None:
    """So many that are to come, and as many that are over."""
    day = timedelta(days=1)
    for n in range(2 * how_many):
        meeting = make_meeting(
            cohort,
            station,
            tutor,
            starts_at=STARTS + n * day,
            ends_at=ENDS + n * day,
            topic=f"第{n}次",
        )
        for student in students:
            book(meeting, student)
        if n % 2:
            ago = F("starts_at") - 40 * day, F("ends_at") - 40 * day
            Meeting.objects.filter(pk=meeting.pk).update(starts_at=ago[0], ends_at=ago[1])


@pytest.mark.parametrize("how_many", [1, 12])
def test_the_list_asks_the_same_for_few_and_many(
    phone, cohort, station, chen, yi, lin, how_many, django_assert_max_num_queries
) -> None:
    many(cohort, station, chen, [yi, lin], how_many)
    calendars.feed_of(yi, at=BEFORE)
    with django_assert_max_num_queries(8):
        shown = page(phone, "meetings")
    assert "第0次" in shown
    assert "第1次" in shown


@pytest.mark.parametrize("how_many", [1, 12])
def test_the_stations_ask_the_same_for_few_and_many(
    phone, station, units, how_many, django_assert_max_num_queries
) -> None:
    from courses.tutoring import stations

    for n in range(how_many):
        stations.keep_station(
            f"S{n}", name=f"驿站{n}", district=units.jimei, address="x", by=None, at=BEFORE
        )
    with django_assert_max_num_queries(5):
        page(phone, "stations")


def test_a_tutor_may_look_at_the_stations_but_not_book(client, meeting, units) -> None:
    zhang = people.make_staff(Role.TUTOR, "张老师", username="zhang", unit=units.city)
    client.force_login(zhang)
    assert client.get(reverse("courses:stations")).status_code == 200
    assert client.get(reverse("courses:meetings")).status_code == 403
