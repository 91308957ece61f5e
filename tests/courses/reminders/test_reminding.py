"""Reminders: inside the own window, once a day, off in one tap."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from courses.learning import progress
from courses.notebook import writing
from courses.reminders import choosing, links, sending
from courses.reminders.choosing import Choice
from courses.reminders.models import EVERY_DAY, Digest, Reminder
from courses.tutoring import calendars
from enrollment.api import Student
from lms.accounts import sms
from lms.accounts.models import TextMessage, User
from lms.base import clock
from lms.base.audit import AuditEntry
from tests.courses.teaching import Taught
from tests.people import AT

# A Tuesday; 15:00 in Shanghai.
AFTERNOON = clock.start_of_day(AT.date()) + timedelta(hours=15)


def choose(
    student: Student,
    by: Reminder.By | None = Reminder.By.SMS,
    at: time = time(14, 50),
    days: str = EVERY_DAY,
) -> Reminder:
    return choosing.choose(student, Choice(by, at, days), by=student.user, at=AT)


def messages() -> list[str]:
    found = TextMessage.objects.filter(about="study reminder").order_by("pk")
    return [message.text.plain() for message in found]


@pytest.fixture
def reminder(yi: Student, taught: Taught) -> Reminder:
    return choose(yi)


def test_one_digest_a_day_within_the_window(reminder: Reminder) -> None:
    for minutes in (-11, -10, 0, 10, 79, 80, 300):
        sending.send_due(at=AFTERNOON + timedelta(minutes=minutes))
    [said] = messages()
    assert "「物流是什么」还剩" in said
    assert [d.day for d in Digest.objects.all()] == [AT.date()]
    assert Digest.objects.get().at == AFTERNOON - timedelta(minutes=10)
    sending.send_due(at=AFTERNOON + timedelta(days=1))
    assert len(messages()) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda yi: choose(yi, by=None),
        lambda yi: choose(yi, by=Reminder.By.CALENDAR),
        lambda yi: choose(yi, days="1"),
        lambda yi: choose(yi, at=time(22, 30)),
        lambda yi: Student.objects.filter(pk=yi.pk).update(status="on_leave"),
    ],
    ids=["off", "calendar", "another day", "another hour", "on leave"],
)
def test_nothing_goes_out_that_was_not_wished(
    reminder: Reminder, yi: Student, change: Callable[[Student], object]
) -> None:
    change(yi)
    assert sending.send_due(at=AFTERNOON) == 0
    assert messages() == []


def test_who_studied_today_is_left_alone_but_hears_of_an_answer(
    reminder: Reminder, yi: Student, taught: Taught, chen: User
) -> None:
    progress.finish_text(yi, taught.unit("text"), at=AFTERNOON - timedelta(hours=1))
    assert sending.send_due(at=AFTERNOON) == 0
    asked = writing.ask(yi, taught.unit("video"), at_s=3, text="为什么", uuid=uuid4(), at=AFTERNOON)
    writing.reply(asked, by=chen, text="因为", uuid=uuid4(), at=AFTERNOON)
    assert sending.send_due(at=AFTERNOON) == 1
    assert "老师回答了你 1 个问题" in messages()[0]
    # Told once, though it was not looked at.
    day_after = AFTERNOON + timedelta(days=1)
    progress.finish_text(yi, taught.unit("text"), at=day_after)
    sending.send_due(at=day_after)
    assert not any("老师回答" in said for said in messages()[1:])


def test_silence_after_four_that_were_not_heard(reminder: Reminder) -> None:
    for day in range(9):
        sending.send_due(at=AFTERNOON + timedelta(days=day))
    assert len(messages()) == 4


def test_a_provider_that_refuses_is_asked_again_in_the_same_window(
    reminder: Reminder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: object, message: TextMessage) -> None:
        raise OSError("no line")

    with monkeypatch.context() as broken:
        broken.setattr(sms.Outbox, "deliver", refuse)
        assert sending.send_due(at=AFTERNOON) == 0
    assert not Digest.objects.exists()
    assert sending.send_due(at=AFTERNOON + timedelta(minutes=10)) == 1


def test_two_workers_send_one(reminder: Reminder, yi: Student) -> None:
    Digest.objects.create(student=yi, day=AT.date(), at=AFTERNOON, told=[])
    assert sending.send(reminder, at=AFTERNOON) is False
    assert messages() == []


# ---- off in one tap


def test_the_link_of_a_message_turns_it_off_without_signing_in(reminder: Reminder) -> None:
    sending.send_due(at=AFTERNOON)
    [link] = re.findall(r"关提醒 \S+?(/r/\S+/)", messages()[0])
    stranger = Client()
    page = stranger.get(link)
    assert "data-sends-itself" in page.content.decode()
    reminder.refresh_from_db()
    assert reminder.is_on  # a scanner that only looks changes nothing
    assert "提醒已经关了" in stranger.post(link, {"turn": "off"}).content.decode()
    reminder.refresh_from_db()
    assert not reminder.is_on
    assert "data-sends-itself" not in stranger.get(link).content.decode()
    assert AuditEntry.objects.filter(action="reminder.turned_off", actor=None).count() == 1
    stranger.post(link, {"turn": "on"})
    reminder.refresh_from_db()
    assert (reminder.is_on, reminder.at) == (True, time(14, 50))


def test_a_changed_link_opens_nothing(reminder: Reminder) -> None:
    token = links.token_of(reminder)
    for wrong in (token[:-1], "z" + token, token.split("-")[0] + "-", "-", "x"):
        assert Client().get(reverse("courses:reminder_switch", args=[wrong])).status_code == 404


def test_old_links_outlive_a_new_key(reminder: Reminder, settings: object) -> None:
    token = links.token_of(reminder)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]  # type: ignore[attr-defined]
    settings.SECRET_KEY = "another"  # type: ignore[attr-defined]
    assert links.reminder_of(token) == reminder


# ---- settings and calendar


def test_a_student_chooses_and_sees_the_choice(yi: Student, client: Client) -> None:
    client.force_login(yi.user)
    sent = {"by": "sms", "at": "22:30", "weekdays": ["5", "1"]}
    html = client.post(reverse("courses:settings"), sent, follow=True).content.decode()
    assert "提醒改好了。" in html
    assert 'value="22:30"' in html
    kept = Reminder.objects.get(student=yi)
    assert (kept.at, kept.weekdays, kept.by) == (time(22, 30), "15", "sms")
    refused = client.post(reverse("courses:settings"), {"by": "sms", "at": "25:00"})
    assert refused.status_code == 400
    assert Reminder.objects.get(student=yi).at == time(22, 30)


def test_the_calendar_rings_on_the_chosen_days(yi: Student, client: Client) -> None:
    choose(yi, Reminder.By.CALENDAR, days="25")
    feed = calendars.feed_of(yi, at=AT)
    answer = client.get(reverse("courses:calendar_feed", args=[feed.token]))
    [event] = Calendar.from_ical(answer.content).walk("VEVENT")
    assert event["rrule"]["BYDAY"] == ["TU", "FR"]
    begins: datetime = event["dtstart"].dt
    assert (begins.isoweekday(), begins.hour, begins.minute) == (2, 14, 50)
    choose(yi, Reminder.By.SMS)
    again = client.get(reverse("courses:calendar_feed", args=[feed.token]))
    assert Calendar.from_ical(again.content).walk("VEVENT") == []
