"""Leave asked for beforehand: the tutor answers, the chair goes on, the words stay between the two."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from courses.tutoring import attendance, leaves, planning
from courses.tutoring.models import Booking
from courses.tutoring.own_data import sections_of
from courses.tutoring.record_models import LeaveRequest
from courses.tutoring.refusals import (
    LeaveAnswered,
    LeaveClosed,
    LeaveReasonMissing,
    NotYourClass,
    WordsMissing,
)
from lms.accounts.models import TextMessage
from lms.base import audit
from lms.base.jobs import api as jobs
from tests import factories
from tests.courses.tutoring.conftest import AT_THE_DOOR, BEFORE, book
from tests.courses.tutoring.test_tutor_screens import at

pytestmark = pytest.mark.django_db
WHY = "孩子𬱖发烧，要去医院"


def ask(meeting, student, **changes):
    return leaves.ask(
        meeting, student, **{"reason": WHY, "by": student.user, "at": BEFORE, **changes}
    )


def test_agreed_leave_frees_the_chair_for_whoever_waits(one_chair, yi, lin, chen) -> None:
    book(one_chair, yi)
    waiting = book(one_chair, lin)
    leave = ask(one_chair, yi)
    assert Booking.objects.get(student=yi).state == "booked"
    leaves.agree(leave, by=chen, at=BEFORE)
    waiting.refresh_from_db()
    assert (waiting.state, Booking.objects.get(student=yi).state) == ("booked", "cancelled")
    assert LeaveRequest.objects.get().state == "agreed"


def test_a_no_keeps_the_chair_and_needs_words_and_one_may_ask_again(meeting, yi, chen) -> None:
    book(meeting, yi)
    leave = ask(meeting, yi)
    with pytest.raises(WordsMissing):
        leaves.decline(leave, words="  ", by=chen, at=BEFORE)
    leaves.decline(leave, words="这节要考试", by=chen, at=BEFORE)
    assert Booking.objects.get(student=yi).state == "booked"
    again = ask(meeting, yi, reason="真的来不了", at=BEFORE + timedelta(hours=1))
    assert (again.pk, again.state, again.reason.plain()) == (leave.pk, "asked", "真的来不了")
    assert not again.answer


def test_asking_twice_is_once_and_of_two_answers_one_counts(meeting, yi, chen) -> None:
    leave = ask(meeting, yi)
    assert ask(meeting, yi, reason="别的").reason.plain() == WHY
    stale = LeaveRequest.objects.get()
    leaves.withdraw(leave, by=yi.user, at=BEFORE)
    with pytest.raises(LeaveAnswered):
        leaves.agree(stale, by=chen, at=BEFORE)
    assert LeaveRequest.objects.get().state == "withdrawn"


def test_leave_is_asked_beforehand_with_a_reason_for_the_own_class(
    meeting, yi, units, chen
) -> None:
    stranger = factories.make_student(
        units,
        "别班",
        "+8613700000009",
        programme="NM",
        cohort=factories.make_cohort(units, slug="2025"),
    )
    with pytest.raises(LeaveReasonMissing):
        ask(meeting, yi, reason=" ")
    with pytest.raises(NotYourClass):
        ask(meeting, stranger)
    with pytest.raises(LeaveClosed):
        ask(meeting, yi, at=meeting.starts_at)
    planning.cancel(meeting, reason="停电", by=chen, at=BEFORE)
    with pytest.raises(LeaveClosed):
        ask(meeting, yi)


def test_an_answer_after_the_class_excuses_and_moves_no_chair(meeting, yi, chen) -> None:
    book(meeting, yi)
    leave = ask(meeting, yi)
    leaves.agree(leave, by=chen, at=meeting.ends_at)
    assert Booking.objects.get(student=yi).state == "booked"
    assert LeaveRequest.objects.get().state == "agreed"


def test_once_the_sign_in_is_open_leave_is_agreed_and_the_chair_stays(meeting, yi, chen) -> None:
    book(meeting, yi)
    leave = ask(meeting, yi)
    planning.start(meeting, by=chen, at=AT_THE_DOOR)
    leaves.agree(leave, by=chen, at=AT_THE_DOOR)
    assert LeaveRequest.objects.get().state == "agreed"
    assert Booking.objects.get(student=yi).state == "booked"


def test_who_came_after_all_keeps_the_chair_when_leave_is_agreed(one_chair, yi, lin, chen) -> None:
    book(one_chair, yi)
    waiting = book(one_chair, lin)
    leave = ask(one_chair, yi)
    attendance.tick(one_chair, yi, by=chen, at=AT_THE_DOOR)
    leaves.agree(leave, by=chen, at=AT_THE_DOOR)
    waiting.refresh_from_db()
    assert LeaveRequest.objects.get().state == "agreed"
    assert (waiting.state, Booking.objects.get(student=yi).state) == ("waiting", "booked")


def test_the_reason_is_sealed_and_in_no_record_but_in_the_own_download(meeting, yi, chen) -> None:
    leave = ask(meeting, yi)
    leaves.agree(leave, words="好好休息", by=chen, at=BEFORE)
    entries = list(audit.AuditEntry.objects.filter(action__startswith="leave."))
    assert {entry.action for entry in entries} == {"leave.asked", "leave.agreed"}
    assert WHY not in str([entry.data for entry in entries])
    own = {s.title: s.rows for s in sections_of(yi.user)}["请假和补课"]
    assert WHY in own[0][1]
    assert "好好休息" in own[0][1]


def test_the_answer_is_told_by_text_message_without_the_words(meeting, yi, chen) -> None:
    leaves.agree(ask(meeting, yi), words="好好休息", by=chen, at=BEFORE)
    while jobs.run_due():
        pass
    (sent,) = TextMessage.objects.filter(about="meeting leave")
    assert "已同意" in sent.text.plain()
    assert "休息" not in sent.text.plain()


def test_the_screens_of_both(meeting, yi, lin, chen, client) -> None:
    with at(BEFORE):
        client.force_login(yi.user)
        page = reverse("courses:meeting", args=[meeting.uuid])
        assert "向老师请假" in client.get(page).content.decode()
        answer = client.post(page + "excuse/", {"reason": WHY}, follow=True).content.decode()
        assert "等老师回复" in answer
        assert "不请假了" in answer
        client.force_login(chen)
        assert "请假" in client.get("/desk/tutor/").content.decode()
        missed = client.get("/desk/tutor/missed/").content.decode()
        assert WHY in missed
        address = reverse("courses:tutor_leave", args=[LeaveRequest.objects.get().uuid])
        assert "要写" in missed
        client.post(address, {"decline": "1", "words": ""})
        assert LeaveRequest.objects.get().state == "asked"
        client.post(address, {"agree": "1", "words": "好的"})
        assert LeaveRequest.objects.get().state == "agreed"
    with at(AT_THE_DOOR):
        roster = client.get(reverse("courses:tutor_meeting", args=[meeting.uuid])).content.decode()
        assert "请假：已同意" in roster
        client.force_login(lin.user)
        assert WHY not in client.get(page).content.decode()


def test_a_colleague_does_not_answer(meeting, yi, units, client) -> None:
    from lms.accounts.models import Role
    from tests import people

    other = people.make_staff(Role.TUTOR, "黄老师", username="huang", unit=units.city)
    leave = ask(meeting, yi)
    client.force_login(other)
    with at(BEFORE):
        answer = client.post(reverse("courses:tutor_leave", args=[leave.uuid]), {"agree": "1"})
    assert answer.status_code == 404
    assert LeaveRequest.objects.get().state == "asked"
