"""Evidence comes in live, late, twice and out of order; it only ever adds."""

from __future__ import annotations

import random
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from courses.catalogue import projection
from courses.catalogue.models import Course
from courses.catalogue.pages import LessonPage
from courses.learning import access, progress, rollup, watching
from courses.learning.models import CourseProgress, StudyDay, UnitProgress, WatchSegment
from courses.learning.progress import Segment
from courses.quizzes import attempts
from enrollment.api import Milestone, Standing, Student
from enrollment.registry.events import StudentMatriculated
from lms.base.jobs import api as jobs
from tests import factories, people
from tests.courses import teaching
from tests.courses.teaching import Taught
from tests.people import AT

PHONE, TABLET = "phone", "tablet"


def segment(
    taught: Taught, start: float, end: float, *, began: datetime = AT, rate: float = 1
) -> Segment:
    return Segment(
        uuid=uuid.uuid4(),
        unit=taught.unit("video").uuid,
        start_s=start,
        end_s=end,
        rate=rate,
        started_at=began,
        stopped_at=began + timedelta(seconds=(end - start) / rate),
    )


def send(
    student: Student, *segments: Segment, device: str = PHONE, at: datetime | None = None
) -> list[progress.Verdict]:
    now = at or max(s.stopped_at for s in segments)
    return progress.record_segments(student, segments, device=device, sent_at=now, at=now)


def of_video(student: Student, taught: Taught) -> UnitProgress:
    return UnitProgress.objects.get(student=student, unit=taught.unit("video"))


def pass_quiz(student: Student, taught: Taught, at: datetime = AT) -> attempts.Attempt:
    attempt = attempts.open_attempt(student, taught.quiz, at=at)
    answers = {pk: "a" for pk, _points in attempt.version_ids}
    return attempts.submit(attempt, answers, by=student.user, at=at + timedelta(minutes=2))


def finish_lesson(student: Student, taught: Taught, at: datetime = AT) -> None:
    send(student, segment(taught, 0, 100, began=at))
    progress.finish_text(student, taught.unit("text"), at=at + timedelta(minutes=5))
    pass_quiz(student, taught, at=at + timedelta(minutes=6))


# ---- watching


def test_watched_seconds_are_joined_and_the_place_to_go_on_is_kept(
    yi: Student, taught: Taught
) -> None:
    send(yi, segment(taught, 0, 30))
    send(yi, segment(taught, 30, 45, began=AT + timedelta(seconds=30)))

    held = of_video(yi, taught)
    assert (held.spans, held.share, held.position_s) == ([[0, 45]], 0.45, 45)
    assert held.done_at is None


def test_ninety_percent_of_a_video_is_all_of_it(yi: Student, taught: Taught) -> None:
    send(yi, segment(taught, 0, 89.9))
    assert of_video(yi, taught).done_at is None

    last = segment(taught, 89.9, 90, began=AT + timedelta(minutes=5))
    send(yi, last)

    assert of_video(yi, taught).done_at == last.stopped_at


def test_the_same_segment_sent_twice_counts_once(yi: Student, taught: Taught) -> None:
    one = segment(taught, 0, 30)
    send(yi, one)

    again = send(yi, one)

    assert [verdict.verdict for verdict in again] == ["repeated"]
    assert WatchSegment.objects.count() == 1
    assert StudyDay.objects.get().seconds == 30


def test_a_segment_twice_in_one_batch_counts_once(yi: Student, taught: Taught) -> None:
    one = segment(taught, 0, 30)

    verdicts = send(yi, one, one)

    assert sorted(v.verdict for v in verdicts) == ["credited", "repeated"]


def test_a_forged_speed_counts_only_twice_the_clock_and_says_why(
    yi: Student, taught: Taught
) -> None:
    forged = segment(taught, 0, 100, rate=50)

    (verdict,) = send(yi, forged)

    assert (verdict.credited_s, verdict.reason) == (pytest.approx(4), "too_fast")
    assert WatchSegment.objects.get().refused_reason == "too_fast"


def test_many_invented_devices_do_not_multiply_time(yi: Student, taught: Taught) -> None:
    for number in range(10):
        send(yi, segment(taught, number * 10, number * 10 + 10, rate=2), device=f"d{number}")

    assert of_video(yi, taught).share == pytest.approx(0.1)


def test_two_weeks_offline_count_when_the_phone_comes_back(yi: Student, taught: Taught) -> None:
    watched = [segment(taught, n * 20, n * 20 + 20, began=AT + timedelta(days=n)) for n in range(5)]

    send(yi, *watched, at=AT + timedelta(days=14))

    held = of_video(yi, taught)
    assert held.share == 1
    # Done when it was watched, not when the phone found a signal.
    assert held.done_at == watched[4].stopped_at
    assert StudyDay.objects.filter(student=yi).count() == 5


