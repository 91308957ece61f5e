"""The student's screens: who may see them, what they say, and how little they ask the database."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from courses.catalogue.models import Course
from courses.catalogue.pages import CoursePage
from courses.learning import access, progress, words
from courses.learning.maps import LessonState, UnitState
from courses.learning.models import Learner, UnitProgress, WatchSegment
from courses.learning.progress import Segment
from courses.quizzes import attempts
from courses.quizzes.models import Quiz
from enrollment.api import Student
from lms.accounts.models import User
from lms.base import clock
from tests import factories, kept_rows, people
from tests.courses import teaching
from tests.courses.teaching import Taught
from tests.people import AT

MOST_QUERIES = 8


@pytest.fixture
def phone(yi: Student, client: Client) -> Client:
    """阿怡 signed in."""
    client.force_login(yi.user)
    return client


def watch(student: Student, taught: Taught, seconds: float = 30) -> None:
    now = clock.now()
    began = now - timedelta(seconds=seconds)
    unit = taught.unit("video").uuid
    one = Segment(uuid.uuid4(), unit, 0, seconds, 1, began, now)
    progress.record_segments(student, [one], device="phone", sent_at=now, at=now)


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def lesson_url(taught: Taught) -> str:
    return reverse("courses:lesson", args=[taught.lesson.uuid])


# ---- today


@pytest.mark.parametrize("seconds", [1, 60, 61, 89, 91, 540, 3540])
def test_what_is_left_is_the_same_number_of_minutes_everywhere(seconds: int) -> None:
    unit = UnitState(uuid.uuid4(), "video", seconds, 0, 0, None, False)
    lesson = LessonState(uuid.uuid4(), 1, "第一讲", 10, (unit,))
    assert words.time_left(seconds) == f"还剩 {lesson.minutes_left} 分钟"


def test_today_has_one_button_with_the_lesson_the_minutes_and_the_price(
    phone: Client, taught: Taught
) -> None:
    html = text_of(phone.get("/learn/"))

    assert html.count("button--primary") == 1
    assert f'href="{lesson_url(taught)}"' in html
    assert "开始学习" in html
    assert "3.4 MB" in html


def test_today_goes_on_where_the_student_left(phone: Client, taught: Taught, yi: Student) -> None:
    second = teaching.make_lesson(taught.course_page, "第二讲", [teaching.text(id_="x")])
    access.recount(taught.course, at=AT)
    progress.finish_text(yi, taught.course.lessons.get(page_id=second.pk).units.get(), at=AT)
    watch(yi, taught)

    html = text_of(phone.get("/learn/"))

    assert "物流学概论 · 第 1 讲" in html
    assert "本周目标 4 天，已学 1 天" in html


def test_today_says_so_when_everything_is_learnt(
    phone: Client, taught: Taught, yi: Student
) -> None:
    now = clock.now()
    watch(yi, taught, 100)
    progress.finish_text(yi, taught.unit("text"), at=now)
    attempt = attempts.open_attempt(yi, taught.quiz, at=now)
    attempts.submit(attempt, {pk: "a" for pk, _ in attempt.version_ids}, by=yi.user, at=now)

    assert "课程都学完了" in text_of(phone.get("/learn/"))


def test_today_of_a_student_whose_courses_are_not_open_yet(
    taught: Taught, units: people.Units, client: Client
) -> None:
    client.force_login(factories.make_student(units).user)

    assert "课程正在为你打开" in text_of(client.get("/learn/"))


# ---- who may see a lesson


def test_a_visitor_is_led_to_the_sign_in(taught: Taught, client: Client) -> None:
    response = client.get(lesson_url(taught))
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/")


def test_the_address_of_the_page_leads_to_the_lesson(phone: Client, taught: Taught) -> None:
    response = phone.get(taught.lesson.url_path)
    assert response["Location"] == lesson_url(taught)


def test_somebody_who_is_no_student_is_refused_with_a_sentence(
    taught: Taught, outsider: User, client: Client
) -> None:
    client.force_login(outsider)
    assert client.get(lesson_url(taught)).status_code == 403


def test_a_student_of_another_programme_is_told_whose_lesson_it_is(
    taught: Taught, units: people.Units, client: Client
) -> None:
    other = factories.make_student(units, "许小燕", "+8613700000004", programme="NM")
    client.force_login(other.user)

    response = client.get(lesson_url(taught))

    assert response.status_code == 403
    assert "现代物流管理" in text_of(response)
    assert client.get(reverse("courses:course", args=[taught.course.uuid])).status_code == 404


def test_a_tutor_reads_without_leaving_a_trace(taught: Taught, chen: User, client: Client) -> None:
    client.force_login(chen)

    html = text_of(client.get(lesson_url(taught)))

    assert "物流是物品的实体流动" in html
    assert "data-study" not in html
    # Today, courses and meetings are places of students: these would refuse.
    assert "tab-bar" not in html
    assert "我读完了" not in html


def test_a_student_has_the_four_places_below_a_lesson(phone: Client, taught: Taught) -> None:
    html = text_of(phone.get(lesson_url(taught)))
    assert html.count('class="tab-bar__link"') == 4
    assert '<a class="tab-bar__link" href="/learn/courses/" aria-current="page">' in html


def test_an_unpublished_lesson_is_gone(phone: Client, taught: Taught) -> None:
    url = lesson_url(taught)
    taught.lesson_page.unpublish()
    assert phone.get(url).status_code == 404


def test_a_withdrawn_student_is_told_whom_to_call(phone: Client, yi: Student) -> None:
    yi.status = Student.Status.WITHDRAWN
    yi.save()

    response = phone.get("/learn/")

    assert response.status_code == 403
    assert "求助电话" in text_of(response)


# ---- a lesson


def test_a_lesson_shows_the_video_with_its_price_and_nothing_is_loaded(
    phone: Client, taught: Taught
) -> None:
    html = text_of(phone.get(lesson_url(taught)))

    assert "data-player" in html
    assert 'preload="none"' in html
    assert 'value="saver" data-quality data-price="3.4 MB"' in html
    assert "autoplay" not in html


def test_a_video_that_is_not_ready_says_so(phone: Client, taught: Taught) -> None:
    taught.film.published_prefix = ""
    taught.film.save()

    assert "视频还在准备" in text_of(phone.get(lesson_url(taught)))


def test_the_player_goes_on_where_the_last_device_stopped(
    phone: Client, taught: Taught, yi: Student
) -> None:
    watch(yi, taught, 42)

    assert 'data-position="42.0"' in text_of(phone.get(lesson_url(taught)))


def test_saying_that_the_text_is_read_marks_it(phone: Client, taught: Taught, yi: Student) -> None:
    unit = taught.unit("text")
    phone.post(reverse("courses:finish_reading", args=[unit.uuid]))

    assert UnitProgress.objects.get(student=yi, unit=unit).done_at is not None
    html = text_of(phone.get(lesson_url(taught)))
    assert "课文读完了" in html
    assert "data-reads" not in html


def test_reading_is_not_marked_by_looking(phone: Client, taught: Taught) -> None:
    assert (
        phone.get(reverse("courses:finish_reading", args=[taught.unit("text").uuid])).status_code
        == 405
    )


def test_the_page_says_what_counted_and_what_did_not(
    phone: Client, taught: Taught, yi: Student
) -> None:
    now = clock.now()
    fast = Segment(
        uuid.uuid4(), taught.unit("video").uuid, 0, 60, 8, now - timedelta(seconds=10), now
    )
    progress.record_segments(yi, [fast], device="phone", sent_at=now, at=now)

    html = text_of(phone.get(reverse("courses:why", args=[taught.course.uuid])))

    assert "看了 20%" in html
    assert "0:20–1:40" in html
    assert "播放快过 2 倍速" in html
    assert "有 40 秒没有算" in html


def test_my_record_shows_weeks_credits_and_milestones(
    phone: Client, taught: Taught, yi: Student
) -> None:
    watch(yi, taught, 100)
    progress.finish_text(yi, taught.unit("text"), at=clock.now())
    attempt = attempts.open_attempt(yi, taught.quiz, at=clock.now())
    answers = {pk: "a" for pk, _ in attempt.version_ids}
    attempts.submit(attempt, answers, by=yi.user, at=clock.now())

    html = text_of(phone.get("/learn/me/"))

    assert "12 周里学了 1 天" in html
    assert "完成课程：物流学概论" in html


def test_the_weekly_goal_is_the_students_own(phone: Client, yi: Student) -> None:
    phone.post("/learn/me/goal/", {"days": "2"})
    assert Learner.objects.get(student=yi).goal_days == 2

    phone.post("/learn/me/goal/", {"days": "9"})
    assert Learner.objects.get(student=yi).goal_days == 2


# ---- few queries, however long the course is


def _thirty_nine_more() -> kept_rows.Keys:
    page, test = CoursePage.objects.get(), Quiz.objects.get()
    for number in range(39):
        blocks = [teaching.text(id_=f"t{number}"), teaching.quiz(test, id_=f"q{number}")]
        teaching.make_lesson(page, f"第 {number} 讲", blocks)
    return ()


_more = kept_rows.Kept(_thirty_nine_more)


@pytest.fixture
def forty(taught: Taught) -> Course:
    """The same course with forty lessons."""
    _more()
    return taught.course


def screens(taught: Taught, yi: Student) -> dict[str, str]:
    attempt = attempts.open_attempt(yi, taught.quiz, at=AT)
    return {
        "today": "/learn/",
        "courses": "/learn/courses/",
        "course": reverse("courses:course", args=[taught.course.uuid]),
        "why": reverse("courses:why", args=[taught.course.uuid]),
        "lesson": lesson_url(taught),
        "attempt": reverse("courses:attempt", args=[attempt.uuid]),
        "me": "/learn/me/",
    }


@pytest.mark.parametrize("name", ["today", "courses", "course", "why", "lesson", "attempt", "me"])
def test_a_screen_asks_the_database_at_most_eight_things(
    name: str, phone: Client, taught: Taught, yi: Student, django_assert_max_num_queries: Callable
) -> None:
    watch(yi, taught)
    address = screens(taught, yi)[name]
    phone.get(address)
    with django_assert_max_num_queries(MOST_QUERIES):
        phone.get(address)


@pytest.mark.parametrize("name", ["today", "courses", "course", "why", "lesson", "attempt", "me"])
def test_a_course_of_forty_lessons_asks_no_more(
    name: str,
    phone: Client,
    taught: Taught,
    yi: Student,
    forty: Course,
    django_assert_max_num_queries: Callable,
) -> None:
    access.recount(forty, at=AT)
    watch(yi, taught)
    address = screens(taught, yi)[name]
    phone.get(address)
    with django_assert_max_num_queries(MOST_QUERIES):
        phone.get(address)


@pytest.fixture
def open_class(units: people.Units) -> None:
    """A class that takes applications today."""
    cohort = factories.make_cohort(units)
    today = clock.local_date(clock.now())
    cohort.opens_on, cohort.closes_on = today, today + timedelta(days=20)
    cohort.decides_on = cohort.starts_on = today + timedelta(days=30)
    cohort.ends_on = today + timedelta(days=400)
    cohort.save()


def public_address(page: str, taught: Taught) -> str:
    return {
        "home": "/",
        "programme": taught.programme.get_url(),
        "course": taught.course.url_path,
    }[page]


# Wagtail itself asks five or six: site, root, page, its kind, its ancestors, their privacy.
@pytest.mark.parametrize(("page", "most"), [("home", 10), ("programme", 11), ("course", 8)])
def test_a_public_page_asks_little_and_no_more_for_more_courses(
    page: str,
    most: int,
    taught: Taught,
    open_class: None,
    client: Client,
    django_assert_max_num_queries: Callable,
) -> None:
    for number in range(6):
        teaching.make_course(taught.programme, f"课程 {number}")
    address = public_address(page, taught)
    client.get(address)
    with django_assert_max_num_queries(most):
        assert client.get(address).status_code == 200


def test_the_home_page_tells_places_deadline_and_cost(
    taught: Taught, open_class: None, client: Client
) -> None:
    html = text_of(client.get("/"))

    assert "我要报名" in html
    assert "90" in html
    assert "2,000" in html
    assert "还有 30 个名额，共 30 个" in html
    assert html.count("button--primary") == 1


def test_the_home_page_without_an_open_intake_says_so(taught: Taught, client: Client) -> None:
    html = text_of(client.get("/"))

    assert "现在没有开放报名" in html
    assert "我要报名" not in html


def test_the_public_outline_shows_lessons_without_their_content(
    taught: Taught, client: Client
) -> None:
    html = text_of(client.get(taught.course.url_path))

    assert "物流是什么" in html
    assert "物流是物品的实体流动" not in html


@pytest.mark.parametrize("page", ["home", "programme", "course"])
def test_an_unpublished_page_is_gone_for_the_public(
    page: str, taught: Taught, client: Client
) -> None:
    address = public_address(page, taught)
    taught.course_page.unpublish()
    assert client.get(address).status_code == (404 if page == "course" else 200)


# ---- the address to which phones send


def event(taught: Taught, **changes: object) -> dict[str, object]:
    now = clock.now().timestamp() * 1000
    return {
        "uuid": str(uuid.uuid4()),
        "unit": str(taught.unit("video").uuid),
        "from": 0,
        "to": 15,
        "rate": 1,
        "started_at": now - 15_000,
        "stopped_at": now,
        **changes,
    }


def send(phone: Client, *events: object, **changes: object) -> HttpResponse:
    body = {
        "device": "phone",
        "sent_at": clock.now().timestamp() * 1000,
        "events": list(events),
        **changes,
    }
    return phone.post("/learn/progress/", json.dumps(body), content_type="application/json")


def test_a_batch_gets_a_verdict_per_event_and_the_new_share(phone: Client, taught: Taught) -> None:
    good, broken = event(taught), event(taught, to="far")

    answer = send(phone, good, broken, "nonsense", device="a\x00\ud800b").json()

    verdicts = {row["uuid"]: row["verdict"] for row in answer["results"]}
    assert verdicts == {good["uuid"]: "credited", broken["uuid"]: "invalid", "": "invalid"}
    assert answer["units"] == {good["unit"]: {"share": 0.15, "done": False}}
    # Without what no database holds.
    assert WatchSegment.objects.get().device == "ab"


@pytest.mark.parametrize(
    "body",
    [
        "", "[]", "{", '{"events": []}', '{"device": "a", "sent_at": "x", "events": []}',
        '{"device": "a", "sent_at": [], "events": []}',
        '{"device": "a", "sent_at": 1%s, "events": []}' % ("0" * 400),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_refused(phone: Client, body: str) -> None:
    response = phone.post("/learn/progress/", body, content_type="application/json")
    assert response.status_code == 400


def test_too_many_events_at_once_are_refused(phone: Client, taught: Taught) -> None:
    assert send(phone, *[event(taught)] * 201).status_code == 413


@pytest.mark.parametrize(
    "change",
    [
        {"from": float("nan")},
        {"to": 1e300},
        {"to": 10**400},
        {"started_at": -5},
        {"unit": "x"},
        {"uuid": None},
    ],
)
def test_impossible_figures_are_invalid_and_harm_nothing(
    phone: Client, taught: Taught, change: dict
) -> None:
    answer = send(phone, event(taught, **change)).json()
    assert [row["verdict"] for row in answer["results"]] == ["invalid"]


def test_progress_needs_the_csrf_token(yi: Student, taught: Taught) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(yi.user)
    assert send(strict, event(taught)).status_code == 403


def test_only_students_send_progress(taught: Taught, chen: User, client: Client) -> None:
    client.force_login(chen)
    assert send(client, event(taught)).status_code == 403


def test_a_progress_post_asks_the_same_for_one_event_and_for_fifty(
    phone: Client, taught: Taught, django_assert_max_num_queries: Callable
) -> None:
    send(phone, event(taught))
    for count in (1, 50):
        events = [
            event(
                taught,
                started_at=1_790_000_000_000 + n * 20_000,
                stopped_at=1_790_000_015_000 + n * 20_000,
            )
            for n in range(count)
        ]
        with django_assert_max_num_queries(24):
            assert send(phone, *events).status_code == 200
