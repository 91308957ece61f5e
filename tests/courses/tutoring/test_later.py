"""Both phones without a signal: shown from codes fetched ahead, scanned, sent later. Once is once."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from courses.tutoring import attendance, codes, planning
from courses.tutoring.models import Attendance, Meeting, Station
from enrollment.api import Milestone
from enrollment.completion.models import LearningEntry
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import User
from tests.courses.tutoring.conftest import ENDS, STARTS, book, make_meeting

pytestmark = pytest.mark.django_db
SCANNED = STARTS + timedelta(minutes=3)
NIGHT = ENDS + timedelta(hours=5)


def phone(student: Student) -> Client:
    client = Client()
    client.force_login(student.user)
    return client


def scan(token: str, at: datetime, *, off: timedelta = timedelta(0)) -> dict[str, Any]:
    """As the phone keeps it; ``off`` is how far its clock is ahead."""
    return {"uuid": str(uuid.uuid4()), "token": token, "at": ms(at + off)}


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def send(
    client: Client, *scans: dict[str, Any], at: datetime = NIGHT, off: timedelta = timedelta(0)
) -> list[dict[str, Any]]:
    with time_machine.travel(at, tick=False):
        body = json.dumps({"sent_at": ms(at + off), "scans": scans})
        answer = client.post("/learn/meetings/scans/", body, content_type="application/json")
    assert answer.status_code == 200
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def shown(meeting: Meeting, at: datetime = SCANNED) -> str:
    """What the tutor's phone shows at that time, out of what it fetched an hour before."""
    ahead = attendance.codes_ahead(meeting, at=STARTS - timedelta(hours=1))
    first = codes.parse(ahead[0])
    assert first is not None
    return ahead[codes.step_of(at) - first.step]


def test_both_phones_offline_and_the_server_restarted_is_one_presence(
    meeting: Meeting, yi: Student
) -> None:
    book(meeting, yi)
    kept = scan(shown(meeting), SCANNED)
    # All that a restart leaves is the database and the phone's cookies.
    cache.clear()
    planning.finish(meeting, by=None, at=ENDS)
    client = phone(yi)
    first = send(client, kept)
    assert first[0]["ok"]
    assert send(client, kept)[0]["ok"]  # the answer got lost on the way
    row = Attendance.objects.get()
    assert (row.student, row.at, row.how) == (yi, SCANNED, Attendance.How.LATER)
    achieved = Milestone.objects.get(key=f"meeting.attended:{meeting.uuid}")
    assert (achieved.at, achieved.recorded_at) == (SCANNED, NIGHT)
    # What the ledger counts by then it says of then: of no earlier hour.
    line = LearningEntry.objects.filter(student=yi).latest("pk")
    assert (line.at, line.last_study_at, line.meetings_attended) == (NIGHT, SCANNED, 1)


def test_the_roster_says_that_it_was_scanned_and_sent_later(
    meeting: Meeting, yi: Student, chen: User, client: Client
) -> None:
    book(meeting, yi)
    send(phone(yi), scan(shown(meeting), SCANNED))
    client.force_login(chen)
    with time_machine.travel(NIGHT, tick=False):
        html = client.get(f"/desk/tutor/meetings/{meeting.uuid}/").content.decode()
    assert "14:03 离线扫码" in html
    assert "老师点名" not in html


def test_uploads_and_the_roster_in_any_order_are_one_presence(
    meeting: Meeting, yi: Student, chen: User
) -> None:
    book(meeting, yi)
    one = scan(shown(meeting), SCANNED)
    two = scan(shown(meeting, SCANNED + timedelta(minutes=1)), SCANNED + timedelta(minutes=1))
    client = phone(yi)
    acts = {
        "one": lambda: send(client, one),
        "two": lambda: send(client, two, one),
        "roster": lambda: attendance.tick(meeting, yi, by=chen, at=NIGHT),
    }
    for order in permutations(acts):
        Attendance.objects.all().delete()
        for name in order:
            acts[name]()
        assert Attendance.objects.count() == 1, order


@pytest.mark.parametrize("off", [timedelta(hours=8), timedelta(minutes=-17), timedelta(days=400)])
def test_a_phone_whose_clock_is_wrong_is_believed_about_the_time_in_between(
    meeting: Meeting, yi: Student, off: timedelta
) -> None:
    book(meeting, yi)
    assert send(phone(yi), scan(shown(meeting), SCANNED, off=off), off=off)[0]["ok"]
    assert Attendance.objects.get().at == SCANNED


