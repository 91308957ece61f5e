"""A phone that was offline for two weeks and a tablet that was not: one record of study, in whatever order they speak."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse

from courses.learning import access, watching
from courses.learning.models import CourseProgress, StudyDay, UnitProgress, WatchSegment
from courses.quizzes import attempts, papers
from courses.quizzes.models import Attempt, Quiz
from courses.quizzes.papers import Paper
from enrollment.api import Student
from lms.base import clock
from tests import factories, people
from tests.courses.teaching import Taught
from tests.people import AT

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
TWO_WEEKS = timedelta(days=14)
SLOW_BY = timedelta(minutes=7)


@dataclass
class Device:
    """Something that studies by a clock of its own and sends when it can, as ``study_queue.js`` does."""

    client: Client
    student: Student
    name: str
    slow_by: timedelta = timedelta()

    def __post_init__(self) -> None:
        self.queue: list[tuple[str, dict[str, Any]]] = []

    def _ms(self, moment: datetime) -> float:
        return (moment - self.slow_by).timestamp() * 1000

    def _note(self, path: str, at: datetime, **event: Any) -> None:
        self.queue.append((path, {"uuid": str(uuid4()), "at": self._ms(at), **event}))

    def watch(self, unit: UUID, start: float, end: float, *, at: datetime) -> None:
        told = {"from": start, "to": end, "rate": 1, "unit": str(unit), "kind": "watched"}
        told |= {"started_at": self._ms(at), "stopped_at": self._ms(at) + (end - start) * 1000}
        self._note(reverse("courses:progress"), at, **told)

    def read(self, unit: UUID, *, at: datetime) -> None:
        self._note(reverse("courses:progress"), at, unit=str(unit), kind="read")

    def answer(self, unit: UUID, fields: list[list[str]], *, at: datetime) -> None:
        told = {"fields": fields, "started_at": self._ms(at) - 60_000, "kind": "quiz"}
        self._note(reverse("courses:quiz_paper", args=[unit]), at, **told)

    def send(self, *, at: datetime, who: Student | None = None) -> list[dict[str, Any]]:
        """Everything that waits; what was sent stays in the queue, as if no answer came."""
        self.client.force_login(self.student.user)
        results: list[dict[str, Any]] = []
        for path, event in self.queue:
            body = {
                "device": self.name,
                "student": str((who or self.student).uuid),
                "sent_at": self._ms(at),
                "events": [event],
            }
            answer = self.client.post(path, body, content_type="application/json")
            results += answer.json().get("results", [{"status": answer.status_code}])
        return results


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], datetime]:
    """Sets the server's clock."""

    def set_to(moment: datetime) -> datetime:
        monkeypatch.setattr(clock, "now", lambda: moment)
        return moment

    return set_to


def fields_of(words: str, paper: papers.Paper, key: str) -> list[list[str]]:
    return [["paper", words], *([f"q{version}", key] for version, _points in paper.versions)]


def everything(student: Student) -> dict[str, Any]:
    units = UnitProgress.objects.filter(student=student).order_by("unit_id")
    return {
        "units": [(u.unit.kind, u.spans, u.share, u.position_s, u.done_at is None) for u in units],
        "days": dict(StudyDay.objects.filter(student=student).values_list("day", "seconds")),
        "course": list(
            CourseProgress.objects.filter(student=student).values_list(
                "units_done", "units_required", "seconds_left"
            )
        ),
        "credited": sorted(
            WatchSegment.objects.filter(student=student).values_list("start_s", "credited_s")
        ),
        "attempts": sorted(
            Attempt.objects.filter(student=student).values_list("score", "submitted_at")
        ),
    }


def two_devices(
    yi: Student, taught: Taught, at: Callable[[datetime], datetime]
) -> tuple[Device, Device]:
    """The first half on the phone, the second at home with a piece twice; the text on both."""
    phone = Device(Client(), yi, "phone", slow_by=SLOW_BY)
    tablet = Device(Client(), yi, "tablet")
    video, text, quiz = (taught.unit(kind) for kind in ("video", "text", "quiz"))
    left = at(AT)
    paper, words = papers.give(yi, taught.quiz, at=left)
    day = timedelta(days=1)
    phone.watch(video.uuid, 0, 60, at=AT + day)
    phone.read(text.uuid, at=AT + 2 * day)
    phone.answer(quiz.uuid, fields_of(words, paper, "a"), at=AT + 3 * day)
    phone.watch(video.uuid, 60, 70, at=AT + 4 * day)
    tablet.watch(video.uuid, 50, 95, at=AT + 6 * day)
    tablet.read(text.uuid, at=AT + 2 * day + timedelta(hours=1))
    return phone, tablet


