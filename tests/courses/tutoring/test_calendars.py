"""iCalendar, read back by the library."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from icalendar import Calendar, Event

from courses.tutoring import booking, calendars, planning
from courses.tutoring.models import Booking, SharedFeed
from tests.courses.tutoring.conftest import BEFORE, ENDS, STARTS, book, make_meeting, plan


def events(ics: bytes) -> list[Event]:
    return list(Calendar.from_ical(ics).walk("VEVENT"))


def test_a_booked_meeting_reads_back_with_its_time_and_place(meeting, yi) -> None:
    book(meeting, yi)
    ics = calendars.student_calendar(yi, at=BEFORE)
    (event,) = events(ics)
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (STARTS, ENDS)
    assert event["dtstart"].params["TZID"] == "Asia/Shanghai"
    assert str(event["location"]) == "滨海驿站（思明区滨海路 12 号）"
    assert (str(event["status"]), event["sequence"]) == ("CONFIRMED", 0)
    assert str(event["uid"]) == str(meeting.uuid)
    assert event.walk("VALARM")[0].decoded("trigger") == timedelta(hours=-2)


def test_the_calendar_brings_its_time_zone_without_summer_time(meeting, yi) -> None:
    book(meeting, yi)
    calendar = Calendar.from_ical(calendars.student_calendar(yi, at=BEFORE))
    (zone,) = calendar.walk("VTIMEZONE")
    assert str(zone["tzid"]) == "Asia/Shanghai"
    assert [part.name for part in zone.subcomponents] == ["STANDARD"]
    assert zone.subcomponents[0].decoded("tzoffsetto") == timedelta(hours=8)


def test_lines_fold_at_75_octets_and_no_sign_is_cut(meeting, yi, station, chen) -> None:
    topic = "期末复习与答疑：仓储管理、配送路线、运输合同和消费者权益保护法一次讲清楚"
    planning.change(meeting, plan(station, topic=topic), by=chen, at=BEFORE)
    ics = calendars.one_meeting(meeting, at=BEFORE)
    lines = ics.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert all(line.decode() is not None for line in lines)
    assert str(events(ics)[0]["summary"]) == topic


def test_an_update_keeps_the_uid_and_raises_the_sequence(meeting, yi, station, chen) -> None:
    book(meeting, yi)
    (first,) = events(calendars.student_calendar(yi, at=BEFORE))
    hour = timedelta(hours=1)
    planning.change(
        meeting, plan(station, starts_at=STARTS + hour, ends_at=ENDS + hour), by=chen, at=BEFORE
    )
    (second,) = events(calendars.student_calendar(yi, at=BEFORE))
    assert first["uid"] == second["uid"]
    assert (first["sequence"], second["sequence"]) == (0, 1)
    assert second.decoded("dtstart") == STARTS + hour


def test_a_cancelled_meeting_is_told_to_the_calendar(meeting, yi, chen) -> None:
    book(meeting, yi)
    planning.cancel(meeting, reason="驿站停电", by=chen, at=BEFORE)
    (event,) = events(calendars.student_calendar(yi, at=BEFORE))
    assert (str(event["status"]), event["sequence"]) == ("CANCELLED", 1)
    assert str(event["summary"]) == "（已取消）仓储与配送答疑"
    assert "取消原因：驿站停电" in str(event["description"])
    assert not event.walk("VALARM")


def test_waiting_is_tentative_and_leaving_removes_the_event(one_chair, yi, lin) -> None:
    book(one_chair, lin)
    book(one_chair, yi)
    (event,) = events(calendars.student_calendar(yi, at=BEFORE))
    assert str(event["status"]) == "TENTATIVE"
    booking.cancel_booking(Booking.objects.get(student=yi), by=yi.user, at=BEFORE)
    assert events(calendars.student_calendar(yi, at=BEFORE)) == []


def test_a_feed_asks_the_same_for_few_and_many(
    cohort, station, chen, yi, django_assert_num_queries
) -> None:
    from tests.courses.tutoring.conftest import make_meeting

    for n in range(10):
        day = timedelta(days=n)
        book(make_meeting(cohort, station, chen, starts_at=STARTS + day, ends_at=ENDS + day), yi)
    with django_assert_num_queries(2):
        assert len(events(calendars.student_calendar(yi, at=BEFORE))) == 10


def test_tutor_and_station_read_updates_and_cancellations_like_the_students(
    meeting, yi, station, chen, client
) -> None:
    """A client that keeps what it read, by uid, and takes a newer sequence for the truth."""
    book(meeting, yi)
    feeds = [
        calendars.shared_feed_of(tutor=chen, at=BEFORE),
        calendars.shared_feed_of(station=station, at=BEFORE),
    ]
    kept: dict[str, Event] = {}

    def read(feed: SharedFeed) -> Event:
        ics = client.get(f"/calendar/shared/{feed.token}.ics").content
        assert max(map(len, ics.split(b"\r\n"))) <= 75
        assert yi.name not in ics.replace(b"\r\n ", b"").decode()
        for event in events(ics):
            known = kept.get(str(event["uid"]))
            if known is None or event["sequence"] > known["sequence"]:
                kept[str(event["uid"])] = event
        return kept[str(meeting.uuid)]

    with time_machine.travel(BEFORE, tick=False):
        for feed in feeds:
            assert str(read(feed)["status"]) == "CONFIRMED"
        hour = timedelta(hours=1)
        moved = plan(station, starts_at=STARTS + hour, ends_at=ENDS + hour)
        planning.change(meeting, moved, by=chen, at=BEFORE)
        for feed in feeds:
            assert read(feed).decoded("dtstart") == STARTS + hour
        planning.cancel(meeting, reason="停电", by=chen, at=BEFORE)
        for feed in feeds:
            assert str(read(feed)["status"]) == "CANCELLED"
    assert kept[str(meeting.uuid)]["sequence"] == 2


def test_a_mere_plan_is_tentative_for_the_tutor_and_unknown_at_the_station(
    cohort, station, chen
) -> None:
    make_meeting(cohort, station, chen, published=False)
    own = calendars.shared_feed_of(tutor=chen, at=BEFORE)
    (event,) = events(calendars.shared_calendar(own, at=BEFORE))
    assert str(event["status"]) == "TENTATIVE"
    there = calendars.shared_feed_of(station=station, at=BEFORE)
    assert events(calendars.shared_calendar(there, at=BEFORE)) == []


def test_the_calendar_of_a_tutor_who_left_is_shut(chen, client) -> None:
    feed = calendars.shared_feed_of(tutor=chen, at=BEFORE)
    assert calendars.shared_feed_of(tutor=chen, at=ENDS) == feed
    chen.is_active = False
    chen.save()
    assert client.get(f"/calendar/shared/{feed.token}.ics").status_code == 404
