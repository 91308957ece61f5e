"""A meeting from plan to end."""

from __future__ import annotations

from datetime import timedelta
from unittest import mock

import pytest

from courses.tutoring import notices, planning, refusals
from courses.tutoring.jobs import FORGOTTEN_AFTER
from courses.tutoring.models import Booking, Meeting, Station
from lms.accounts.models import Role, TextMessage
from lms.base import audit
from lms.base.jobs import api as jobs
from lms.base.jobs.models import Job
from tests import people
from tests.courses.tutoring.conftest import (
    AT_THE_DOOR,
    BEFORE,
    ENDS,
    STARTS,
    book,
    make_meeting,
    plan,
)

State = Meeting.State


def news() -> list[dict]:
    return [job.payload for job in Job.objects.filter(kind=notices.KIND).order_by("pk")]


def deliver(at=BEFORE) -> list[str]:
    for payload in news():
        notices.deliver(payload, at=at)
    return [message.text.plain() for message in TextMessage.objects.order_by("pk")]


def test_a_plan_has_a_chair_for_every_seat_of_the_station(cohort, station, chen) -> None:
    meeting = make_meeting(cohort, station, chen, published=False)
    assert (meeting.state, meeting.seats.count()) == (State.PLANNED, station.capacity)
    assert audit.trail(meeting).get().action == "meeting.planned"


def test_a_plan_may_offer_fewer_places_but_not_more(cohort, station, chen) -> None:
    assert make_meeting(cohort, station, chen, places=2).seats.count() == 2
    with pytest.raises(refusals.TooManyPlaces) as refusal:
        make_meeting(cohort, station, chen, places=4)
    assert str(refusal.value) == "滨海驿站 只有 3 个座位，请减少名额或换个驿站。"


def test_a_meeting_is_not_planned_into_the_past_nor_for_a_minute(cohort, station, chen) -> None:
    with pytest.raises(refusals.InThePast):
        planning.plan_meeting(cohort, plan(station), tutor=chen, by=chen, at=STARTS)
    for length in (timedelta(minutes=5), timedelta(0), timedelta(hours=9)):
        with pytest.raises(refusals.WrongHours):
            make_meeting(cohort, station, chen, ends_at=STARTS + length)


def test_a_station_holds_one_meeting_at_a_time(cohort, station, chen, units, meeting) -> None:
    zhang = people.make_staff(Role.TUTOR, "张老师", username="zhang", unit=units.city)
    with pytest.raises(refusals.StationBusy) as refusal:
        make_meeting(cohort, station, zhang, starts_at=STARTS + timedelta(hours=1))
    assert "滨海驿站 9月15日 星期二 14:00–16:00" in str(refusal.value)
    assert "陈老师" in str(refusal.value)


def test_a_tutor_is_in_one_place_at_a_time(cohort, station, chen, units, meeting) -> None:
    other = Station.objects.create(
        code="JM-01", name="集美驿站", district=units.jimei, address="学村路 3 号"
    )
    with pytest.raises(refusals.TutorBusy):
        make_meeting(cohort, other, chen, starts_at=STARTS - timedelta(hours=1))


def test_what_was_cancelled_is_not_in_the_way(cohort, station, chen, meeting) -> None:
    planning.cancel(meeting, reason="停电", by=chen, at=BEFORE)
    assert make_meeting(cohort, station, chen).state == State.PUBLISHED


def test_publishing_twice_is_refused_with_the_state_it_has(meeting, chen) -> None:
    with pytest.raises(refusals.NotNow) as refusal:
        planning.publish(meeting, by=chen, at=BEFORE)
    assert "「报名中」" in str(refusal.value)


def test_a_plan_whose_time_has_passed_is_not_published(cohort, station, chen) -> None:
    meeting = make_meeting(cohort, station, chen, published=False)
    with pytest.raises(refusals.InThePast):
        planning.publish(meeting, by=chen, at=STARTS)


def test_another_time_raises_the_sequence_and_tells_those_who_booked(
    meeting, station, chen, yi, lin
) -> None:
    book(meeting, yi)
    later = plan(station, starts_at=STARTS + timedelta(hours=3), ends_at=ENDS + timedelta(hours=3))
    planning.change(meeting, later, by=chen, at=BEFORE)
    meeting.refresh_from_db()
    assert (meeting.sequence, meeting.starts_at) == (1, STARTS + timedelta(hours=3))
    (text,) = deliver()
    assert "有变动：9月15日 星期二 17:00–19:00，滨海驿站（思明区滨海路 12 号）" in text
    assert TextMessage.objects.get().to.plain() == yi.user.phone.plain()


def test_another_topic_needs_no_text_message(meeting, station, chen, yi) -> None:
    book(meeting, yi)
    planning.change(meeting, plan(station, topic="期末复习"), by=chen, at=BEFORE)
    assert meeting.sequence == 1
    assert news() == []