def test_a_code_older_than_its_window_is_refused_with_a_sentence(
    meeting: Meeting, yi: Student
) -> None:
    book(meeting, yi)
    late = scan(shown(meeting), SCANNED + timedelta(seconds=codes.STEP_S + codes.GRACE_S))
    (answer,) = send(phone(yi), late)
    assert not answer["ok"]
    assert "过期" in answer["says"]
    assert "补点名" in answer["says"]
    assert not Attendance.objects.exists()


def test_a_code_from_another_session_is_refused_with_a_sentence(
    meeting: Meeting, cohort: Cohort, station: Station, chen: User, yi: Student
) -> None:
    """The other session's name with this one's signature: forged, whoever put it together."""
    book(meeting, yi)
    later = make_meeting(
        cohort,
        station,
        chen,
        starts_at=STARTS + timedelta(days=1),
        ends_at=ENDS + timedelta(days=1),
    )
    mine, other = codes.parse(shown(meeting)), codes.parse(attendance.code_of(later, at=SCANNED))
    assert mine is not None
    assert other is not None
    mixed = str(codes.Token(meeting.uuid, mine.step, other.mac))
    early = scan(attendance.code_of(later, at=SCANNED), SCANNED)
    answers = send(phone(yi), scan(mixed, SCANNED), early)
    assert [answer["ok"] for answer in answers] == [False, False]
    assert "不能用来签到" in answers[0]["says"]
    assert not Attendance.objects.exists()


def test_a_second_student_on_the_same_phone_is_refused_with_a_sentence(
    meeting: Meeting, yi: Student, lin: Student
) -> None:
    book(meeting, yi)
    book(meeting, lin)
    client = phone(yi)
    assert send(client, scan(shown(meeting), SCANNED))[0]["ok"]
    client.force_login(lin.user)
    (answer,) = send(client, scan(shown(meeting), SCANNED))
    assert not answer["ok"]
    assert "已经为另一位同学签过到" in answer["says"]
    assert Attendance.objects.get().student == yi


def test_scans_of_a_cancelled_class_or_sent_after_weeks_are_refused(
    meeting: Meeting, yi: Student, chen: User
) -> None:
    book(meeting, yi)
    kept = scan(shown(meeting), SCANNED)
    assert not send(phone(yi), kept, at=ENDS + timedelta(days=8))[0]["ok"]
    planning.cancel(meeting, reason="停电", by=chen, at=STARTS - timedelta(days=1))
    assert "其他时间" in send(phone(yi), kept)[0]["says"]
    assert not Attendance.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        '{"sent_at": 1, "scans": [{"uuid": "a", "token": "b", "at": 2}]}',  # in its own future
        '{"sent_at": "x", "scans": []}',
        '{"sent_at": 9e99, "scans": [{"uuid": "a", "token": "b", "at": 1}]}',
        json.dumps({"sent_at": 9, "scans": [{"uuid": "a", "token": "b", "at": 1}] * 21}),
    ],
)
def test_what_are_no_scans_is_a_bad_request(yi: Student, body: str) -> None:
    answer = phone(yi).post("/learn/meetings/scans/", body, content_type="application/json")
    assert answer.status_code == 400


def test_the_pictures_fetched_ahead_are_those_of_the_codes(
    meeting: Meeting, chen: User, client: Client
) -> None:
    client.force_login(chen)
    with time_machine.travel(STARTS - timedelta(minutes=20), tick=False):
        ahead = client.get(f"/desk/tutor/meetings/{meeting.uuid}/code/ahead/").json()
    assert len(ahead["pictures"]) == (20 + 120) * 3 + 1
    bits = base64.b64decode(ahead["pictures"][9])
    size = ahead["size"]
    rows = [
        [bits[at >> 3] >> (7 - at % 8) & 1 for at in range(n * size, n * size + size)]
        for n in range(size)
    ]
    # What stands in the picture is read by a reader of QR codes, as a phone would.
    import numpy as np
    import zxingcpp

    picture = np.kron(1 - np.pad(np.array(rows, dtype=np.uint8), 4), np.ones((6, 6), np.uint8))
    (found,) = zxingcpp.read_barcodes(picture * np.uint8(255))
    token = codes.parse(found.text.rstrip("/").rpartition("/")[2])
    assert token is not None
    assert token.step == ahead["first_step"] + 9
    at = codes.moment_of(token.step)
    verdict = codes.verify(token, meeting=meeting.uuid, secret=meeting.secret, at=at)
    assert verdict is codes.Verdict.FRESH