def test_a_phone_whose_clock_goes_wrong_is_put_right(yi: Student, taught: Taught) -> None:
    wrong = AT + timedelta(days=400)
    one = segment(taught, 0, 30, began=wrong)

    progress.record_segments(
        yi,
        [one],
        device=PHONE,
        sent_at=wrong + timedelta(seconds=40),
        at=AT + timedelta(seconds=40),
    )

    row = WatchSegment.objects.get()
    assert row.credited_s == 30
    assert row.started_at == AT
    assert row.client_started_at == wrong


def test_any_order_of_two_devices_gives_the_same_progress(
    yi: Student, taught: Taught, units: people.Units
) -> None:
    other = factories.make_student(units, "林建业", "+8613700000003")
    access.open_access(other, at=AT)
    plays = [(0, 20), (10, 30), (60, 75), (30, 41), (70, 90)]

    def watched() -> list[Segment]:
        return [
            segment(taught, a, b, began=AT + timedelta(minutes=n)) for n, (a, b) in enumerate(plays)
        ]

    later = AT + timedelta(hours=1)
    send(yi, *watched(), at=later)
    mixed = watched()
    random.Random(7).shuffle(mixed)
    for number, one in enumerate(mixed):
        send(other, one, device=(PHONE, TABLET)[number % 2], at=later)

    assert of_video(other, taught).spans == of_video(yi, taught).spans
    assert of_video(other, taught).position_s == of_video(yi, taught).position_s


def test_a_video_of_another_programme_is_not_counted(taught: Taught, units: people.Units) -> None:
    stranger = factories.make_student(units, "许小燕", "+8613700000004", programme="NM")

    (verdict,) = send(stranger, segment(taught, 0, 30))

    assert (verdict.verdict, verdict.reason) == ("refused", "not_yours")
    assert not WatchSegment.objects.exists()


def test_a_longer_video_in_the_same_place_takes_nothing_away(yi: Student, taught: Taught) -> None:
    send(yi, segment(taught, 0, 95))
    taught.film.duration_s = 400
    taught.film.save()
    projection.measure_again(taught.film)

    send(yi, segment(taught, 95, 99, began=AT + timedelta(minutes=5)))

    held = of_video(yi, taught)
    assert held.share == pytest.approx(0.95)
    assert held.done_at is not None


# ---- reading, quizzes, roll-ups


def test_reading_counts_once_however_often_it_is_said(yi: Student, taught: Taught) -> None:
    unit = taught.unit("text")
    progress.finish_text(yi, unit, at=AT)
    progress.finish_text(yi, unit, at=AT + timedelta(days=1))

    assert UnitProgress.objects.get(unit=unit).done_at == AT
    assert StudyDay.objects.get().seconds == unit.duration_s


def test_all_units_make_the_course_complete_and_the_registry_knows(
    yi: Student, taught: Taught
) -> None:
    finish_lesson(yi, taught)

    rolled = CourseProgress.objects.get(student=yi)
    assert (rolled.units_done, rolled.units_required, rolled.seconds_left) == (3, 3, 0)
    assert rolled.rule_version == "v1"
    assert len(rolled.frozen_units) == 3
    milestone = Milestone.objects.get(student=yi, key=f"course.completed:{taught.course.uuid}")
    assert milestone.evidence["credits"] == 3
    standing = Standing.objects.get(student=yi)
    assert (standing.courses_done, standing.units_done, standing.state) == (1, 3, "finished")


def test_a_failed_quiz_leaves_its_unit_open_and_a_better_try_closes_it(
    yi: Student, taught: Taught
) -> None:
    attempt = attempts.open_attempt(yi, taught.quiz, at=AT)
    first, second = [pk for pk, _points in attempt.version_ids]
    attempts.submit(attempt, {first: "a", second: "b"}, by=yi.user, at=AT)
    held = UnitProgress.objects.get(unit=taught.unit("quiz"))
    assert (held.share, held.done_at) == (0.5, None)

    pass_quiz(yi, taught, at=AT + timedelta(days=1))

    held.refresh_from_db()
    assert held.share == 1
    assert held.done_at is not None


def test_a_completed_course_stays_complete_when_a_lesson_is_added(
    yi: Student, taught: Taught
) -> None:
    finish_lesson(yi, taught)
    teaching.make_lesson(taught.course_page, "新加的一讲", [teaching.text(id_="x")])
    access.recount(taught.course, at=AT + timedelta(days=30))

    rolled = CourseProgress.objects.get(student=yi)
    assert (rolled.units_required, rolled.completed_at is not None) == (3, True)


