"""Scan, one tap, one big answer."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from unittest import mock

import pytest
from django.test import Client
from django.urls import reverse

from courses.tutoring import attendance, planning, refusals
from courses.tutoring.models import Attendance, Meeting
from lms import stylesheets
from lms.accounts.models import TextMessage
from lms.templatetags import ui
from tests import factories
from tests.courses.tutoring.conftest import AT_THE_DOOR, ENDS, STARTS, book, make_meeting


def at(moment: datetime):
    return mock.patch("lms.base.clock.now", return_value=moment)


def code_url(meeting: Meeting, moment: datetime = AT_THE_DOOR) -> str:
    return reverse("courses:sign_in", args=[attendance.code_of(meeting, at=moment)])


def scan(client: Client, url: str, moment: datetime = AT_THE_DOOR):
    with at(moment):
        return client.get(url)


def tap(client: Client, url: str, moment: datetime = AT_THE_DOOR):
    with at(moment):
        return client.post(url)


def says(answer, *words: str, tone: str) -> None:
    html = answer.content.decode()
    assert f"screen--{tone}" in html
    for word in words:
        assert word in html, html


@pytest.fixture
def phone(yi) -> Client:
    client = Client()
    client.force_login(yi.user)
    return client


@pytest.fixture
def other_phone(lin) -> Client:
    client = Client()
    client.force_login(lin.user)
    return client


def test_one_tap_after_the_scan(phone, meeting, yi) -> None:
    url = code_url(meeting)
    says(scan(phone, url), "阿怡", "我到了，签到", tone="neutral")
    assert not Attendance.objects.exists()
    says(tap(phone, url), "签到成功", "13:50 签到 · 滨海驿站", tone="good")
    assert Attendance.objects.get().student == yi
    says(scan(phone, url), "已经签过到了", tone="good")


def test_the_tap_may_come_minutes_after_the_scan(phone, meeting) -> None:
    url = code_url(meeting)
    scan(phone, url)
    says(tap(phone, url, AT_THE_DOOR + timedelta(minutes=9)), "签到成功", tone="good")


def test_but_not_half_an_hour_after(phone, meeting) -> None:
    url = code_url(meeting)
    scan(phone, url)
    says(tap(phone, url, AT_THE_DOOR + timedelta(minutes=15)), "请再扫一次", tone="warn")
    assert not Attendance.objects.exists()


def test_a_code_passed_on_is_too_old_when_it_arrives(phone, other_phone, meeting) -> None:
    url = code_url(meeting)
    scan(phone, url)
    answer = tap(other_phone, url, AT_THE_DOOR + timedelta(seconds=90))
    says(answer, "请再扫一次", "重新扫老师手机上现在的码", tone="warn")
    assert answer.status_code == 409
    assert not Attendance.objects.exists()


def test_a_code_of_another_meeting_or_an_altered_one_is_refused(
    phone, meeting, cohort, station, chen
) -> None:
    good = attendance.code_of(meeting, at=AT_THE_DOOR)
    altered = good[:-1] + ("A" if good[-1] != "A" else "B")
    for wrong in (altered, "A" * 40, "hello"):
        answer = tap(phone, reverse("courses:sign_in", args=[wrong]))
        assert answer.status_code == 404
        says(answer, "这个二维码不能用来签到", tone="danger")
    assert not Attendance.objects.exists()


def test_an_early_scan_waits_and_goes_on_by_itself(phone, meeting) -> None:
    early = STARTS - timedelta(minutes=45)
    url = code_url(meeting, early)
    answer = scan(phone, url, early)
    assert answer.status_code == 200
    says(answer, "13:30 开始签到", "会自动继续", tone="warn")
    assert re.search(r'http-equiv="refresh" content="60"', answer.content.decode())
    # The code is long gone from the tutor's screen; this phone scanned it in time.
    opened = STARTS - timedelta(minutes=30)
    says(scan(phone, url, opened), "我到了，签到", tone="neutral")
    says(tap(phone, url, opened + timedelta(minutes=5)), "签到成功", tone="good")


def test_the_last_seconds_are_waited_out_exactly(phone, meeting) -> None:
    early = STARTS - timedelta(minutes=30, seconds=12)
    html = scan(phone, code_url(meeting, early), early).content.decode()
    assert 'content="13"' in html


def test_a_code_from_hours_before_is_not_kept(phone, meeting) -> None:
    morning = STARTS - timedelta(hours=4)
    url = code_url(meeting, morning)
    says(scan(phone, url, morning), "13:30 开始签到", tone="warn")
    says(scan(phone, url, AT_THE_DOOR), "请再扫一次", tone="warn")


def test_who_is_not_signed_in_comes_back_after_the_text_message(meeting, yi) -> None:
    client = Client()
    url = code_url(meeting)
    answer = scan(client, url)
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('account_request_login_code')}?next={url}"
    client.get(answer["Location"])
    client.post(answer["Location"], {"phone": "13700000002", "next": url})
    text = TextMessage.objects.get(about="code").text.plain()
    code = re.search(r"\d{6}", text)[0]
    done = client.post(reverse("account_confirm_login_code"), {"code": code, "next": url})
    assert done["Location"] == url
    # Three minutes passed with typing; the scan still counts.
    later = AT_THE_DOOR + timedelta(minutes=3)
    says(scan(client, url, later), "我到了，签到", tone="neutral")
    says(tap(client, url, later), "签到成功", tone="good")
    assert Attendance.objects.get().student == yi


def test_a_stranger_with_an_old_code_is_not_even_asked_to_sign_in(meeting) -> None:
    answer = scan(Client(), code_url(meeting), AT_THE_DOOR + timedelta(minutes=5))
    says(answer, "请再扫一次", tone="warn")


def test_one_phone_for_two_students_is_refused(phone, meeting, lin) -> None:
    url = code_url(meeting)
    scan(phone, url)
    tap(phone, url)
    phone.session.flush()  # 阿怡 signs out; the phone stays the same phone
    phone.force_login(lin.user)
    says(tap(phone, url), "这部手机用过了", tone="danger")
    assert Attendance.objects.count() == 1


def test_the_phone_keeps_its_number(phone, meeting) -> None:
    scan(phone, code_url(meeting))
    first = phone.cookies["device"].value
    tap(phone, code_url(meeting))
    assert phone.cookies["device"].value == first == Attendance.objects.get().device
    assert phone.cookies["device"]["httponly"]


def test_a_made_up_device_number_gets_a_real_one(phone, meeting) -> None:
    phone.cookies["device"] = "'; drop table"
    says(tap(phone, code_url(meeting)), "签到成功", tone="good")
    assert len(Attendance.objects.get().device) == 36


def test_a_full_room_sends_who_did_not_book_to_the_tutor(other_phone, one_chair, yi) -> None:
    book(one_chair, yi)
    says(tap(other_phone, code_url(one_chair)), "座位已满", "老师可以帮你点名", tone="warn")


def test_over_and_cancelled_are_told_apart(phone, meeting, chen, cohort, station) -> None:
    late = ENDS + timedelta(seconds=30)
    says(scan(phone, code_url(meeting, late), late), "签到已结束", "补点名", tone="danger")
    planning.cancel(meeting, reason="停电", by=chen, at=AT_THE_DOOR)
    says(scan(phone, code_url(meeting)), "这节课已取消", tone="danger")


def test_another_class_and_staff_are_told_so(meeting, units, chen) -> None:
    other = factories.make_cohort(units, slug="2025")
    stranger = factories.make_student(units, "外班", "+8613700000009", cohort=other)
    client = Client()
    client.force_login(stranger.user)
    answer = tap(client, code_url(meeting))
    assert answer.status_code == 403
    says(answer, "不是你的班", tone="danger")
    client.force_login(chen)
    says(scan(client, code_url(meeting)), "请用报名时的手机号登录", tone="danger")


def test_only_reading_and_tapping(phone, meeting) -> None:
    url = code_url(meeting)
    with at(AT_THE_DOOR):
        assert phone.put(url).status_code == 405
        assert phone.get(url)["Cache-Control"].startswith("max-age=0")


def test_a_tap_needs_our_own_page(yi, meeting) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(yi.user)
    assert tap(strict, code_url(meeting)).status_code == 403


def test_a_tomorrow_meeting_has_other_codes(phone, meeting, cohort, station, chen) -> None:
    day = timedelta(days=1)
    tomorrow = make_meeting(cohort, station, chen, starts_at=STARTS + day, ends_at=ENDS + day)
    scan(phone, code_url(meeting))
    # Having scanned today's code helps nothing with tomorrow's.
    stale = code_url(tomorrow, AT_THE_DOOR + day - timedelta(minutes=5))
    says(tap(phone, stale, AT_THE_DOOR + day), "请再扫一次", tone="warn")


def test_every_answer_has_its_colour_and_its_sign() -> None:
    rules = (stylesheets.CSS / "layouts" / "screen.css").read_text()
    kinds = refusals.SignInRefused.__subclasses__()
    assert len(kinds) >= 9
    for kind in kinds:
        assert f".screen--{kind.tone} " in rules
        assert kind.icon in ui.icon_names()
