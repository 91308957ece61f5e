"""Who came."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from courses.learning import access
from courses.learning.models import Learner
from courses.tutoring import attendance, planning, refusals
from courses.tutoring.models import Attendance, Booking, Meeting
from enrollment.completion.models import Milestone, Standing
from enrollment.registry.models import Student
from lms.base import audit
from tests import factories
from tests.courses.tutoring.conftest import AT_THE_DOOR, BEFORE, ENDS, STARTS, book, make_meeting

PHONE = uuid.UUID(int=1)
OTHER_PHONE = uuid.UUID(int=2)


def sign_in(meeting: Meeting, student: Student, *, device=PHONE, at=AT_THE_DOOR) -> Attendance:
    return attendance.sign_in(meeting, student, device=device, by=student.user, at=at)


def test_a_presence_is_a_milestone_in_the_same_moment(meeting, yi) -> None:
    book(meeting, yi)
    noted = sign_in(meeting, yi)
    milestone = Milestone.objects.get(student=yi)
    assert (noted.how, noted.at) == ("code", AT_THE_DOOR)
    assert (milestone.key, milestone.at) == (f"meeting.attended:{meeting.uuid}", AT_THE_DOOR)
    assert audit.trail(meeting).first().action == "meeting.attended"


def test_a_presence_counts_in_the_standing_at_once(meeting, cohort, station, chen, yi) -> None:
    day = timedelta(days=1)
    other = make_meeting(cohort, station, chen, starts_at=STARTS + day, ends_at=ENDS + day)
    sign_in(meeting, yi)
    attendance.tick(other, yi, by=chen, at=AT_THE_DOOR + day)
    standing = Standing.objects.get(student=yi)
    assert (standing.meetings_attended, standing.last_study_at) == (2, AT_THE_DOOR + day)
    attendance.untick(other, yi, by=chen, at=AT_THE_DOOR + day)
    standing.refresh_from_db()
    assert standing.meetings_attended == 1


def test_a_late_paper_list_does_not_turn_back_the_clock(meeting, chen, yi) -> None:
    later = ENDS + timedelta(days=2)
    access.open_access(yi, at=BEFORE)
    Learner.objects.filter(student=yi).update(last_study_at=later)
    attendance.tick(meeting, yi, by=chen, at=ENDS)
    assert Standing.objects.get(student=yi).last_study_at == later


def test_signing_in_twice_is_once_also_from_another_phone(meeting, yi) -> None:
    book(meeting, yi)
    first = sign_in(meeting, yi)
    assert sign_in(meeting, yi, device=OTHER_PHONE, at=ENDS + timedelta(hours=1)) == first
    assert Milestone.objects.count() == Attendance.objects.count() == 1


def test_one_phone_signs_in_one_student_per_meeting(meeting, yi, lin) -> None:
    sign_in(meeting, yi)
    with pytest.raises(refusals.DeviceUsed):
        sign_in(meeting, lin)
    assert not Booking.objects.filter(student=lin).exists()  # nor did it take a chair
    assert sign_in(meeting, lin, device=OTHER_PHONE).student == lin


def test_the_same_phone_signs_in_another_student_next_time(
    meeting, cohort, station, chen, yi, lin
) -> None:
    day = timedelta(days=1)
    next_day = make_meeting(cohort, station, chen, starts_at=STARTS + day, ends_at=ENDS + day)
    sign_in(meeting, yi)
    assert sign_in(next_day, lin, at=AT_THE_DOOR + day).student == lin


def test_who_did_not_book_takes_a_free_chair(one_chair, yi, lin) -> None:
    sign_in(one_chair, yi)
    assert Booking.objects.get(student=yi).state == Booking.State.BOOKED
    with pytest.raises(refusals.NoChairLeft):
        sign_in(one_chair, lin, device=OTHER_PHONE)
    assert not Booking.objects.filter(student=lin).exists()


def test_the_hours_of_sign_in(meeting, yi, chen) -> None:
    with pytest.raises(refusals.SignInNotOpen) as refusal:
        sign_in(meeting, yi, at=STARTS - timedelta(minutes=31))
    assert refusal.value.places == {"time": "13:30"}
    with pytest.raises(refusals.SignInOver):
        sign_in(meeting, yi, at=ENDS + timedelta(seconds=1))
    planning.finish(meeting, by=chen, at=STARTS + timedelta(minutes=50))
    with pytest.raises(refusals.SignInOver):
        sign_in(meeting, yi, at=STARTS + timedelta(minutes=55))


def test_a_stale_page_meets_a_cancelled_meeting(meeting, yi, chen) -> None:
    stale = Meeting.objects.get(pk=meeting.pk)
    planning.cancel(meeting, reason="停电", by=chen, at=AT_THE_DOOR)
    with pytest.raises(refusals.MeetingCancelled):
        sign_in(stale, yi)


def test_another_class_is_sent_to_its_own(meeting, units) -> None:
    other = factories.make_cohort(units, slug="2025")
    stranger = factories.make_student(units, "外班", "+8613700000009", cohort=other)
    with pytest.raises(refusals.OtherClass):
        sign_in(meeting, stranger)
    with pytest.raises(refusals.NotInThisClass):
        attendance.tick(meeting, stranger, by=meeting.tutor, at=AT_THE_DOOR)


def test_the_tutor_ticks_by_hand_also_without_a_chair(one_chair, chen, yi, lin) -> None:
    book(one_chair, yi)
    noted = attendance.tick(one_chair, lin, by=chen, at=AT_THE_DOOR)
    assert (noted.how, noted.by, noted.device) == ("roster", chen, "")
    assert attendance.tick(one_chair, lin, by=chen, at=ENDS) == noted
    # Several ticks have no device and do not count as one phone.
    attendance.tick(one_chair, yi, by=chen, at=AT_THE_DOOR)


def test_scanning_after_the_tick_changes_nothing(meeting, chen, yi) -> None:
    ticked = attendance.tick(meeting, yi, by=chen, at=AT_THE_DOOR)
    assert sign_in(meeting, yi, at=STARTS) == ticked
    assert Milestone.objects.count() == 1


def test_a_tick_by_mistake_is_taken_back_and_the_ledger_says_so(meeting, chen, yi) -> None:
    attendance.tick(meeting, yi, by=chen, at=AT_THE_DOOR)
    assert attendance.untick(meeting, yi, by=chen, at=STARTS)
    assert not attendance.untick(meeting, yi, by=chen, at=STARTS)
    assert not Attendance.objects.exists()
    attendance.tick(meeting, yi, by=chen, at=ENDS)
    attendance.untick(meeting, yi, by=chen, at=ENDS)
    prefixes = [
        key.rsplit(":", key.count(":"))[0]
        for key in Milestone.objects.order_by("pk").values_list("key", flat=True)
    ]
    assert prefixes == [
        "meeting.attended",
        "meeting.unticked",
        "meeting.ticked_again",
        "meeting.unticked",
    ]
    acts = list(audit.trail(meeting).values_list("action", flat=True))
    assert acts.count("meeting.unticked") == 2


def test_the_roster_is_open_from_sign_in_until_a_week_after(meeting, chen, yi) -> None:
    with pytest.raises(refusals.RosterClosed):
        attendance.tick(meeting, yi, by=chen, at=BEFORE)
    planning.finish(meeting, by=chen, at=ENDS)
    attendance.tick(meeting, yi, by=chen, at=ENDS + timedelta(days=7))
    with pytest.raises(refusals.RosterClosed):
        attendance.untick(meeting, yi, by=chen, at=ENDS + timedelta(days=7, seconds=1))


def test_a_cancelled_meeting_has_no_roster(meeting, chen, yi) -> None:
    planning.cancel(meeting, reason="停电", by=chen, at=BEFORE)
    with pytest.raises(refusals.RosterClosed):
        attendance.tick(meeting, yi, by=chen, at=AT_THE_DOOR)


def test_codes_of_the_service_are_those_of_the_meeting(meeting, cohort, station, chen) -> None:
    day = timedelta(days=1)
    other = make_meeting(cohort, station, chen, starts_at=STARTS + day, ends_at=ENDS + day)
    code = attendance.code_of(meeting, at=AT_THE_DOOR)
    attendance.check_code(code, meeting, scanned_at=AT_THE_DOOR + timedelta(seconds=60))
    with pytest.raises(refusals.CodeTooOld):
        attendance.check_code(code, meeting, scanned_at=AT_THE_DOOR + timedelta(seconds=80))
    for wrong in (code[:-2] + "AA", "short", attendance.code_of(other, at=AT_THE_DOOR)):
        with pytest.raises(refusals.CodeUnknown):
            attendance.check_code(wrong, meeting, scanned_at=AT_THE_DOOR)
    assert attendance.meeting_of_code(code) == meeting
    with pytest.raises(refusals.CodeUnknown):
        attendance.meeting_of_code(str(uuid.uuid4()))
