"""Chairs and the waiting list."""

from __future__ import annotations

from datetime import timedelta

import pytest

from courses.tutoring import attendance, booking, notices, planning, refusals
from courses.tutoring.models import Booking, Station
from lms.accounts.models import Role, TextMessage
from lms.base.jobs.models import Job
from tests import factories, people
from tests.courses.tutoring.conftest import AT_THE_DOOR, BEFORE, STARTS, book, make_meeting

BOOKED, WAITING, CANCELLED = Booking.State.BOOKED, Booking.State.WAITING, Booking.State.CANCELLED


def state(meeting, student) -> str:
    return Booking.objects.get(meeting=meeting, student=student).state


def leave(meeting, student, *, at=BEFORE) -> None:
    held = Booking.objects.get(meeting=meeting, student=student)
    booking.cancel_booking(held, by=student.user, at=at)


def minutes(n: int) -> timedelta:
    return timedelta(minutes=n)


def test_a_free_chair_is_booked_and_asking_twice_is_once(meeting, yi) -> None:
    first = book(meeting, yi)
    assert book(meeting, yi) == first
    assert (first.state, Booking.objects.count()) == (BOOKED, 1)


def test_when_all_chairs_are_taken_one_waits(one_chair, yi, lin) -> None:
    book(one_chair, yi)
    assert book(one_chair, lin).state == WAITING


def test_a_freed_chair_goes_to_who_waited_longest_and_a_message_says_so(
    one_chair, yi, lin, xu
) -> None:
    book(one_chair, yi)
    book(one_chair, xu, at=BEFORE + minutes(1))
    book(one_chair, lin, at=BEFORE + minutes(2))
    leave(one_chair, yi, at=BEFORE + minutes(3))
    assert [state(one_chair, s) for s in (yi, xu, lin)] == [CANCELLED, BOOKED, WAITING]
    (job,) = Job.objects.filter(kind=notices.KIND)
    notices.deliver(job.payload, at=BEFORE)
    message = TextMessage.objects.get()
    assert message.to.plain() == xu.user.phone.plain()
    assert "有空位了" in message.text.plain()


def test_who_left_meanwhile_is_not_told_of_a_chair(one_chair, yi, lin) -> None:
    book(one_chair, yi)
    book(one_chair, lin)
    leave(one_chair, yi)
    leave(one_chair, lin)
    (job,) = Job.objects.filter(kind=notices.KIND)
    assert notices.deliver(job.payload, at=BEFORE) == 0


def test_leaving_the_waiting_list_frees_no_chair(one_chair, yi, lin) -> None:
    book(one_chair, yi)
    book(one_chair, lin)
    leave(one_chair, lin)
    assert [state(one_chair, s) for s in (yi, lin)] == [BOOKED, CANCELLED]


def test_whoever_comes_back_waits_at_the_end(one_chair, yi, lin, xu) -> None:
    book(one_chair, yi)
    book(one_chair, lin, at=BEFORE + minutes(1))
    leave(one_chair, yi, at=BEFORE + minutes(2))
    book(one_chair, xu, at=BEFORE + minutes(3))
    book(one_chair, yi, at=BEFORE + minutes(4))
    leave(one_chair, lin, at=BEFORE + minutes(5))
    assert [state(one_chair, s) for s in (yi, lin, xu)] == [WAITING, CANCELLED, BOOKED]


def test_a_plan_or_a_past_meeting_takes_no_bookings(cohort, station, chen, yi, meeting) -> None:
    with pytest.raises(refusals.BookingClosed):
        book(meeting, yi, at=STARTS)
    planning.cancel(meeting, reason="停电", by=chen, at=BEFORE)
    with pytest.raises(refusals.BookingClosed):
        book(meeting, yi)
    with pytest.raises(refusals.BookingClosed):
        book(make_meeting(cohort, station, chen, published=False), yi)


def test_another_class_books_its_own_meetings(meeting, units) -> None:
    other = factories.make_cohort(units, slug="2025")
    stranger = factories.make_student(units, "外班", "+8613700000009", cohort=other)
    with pytest.raises(refusals.NotYourClass):
        book(meeting, stranger)


def test_nobody_books_two_meetings_at_the_same_time(meeting, cohort, units, yi) -> None:
    zhang = people.make_staff(Role.TUTOR, "张老师", username="zhang", unit=units.city)
    elsewhere = Station.objects.create(
        code="X", name="集美驿站", district=units.jimei, address="3 号"
    )
    other = make_meeting(cohort, elsewhere, zhang, topic="电商案例")
    book(meeting, yi)
    with pytest.raises(refusals.AlreadyBookedThen) as refusal:
        book(other, yi)
    assert "「仓储与配送答疑」（9月15日 星期二 14:00–16:00）" in str(refusal.value)
    leave(meeting, yi)
    assert book(other, yi).state == BOOKED


def test_once_it_has_begun_or_one_is_there_one_does_not_leave(meeting, yi, chen, lin) -> None:
    book(meeting, yi)
    book(meeting, lin)
    attendance.tick(meeting, lin, by=chen, at=AT_THE_DOOR)
    with pytest.raises(refusals.TooLateToLeave):
        leave(meeting, lin, at=AT_THE_DOOR)
    with pytest.raises(refusals.TooLateToLeave):
        leave(meeting, yi, at=STARTS)


def test_nobody_is_promoted_once_it_has_begun(one_chair, yi, lin) -> None:
    book(one_chair, yi)
    book(one_chair, lin)
    assert booking.fill_chairs(one_chair, at=STARTS) == []