@pytest.mark.parametrize("first", ["phone", "tablet"])
def test_two_weeks_without_a_signal_and_a_tablet_at_home_are_one_record(
    first: str, yi: Student, taught: Taught, at: Callable[[datetime], datetime]
) -> None:
    phone, tablet = two_devices(yi, taught, at)
    order = [phone, tablet] if first == "phone" else [tablet, phone]
    for number, device in enumerate(order):
        now = at(AT + TWO_WEEKS + timedelta(hours=number))
        results = device.send(at=now)
        assert [one for one in results if "never" in one] == []

    found = everything(yi)
    assert found["course"] == [(3, 3, 0)]
    video = next(unit for unit in found["units"] if unit[0] == "video")
    assert video[1] == [[0.0, 95.0]]
    # Where she was last by the clock, not who spoke last.
    assert video[3] == 95.0
    assert [credited for _start, credited in found["credited"]] == [60, 45, 10]
    # On the days on which it happened, also by a phone whose clock goes wrong.
    assert found["attempts"] == [(2.0, AT + timedelta(days=3))]
    studied = {clock.local_date(AT + timedelta(days=n)) for n in (1, 2, 3, 4, 6)}
    assert set(found["days"]) == studied

    # Both once more, as after an answer that never came.
    for device in order:
        device.send(at=at(AT + TWO_WEEKS + timedelta(days=1)))
    assert everything(yi) == found


def test_records_of_one_student_are_never_taken_for_another(
    yi: Student, taught: Taught, units: people.Units, at: Callable[[datetime], datetime]
) -> None:
    other = factories.make_student(units, "小丁", "+8613700000003")
    access.open_access(other, at=AT)
    phone, _tablet = two_devices(yi, taught, at)
    phone.student = other
    results = phone.send(at=at(AT + TWO_WEEKS), who=yi)
    assert {one["status"] for one in results} == {409}
    assert not WatchSegment.objects.exists()
    assert not UnitProgress.objects.exists()


def test_what_can_never_be_taken_is_told_with_its_reason(
    yi: Student, taught: Taught, units: people.Units, at: Callable[[datetime], datetime]
) -> None:
    now = at(AT)
    other = factories.make_student(units, "小丁", "+8613700000003")
    access.open_access(other, at=AT)
    phone = Device(Client(), yi, "phone")
    quiz = taught.unit("quiz")
    paper, hers = papers.give(other, taught.quiz, at=now)
    phone.watch(uuid4(), 0, 5, at=now)
    phone.read(uuid4(), at=now)
    phone.answer(quiz.uuid, fields_of(hers, paper, "a"), at=now)
    phone.answer(quiz.uuid, [["paper", hers + "x"]], at=now)
    paper, mine = papers.give(yi, taught.quiz, at=now)
    phone.answer(quiz.uuid, fields_of(mine, paper, "a"), at=now)

    results = phone.send(at=at(now + papers.GOOD_FOR + timedelta(days=1)))

    assert len(results) == 5
    assert all(one["never"] for one in results)
    assert not Attempt.objects.exists()


def test_a_paper_asks_what_it_was_given_with_whatever_the_phone_leaves_out(
    yi: Student, taught: Taught, at: Callable[[datetime], datetime]
) -> None:
    """Only the question that she knows, and a second try that is worse: neither helps, neither harms."""
    now = at(AT)
    going = attempts.open_attempt(yi, taught.quiz, at=now)
    phone, paper, words = taken_along(yi, taught.quiz, at=now)
    only = fields_of(words, paper, "a")[:2]
    phone.answer(taught.unit("quiz").uuid, only, at=now)
    phone.answer(taught.unit("quiz").uuid, fields_of(words, paper, "a"), at=now)
    phone.answer(taught.unit("quiz").uuid, fields_of(words, paper, "b"), at=now)
    phone.send(at=now)
    scores = Attempt.objects.exclude(pk=going.pk).order_by("id").values_list("score", "max_score")
    assert list(scores) == [(1.0, 2.0), (2.0, 2.0), (0.0, 2.0)]
    assert attempts.best(yi, taught.quiz).score == 2
    # The one that is open online stays open.
    going.refresh_from_db()
    assert going.submitted_at is None


def taken_along(student: Student, quiz: Quiz, *, at: datetime) -> tuple[Device, Paper, str]:
    """A phone with a paper of the quiz on it."""
    return Device(Client(), student, "phone"), *papers.give(student, quiz, at=at)


def exam(taught: Taught, **limits: object) -> None:
    """The editor makes an exam of the quiz that lies on phones."""
    for name, value in limits.items():
        setattr(taught.quiz, name, value)
    taught.quiz.save()


