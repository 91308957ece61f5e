"""Threads that meet at a barrier and want the same thing."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from courses.learning import standing
from courses.tutoring import attendance, booking, leaves, makeups, planning, refusals
from courses.tutoring.models import Attendance, Booking, Meeting
from courses.tutoring.record_models import LeaveRequest, MakeUp
from enrollment.completion.models import Milestone
from lms.accounts.models import Role
from lms.base.jobs.models import Job
from tests import factories, people
from tests.courses.tutoring.conftest import AT_THE_DOOR, BEFORE, make_meeting, plan

pytestmark = pytest.mark.django_db(transaction=True)

BOOKED, WAITING = Booking.State.BOOKED, Booking.State.WAITING


def at_once(acts: list[Callable[[], object]]) -> list[object]:
    """What each act gave, or the refusal it met; all start together, on connections of their own."""
    barrier = threading.Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def run(index: int) -> None:
        try:
            barrier.wait(timeout=30)
            results[index] = acts[index]()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


@pytest.fixture
def eight(units, cohort) -> list:
    return [factories.make_student(units, f"学员{n}", f"+861370000010{n}") for n in range(8)]


def test_the_last_chair_never_goes_to_two(one_chair, eight) -> None:
    def book(student) -> Callable[[], object]:
        return lambda: (
            booking.book(
                Meeting.objects.get(pk=one_chair.pk), student, by=student.user, at=BEFORE
            ).state
        )

    results = at_once([book(student) for student in eight])
    assert sorted(map(str, results)) == [BOOKED] + [WAITING] * 7
    assert Booking.objects.filter(state=BOOKED).count() == 1


def test_while_people_leave_and_come_no_chair_stays_empty_for_one_who_waits(meeting, eight) -> None:
    """Three chairs; three leave while five ask: at the end the chairs are full, none twice."""
    for student in eight[:3]:
        booking.book(meeting, student, by=student.user, at=BEFORE)
    held = list(Booking.objects.filter(state=BOOKED))

    def leave(row: Booking) -> Callable[[], object]:
        return lambda: booking.cancel_booking(
            Booking.objects.get(pk=row.pk), by=row.student.user, at=BEFORE
        )

    def book(student) -> Callable[[], object]:
        return lambda: (
            booking.book(
                Meeting.objects.get(pk=meeting.pk), student, by=student.user, at=BEFORE
            ).state
        )

    results = at_once([leave(row) for row in held] + [book(student) for student in eight[3:]])
    assert not [result for result in results if isinstance(result, Exception)]
    counts = {state: Booking.objects.filter(state=state).count() for state in (BOOKED, WAITING)}
    assert counts == {BOOKED: 3, WAITING: 2}


def test_booking_twice_at_once_is_one_booking(meeting, eight) -> None:
    student = eight[0]

    def act() -> str:
        return booking.book(
            Meeting.objects.get(pk=meeting.pk), student, by=student.user, at=BEFORE
        ).state

    assert at_once([act] * 4) == [BOOKED] * 4
    assert Booking.objects.count() == 1


def test_a_booking_and_a_cancellation_never_both_succeed_unseen(meeting, eight, chen) -> None:
    student = eight[0]
    booked, cancelled = at_once(
        [
            lambda: (
                booking.book(
                    Meeting.objects.get(pk=meeting.pk), student, by=student.user, at=BEFORE
                ).state
            ),
            lambda: planning.cancel(
                Meeting.objects.get(pk=meeting.pk), reason="停电", by=chen, at=BEFORE
            ),
        ]
    )
    assert cancelled is None
    told = Job.objects.filter(kind="meeting.notify").exists()
    # Either the booking came first and its student is told, or it was refused.
    assert told == (booked == BOOKED)
    assert booked == BOOKED or isinstance(booked, refusals.BookingClosed)


def test_one_phone_and_two_students_at_once_is_one_presence(meeting, eight) -> None:
    phone = uuid.uuid4()

    def sign(student) -> Callable[[], object]:
        return lambda: attendance.sign_in(
            Meeting.objects.get(pk=meeting.pk),
            student,
            device=phone,
            by=student.user,
            at=AT_THE_DOOR,
        )

    results = at_once([sign(eight[0]), sign(eight[1])])
    assert sum(isinstance(result, refusals.DeviceUsed) for result in results) == 1
    assert Attendance.objects.count() == Milestone.objects.count() == 1


def test_a_scan_and_a_tick_at_once_are_one_presence(meeting, eight, chen) -> None:
    student = eight[0]
    results = at_once(
        [
            lambda: attendance.sign_in(
                Meeting.objects.get(pk=meeting.pk),
                student,
                device=uuid.uuid4(),
                by=student.user,
                at=AT_THE_DOOR,
            ),
            lambda: attendance.tick(
                Meeting.objects.get(pk=meeting.pk), student, by=chen, at=AT_THE_DOOR
            ),
        ]
    )
    assert results[0] == results[1] == Attendance.objects.get()
    assert Milestone.objects.count() == 1


def test_two_tutors_never_get_one_station_at_the_same_time(cohort, station, chen, units) -> None:
    zhang = people.make_staff(Role.TUTOR, "张老师", username="zhang", unit=units.city)
    results = at_once(
        [
            lambda: planning.plan_meeting(cohort, plan(station), tutor=chen, by=chen, at=BEFORE),
            lambda: planning.plan_meeting(
                cohort, plan(station, topic="别的"), tutor=zhang, by=zhang, at=BEFORE
            ),
        ]
    )
    assert sum(isinstance(result, refusals.StationBusy) for result in results) == 1
    assert Meeting.objects.count() == 1


def test_two_changes_to_overlapping_hours_do_not_both_pass(cohort, station, chen) -> None:
    day = timedelta(days=1)
    first = plan(station)
    meetings = [
        make_meeting(
            cohort,
            station,
            chen,
            starts_at=first.starts_at + n * day,
            ends_at=first.ends_at + n * day,
        )
        for n in (1, 2)
    ]

    def move(meeting: Meeting) -> Callable[[], object]:
        return lambda: planning.change(
            Meeting.objects.get(pk=meeting.pk), first, by=chen, at=BEFORE
        )

    results = at_once([move(meeting) for meeting in meetings])
    assert sum(isinstance(result, refusals.StationBusy) for result in results) == 1


def test_of_an_answer_and_a_withdrawal_at_once_one_counts(one_chair, eight, chen) -> None:
    mine, waiting = eight[:2]
    for student in (mine, waiting):
        booking.book(one_chair, student, by=student.user, at=BEFORE)
    asked = leaves.ask(one_chair, mine, reason="来不了", by=mine.user, at=BEFORE)

    def fresh() -> LeaveRequest:
        return LeaveRequest.objects.select_related("meeting", "student").get(pk=asked.pk)

    results = at_once(
        [
            lambda: leaves.agree(fresh(), by=chen, at=BEFORE),
            lambda: leaves.withdraw(fresh(), by=mine.user, at=BEFORE),
            lambda: leaves.agree(fresh(), by=chen, at=BEFORE),
        ]
    )
    assert sorted(type(result).__name__ for result in results) == [
        "LeaveAnswered",
        "LeaveAnswered",
        "NoneType",
    ]
    agreed = LeaveRequest.objects.get().state == "agreed"
    has_chair = Booking.objects.get(state=BOOKED).student
    assert has_chair == (waiting if agreed else mine)


def test_a_make_up_approved_by_several_taps_at_once_is_one_line_and_one_count(
    meeting, cohort, station, eight, chen
) -> None:
    week = timedelta(days=7)
    again = make_meeting(
        cohort,
        station,
        chen,
        starts_at=meeting.starts_at + week,
        ends_at=meeting.ends_at + week,
    )
    mine = eight[0]
    attendance.tick(again, mine, by=chen, at=again.starts_at)
    way = MakeUp.Way.REPEAT
    asked = at_once(
        [lambda: makeups.ask(meeting, mine, way=way, by=mine.user, at=again.ends_at)] * 3
    )
    assert {one.pk for one in asked} == {MakeUp.objects.get().pk}

    def approve() -> None:
        one = MakeUp.objects.select_related("meeting", "student__cohort").get()
        makeups.approve(one, by=chen, at=again.ends_at)

    results = at_once([approve] * 4)
    assert sorted(type(result).__name__ for result in results) == [
        "MakeUpJudged",
        "MakeUpJudged",
        "MakeUpJudged",
        "NoneType",
    ]
    assert Milestone.objects.filter(key=f"meeting.made_up:{meeting.uuid}").count() == 1
    assert standing.facts_of(mine).meetings_attended == 1
