"""A student's own letter: hers and nobody else's."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import unquote

import icalendar
import pytest
from django.test import Client
from django.urls import reverse

from enrollment.letters import issuing
from enrollment.letters.models import Letter
from enrollment.letters.reasons import Reason
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import User
from lms.base.jobs.api import Job, JobState
from tests import factories, people
from tests.enrollment.letters.cast import AT, LATER

HERE = reverse("enrollment:my_letter")
CALENDAR = reverse("enrollment:my_ceremony")


def pdf_of(letter: Letter) -> str:
    return reverse("enrollment:letter_pdf", args=[letter.uuid])


def picture_of(letter: Letter) -> str:
    return reverse("enrollment:letter_picture", args=[letter.uuid])


@pytest.fixture
def as_yi(client: Client, yi: Student) -> Client:
    client.force_login(yi.user)
    return client


def test_her_letter_shows_picture_ceremony_and_code(as_yi: Client, letter: Letter) -> None:
    page = as_yi.get(HERE).content.decode()
    assert picture_of(letter) in page
    assert pdf_of(letter) in page
    assert letter.number in page
    assert letter.facts["code"] in page
    assert "9月6日" in page
    assert "9:30" in page
    assert "海州市工人文化宫礼堂" in page


def test_opening_it_is_noted_once(as_yi: Client, letter: Letter) -> None:
    as_yi.head(HERE)
    letter.refresh_from_db()
    assert letter.seen_at is None
    as_yi.get(HERE)
    letter.refresh_from_db()
    first = letter.seen_at
    assert first is not None
    as_yi.get(HERE)
    letter.refresh_from_db()
    assert letter.seen_at == first


def test_until_it_is_printed_the_page_looks_again_by_itself(as_yi: Client, yi: Student) -> None:
    letter = issuing.issue(yi, by=None, at=AT)
    page = as_yi.get(HERE).content.decode()
    assert "正在制作" in page
    assert "data-looks-again" in page
    letter.refresh_from_db()
    assert letter.seen_at is None


def test_a_letter_that_cannot_be_made_asks_for_patience(as_yi: Client, yi: Student) -> None:
    letter = issuing.issue(yi, by=None, at=AT)
    Job.objects.filter(key=issuing.print_key(letter)).update(
        state=JobState.FAILED, error_text="字库里没有"
    )
    page = as_yi.get(HERE).content.decode()
    assert "通知书还要等一等" in page
    assert "字库" not in page
    assert "data-looks-again" not in page


def test_without_a_letter_the_page_says_what_is_next(
    client: Client, yi: Student, outsider: User
) -> None:
    client.force_login(yi.user)
    assert "通知书还没有签发" in client.get(HERE).content.decode()
    client.force_login(outsider)
    assert "注册入学以后" in client.get(HERE).content.decode()


def test_a_withdrawn_letter_is_gone_for_her(as_yi: Client, letter: Letter) -> None:
    issuing.revoke(letter, Reason.ROLL, by=None, at=LATER)
    assert "通知书已经作废" in as_yi.get(HERE).content.decode()
    assert as_yi.get(pdf_of(letter)).status_code == 404
    assert as_yi.get(CALENDAR).status_code == 404


def test_the_pdf_carries_her_name_in_its_name(as_yi: Client, letter: Letter) -> None:
    response = as_yi.get(pdf_of(letter))
    assert response["Content-Type"] == "application/pdf"
    assert b"".join(response.streaming_content) == letter.pdf.read()  # type: ignore[attr-defined]
    named = unquote(response["Content-Disposition"])
    assert f"filename*=utf-8''{letter.facts['student_no']} 阿怡 录取通知书.pdf" in named
    assert "private" in response["Cache-Control"]


def test_the_picture_is_shown_or_saved(as_yi: Client, letter: Letter) -> None:
    shown, saved = as_yi.get(picture_of(letter)), as_yi.get(picture_of(letter), {"save": "1"})
    assert shown["Content-Type"] == "image/png"
    assert len(shown.content) <= 250_000
    assert shown["Content-Disposition"].startswith("inline")
    assert saved["Content-Disposition"].startswith("attachment")
    assert saved.content == shown.content


def test_nobody_else_gets_her_letter(
    client: Client, letter: Letter, units: people.Units, outsider: User, wang: User, wu: User
) -> None:
    other = factories.make_student(
        units, "林师傅", "+8613700000003", cohort=letter.student.cohort
    ).user
    for user in (other, outsider, wang, wu):
        client.force_login(user)
        assert client.get(pdf_of(letter)).status_code == 404
        assert client.get(picture_of(letter)).status_code == 404
    client.logout()
    for url in (HERE, CALENDAR, pdf_of(letter), picture_of(letter)):
        response = client.get(url)
        assert response.status_code == 302
        assert "/sign-in/" in response["Location"]


def test_the_registrar_gets_it_and_one_of_another_city_does_not(
    client: Client, letter: Letter, zhou: User
) -> None:
    from lms.accounts.models import OrgUnit, Role

    elsewhere = OrgUnit.objects.create(kind="city", name="远州市总工会", short_name="远", code="1")
    stranger = people.make_staff(Role.REGISTRAR, "远老师", username="yuan", unit=elsewhere)
    client.force_login(zhou)
    assert client.get(pdf_of(letter)).status_code == 200
    client.force_login(stranger)
    assert client.get(pdf_of(letter)).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_these_pages_are_only_read(as_yi: Client, letter: Letter, method: str) -> None:
    for url in (HERE, CALENDAR, pdf_of(letter), picture_of(letter)):
        assert getattr(as_yi, method)(url).status_code == 405


def test_a_letter_that_does_not_exist_is_not_found(as_yi: Client) -> None:
    nowhere = "/letters/00000000-0000-4000-8000-000000000000/letter.pdf"
    assert as_yi.get(nowhere).status_code == 404


def test_the_ceremony_goes_into_the_calendar(as_yi: Client, letter: Letter) -> None:
    response = as_yi.get(CALENDAR)
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    event = icalendar.Calendar.from_ical(response.content).walk("VEVENT")[0]
    assert event.decoded("dtstart") == datetime(2026, 9, 6, 1, 30, tzinfo=UTC)
    assert "海州市工人文化宫礼堂" in event["location"]
    assert letter.number in event["description"]


def test_a_ceremony_that_moved_is_told(as_yi: Client, letter: Letter, cohort: Cohort) -> None:
    assert "有变化" not in as_yi.get(HERE).content.decode()
    cohort.ceremony_place = "海州开放大学礼堂"
    cohort.save()
    page = as_yi.get(HERE).content.decode()
    assert "有变化" in page
    assert "海州开放大学礼堂" in page
    event = icalendar.Calendar.from_ical(as_yi.get(CALENDAR).content).walk("VEVENT")[0]
    assert "海州开放大学礼堂" in event["location"]