def test_of_two_changes_only_the_last_is_told(meeting, station, chen, yi) -> None:
    book(meeting, yi)
    for hour in (1, 2):
        moved = plan(
            station, starts_at=STARTS + timedelta(hours=hour), ends_at=ENDS + timedelta(hours=hour)
        )
        planning.change(meeting, moved, by=chen, at=BEFORE)
    (text,) = deliver()
    assert "16:00–18:00" in text


def test_a_second_delivery_sends_nothing_twice(meeting, chen, yi) -> None:
    book(meeting, yi)
    planning.cancel(meeting, reason="停电", by=chen, at=BEFORE)
    assert len(deliver()) == len(deliver()) == 1


def test_nothing_is_sent_about_a_meeting_that_is_over(meeting, chen, yi) -> None:
    book(meeting, yi)
    planning.cancel(meeting, reason="停电", by=chen, at=BEFORE)
    assert deliver(at=ENDS) == []


def test_a_meeting_may_move_within_its_own_time(meeting, station, chen) -> None:
    half = timedelta(minutes=30)
    planning.change(
        meeting, plan(station, starts_at=STARTS + half, ends_at=ENDS + half), by=chen, at=BEFORE
    )
    assert meeting.starts_at == STARTS + half


def test_fewer_places_take_free_chairs_only(meeting, station, chen, yi, lin) -> None:
    book(meeting, yi)
    book(meeting, lin)
    planning.change(meeting, plan(station, places=2), by=chen, at=BEFORE)
    assert meeting.seats.count() == 2
    with pytest.raises(refusals.MorePeopleThanPlaces):
        planning.change(meeting, plan(station, places=1), by=chen, at=BEFORE)
    meeting.refresh_from_db()
    assert (meeting.seats.count(), meeting.sequence) == (2, 1)


def test_more_places_go_to_those_who_wait(one_chair, station, chen, yi, lin) -> None:
    book(one_chair, yi)
    book(one_chair, lin, at=BEFORE + timedelta(minutes=1))
    planning.change(one_chair, plan(station, places=2), by=chen, at=BEFORE)
    assert set(one_chair.bookings.values_list("state", flat=True)) == {Booking.State.BOOKED}


def test_cancelling_needs_a_reason_and_tells_it(meeting, chen, yi) -> None:
    book(meeting, yi)
    with pytest.raises(refusals.ReasonMissing):
        planning.cancel(meeting, reason="  ", by=chen, at=BEFORE)
    planning.cancel(meeting, reason="驿站临时停电", by=chen, at=BEFORE)
    (text,) = deliver()
    assert "取消了：驿站临时停电。" in text
    assert (meeting.state, meeting.sequence) == (State.CANCELLED, 1)


def test_a_cancelled_or_running_meeting_is_not_changed(meeting, station, chen) -> None:
    planning.start(meeting, by=chen, at=AT_THE_DOOR)
    with pytest.raises(refusals.NotNow):
        planning.change(meeting, plan(station, topic="x"), by=chen, at=AT_THE_DOOR)
    with pytest.raises(refusals.NotNow):
        planning.cancel(meeting, reason="x", by=chen, at=AT_THE_DOOR)


def test_sign_in_opens_half_an_hour_before(meeting, chen) -> None:
    with pytest.raises(refusals.NotYetOpen) as refusal:
        planning.start(meeting, by=chen, at=STARTS - timedelta(minutes=31))
    assert str(refusal.value) == "13:30 起才能开始签到。"
    planning.start(meeting, by=chen, at=STARTS - timedelta(minutes=30))
    assert meeting.state == State.RUNNING


def test_a_meeting_is_finished_after_it_began(meeting, chen) -> None:
    planning.start(meeting, by=chen, at=AT_THE_DOOR)
    with pytest.raises(refusals.NotYetStarted):
        planning.finish(meeting, by=chen, at=AT_THE_DOOR)
    planning.finish(meeting, by=chen, at=ENDS)
    assert meeting.state == State.DONE
    with pytest.raises(refusals.NotNow):
        planning.finish(meeting, by=chen, at=ENDS)


def test_a_forgotten_meeting_is_closed_by_the_worker(meeting: Meeting) -> None:
    job = jobs.enqueue("meeting.close", key="close")
    with mock.patch("lms.base.clock.now", return_value=ENDS + FORGOTTEN_AFTER + timedelta(hours=1)):
        jobs.run_due()
    meeting.refresh_from_db()
    job.refresh_from_db()
    assert (meeting.state, job.state) == (State.DONE, "done")


def test_the_worker_sends_what_was_queued(meeting, chen, yi) -> None:
    book(meeting, yi)
    planning.cancel(meeting, reason="停电", by=chen, at=BEFORE)
    with mock.patch("lms.base.clock.now", return_value=BEFORE):
        jobs.run_due()
    assert TextMessage.objects.count() == 1