def test_a_paper_from_before_an_exam_counts_once_and_says_so(
    yi: Student, taught: Taught, at: Callable[[datetime], datetime]
) -> None:
    """Answered before anybody knew of the exam; a new key is no new try."""
    now = at(AT)
    phone, paper, words = taken_along(yi, taught.quiz, at=now)
    quiz = taught.unit("quiz")
    exam(taught, minutes=10, opens_at=AT + timedelta(days=9), closes_at=AT + timedelta(days=10))
    phone.answer(quiz.uuid, fields_of(words, paper, "a"), at=AT + timedelta(days=1))

    (taken,) = phone.send(at=at(AT + TWO_WEEKS))
    assert Attempt.objects.get().score == 2
    # As after an answer that never came.
    assert phone.send(at=at(AT + TWO_WEEKS)) == [taken]

    phone.answer(quiz.uuid, fields_of(words, paper, "b"), at=AT + timedelta(days=1))
    again = phone.send(at=at(AT + TWO_WEEKS))
    assert again[0] == taken
    assert "只算一次" in again[1]["never"]
    assert Attempt.objects.count() == 1


def test_a_paper_that_was_handed_in_before_the_exam_is_no_try_at_it(
    yi: Student, taught: Taught, at: Callable[[datetime], datetime]
) -> None:
    now = at(AT)
    phone, paper, words = taken_along(yi, taught.quiz, at=now)
    phone.answer(taught.unit("quiz").uuid, fields_of(words, paper, "b"), at=now)
    phone.send(at=now)
    exam(taught, closes_at=AT + timedelta(days=1))

    phone.queue.clear()
    phone.answer(taught.unit("quiz").uuid, fields_of(words, paper, "a"), at=now)

    assert "never" in phone.send(at=at(AT + TWO_WEEKS))[0]
    assert Attempt.objects.get().score == 0


@pytest.mark.parametrize(
    ("limits", "answered", "says"),
    [
        ({"closes_at": AT + timedelta(days=1)}, timedelta(days=2), "考试已经结束"),
        ({"tries": 1}, timedelta(), "最多可以做 1 次"),
    ],
)
def test_a_paper_is_bound_by_the_limits_that_the_quiz_got(
    yi: Student,
    taught: Taught,
    at: Callable[[datetime], datetime],
    limits: dict[str, object],
    answered: timedelta,
    says: str,
) -> None:
    now = at(AT)
    phone, paper, words = taken_along(yi, taught.quiz, at=now)
    going = attempts.open_attempt(yi, taught.quiz, at=now)
    attempts.submit(going, {}, by=yi.user, at=now)
    exam(taught, **limits)
    phone.answer(taught.unit("quiz").uuid, fields_of(words, paper, "a"), at=AT + answered)

    (told,) = phone.send(at=at(AT + TWO_WEEKS))

    assert says in told["never"]
    assert Attempt.objects.get() == going


def test_a_sitting_lies_between_the_paper_and_now(yi: Student, taught: Taught) -> None:
    paper = papers.Paper(1, [], AT)
    now = AT + timedelta(hours=2)
    for said in (AT - TWO_WEEKS, AT + timedelta(hours=1), now + TWO_WEEKS):
        when = papers.Sitting(said + timedelta(days=20), said).within(paper, at=now)
        assert AT <= when.started_at <= when.done_at <= now


def test_a_paper_never_tells_what_is_right(client: Client, yi: Student, taught: Taught) -> None:
    client.force_login(yi.user)
    page = client.get(reverse("courses:quiz_paper", args=[taught.unit("quiz").uuid]))
    assert page["X-Kept-For"] == str(yi.user.pk)
    html = page.content.decode()
    assert "第 1 题？" in html
    assert "因为。" not in html
    assert "不对" not in html


def test_a_paper_works_as_a_plain_form(client: Client, yi: Student, taught: Taught) -> None:
    client.force_login(yi.user)
    paper, words = papers.give(yi, taught.quiz, at=clock.now())
    fields = dict(fields_of(words, paper, "a"))
    address = reverse("courses:quiz_paper", args=[taught.unit("quiz").uuid])
    answer = client.post(address, fields, follow=True)
    assert "通过了" in answer.content.decode()
    assert Attempt.objects.get().passed


HUGE = 10**400


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "{}",
        json.dumps({"sent_at": 0, "events": [{}]}),
        json.dumps({"sent_at": HUGE, "events": [{"uuid": str(uuid4())}]}),
    ],
)
def test_a_quiz_that_cannot_be_read_is_refused(
    body: str, client: Client, yi: Student, taught: Taught
) -> None:
    client.force_login(yi.user)
    address = reverse("courses:quiz_paper", args=[taught.unit("quiz").uuid])
    assert client.post(address, body, content_type="application/json").status_code == 400


def test_the_offline_credit_is_bounded_like_any_other(
    yi: Student, taught: Taught, at: Callable[[datetime], datetime]
) -> None:
    """Two weeks of queue cannot hold more study than the real seconds that passed."""
    now = at(AT + TWO_WEEKS)
    phone = Device(Client(), yi, "phone")
    for number in range(5):
        start = number * 20
        phone.watch(taught.unit("video").uuid, start, start + 20, at=AT + timedelta(seconds=number))
    phone.send(at=now)
    held = UnitProgress.objects.get(unit=taught.unit("video"))
    assert watching.covered_s(held.spans) <= 24 * watching.MAX_RATE