def test_a_course_that_loses_its_last_open_unit_is_complete_after_the_recount(
    yi: Student, taught: Taught
) -> None:
    send(yi, segment(taught, 0, 100))
    progress.finish_text(yi, taught.unit("text"), at=AT)
    page = LessonPage.objects.get(pk=taught.lesson_page.pk)
    page.body = [teaching.video(taught.film), teaching.text()]
    teaching.publish(page)

    jobs.run_due()

    assert CourseProgress.objects.get(student=yi).completed_at is not None


def test_matriculation_opens_every_live_course(taught: Taught, units: people.Units) -> None:
    teaching.make_course(taught.programme, "仓储与配送")
    student = factories.make_student(units)

    access.on_matriculated(StudentMatriculated(student.pk, AT))

    assert CourseProgress.objects.filter(student=student).count() == 2
    assert Standing.objects.get(student=student).courses_required == 2


def test_a_course_published_later_opens_for_everybody_on_the_roll(
    yi: Student, taught: Taught
) -> None:
    page = teaching.make_course(taught.programme, "仓储与配送")
    teaching.make_lesson(page, "第一讲", [teaching.text(id_="w")])

    jobs.run_due()

    later = CourseProgress.objects.get(student=yi, course=Course.objects.get(page_id=page.pk))
    assert later.units_required == 1


def test_a_matriculation_that_nobody_heard_is_made_up_for(
    taught: Taught, units: people.Units
) -> None:
    student = factories.make_student(units)

    assert access.open_missing(at=AT) == 1
    assert CourseProgress.objects.filter(student=student).exists()


def test_a_page_with_progress_cannot_be_deleted_in_the_back_office(
    yi: Student, taught: Taught
) -> None:
    assert not projection.has_progress(taught.course_page)
    send(yi, segment(taught, 0, 10))

    assert projection.has_progress(taught.course_page)
    assert projection.has_progress(taught.lesson_page)


def test_random_watching_never_shrinks_and_never_exceeds_the_whole(
    yi: Student, taught: Taught
) -> None:
    chance = random.Random(20261124)
    before = 0.0
    for _n in range(40):
        start = chance.uniform(-10, 110)
        one = segment(
            taught,
            start,
            start + chance.uniform(-5, 60),
            began=AT + timedelta(seconds=chance.uniform(0, 3000)),
            rate=chance.choice([0.75, 1, 2, 8]),
        )
        send(yi, one, device=chance.choice([PHONE, TABLET]), at=AT + timedelta(hours=1))
        now = UnitProgress.objects.filter(student=yi).first()
        share = now.share if now else 0.0
        assert before <= share <= 1
        assert share == pytest.approx(watching.share(now.spans if now else [], 100), abs=0.01)
        before = share


def test_counting_off_says_what_a_recount_would_say(yi: Student, taught: Taught) -> None:
    """Posts do not read the whole course; their figures must be those of ``roll_up`` all the same."""
    chance = random.Random(20261126)
    moments = [AT + timedelta(minutes=number) for number in range(25)]
    for began in moments:
        start = chance.uniform(0, 90)
        one = segment(taught, start, start + chance.uniform(0.3, 20), began=began)
        send(yi, one, device=chance.choice([PHONE, TABLET]), at=AT + timedelta(hours=1))
        assert_same_as_a_recount(yi, taught)
    progress.finish_text(yi, taught.unit("text"), at=AT + timedelta(hours=1))
    send(yi, segment(taught, 0, 100, began=AT + timedelta(hours=2)))

    assert of_video(yi, taught).done_at is not None
    assert_same_as_a_recount(yi, taught)


def assert_same_as_a_recount(student: Student, taught: Taught) -> None:
    rolled = CourseProgress.objects.get(student=student, course=taught.course)
    counted = rollup.count(rollup.facts_of(student, taught.course))
    assert (rolled.units_done, rolled.units_required, rolled.seconds_left) == (
        counted.done,
        counted.required,
        counted.seconds_left,
    )


def test_a_first_stretch_of_a_course_that_was_never_opened_opens_its_roll_up(
    yi: Student, taught: Taught
) -> None:
    CourseProgress.objects.all().delete()

    send(yi, segment(taught, 0, 30))

    rolled = CourseProgress.objects.get(student=yi, course=taught.course)
    assert rolled.units_required == 3


def test_a_post_of_progress_asks_as_much_for_fifty_events_as_for_one(
    yi: Student, taught: Taught, django_assert_max_num_queries: Any
) -> None:
    send(yi, segment(taught, 0, 1))
    many = [
        segment(taught, start, start + 1, began=AT + timedelta(seconds=10 + start))
        for start in range(50)
    ]
    for batch in (many[:1], many):
        # The transaction's own two; the rest are the hold, two questions and five writes.
        with django_assert_max_num_queries(10):
            send(yi, *batch, at=AT + timedelta(minutes=5))
