"""职工学堂: open to whoever signs in, with progress of their own, and never part of a degree."""

from __future__ import annotations

import json
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from courses.academy import learning, own_data
from courses.academy.models import MemberProgress
from courses.catalogue.models import Course
from courses.catalogue.pages import CoursePage
from courses.learning import access, progress, standing
from courses.learning.models import CourseProgress, UnitProgress
from enrollment.api import Milestone, Student
from lms.accounts.models import User
from lms.base import clock
from tests import factories, people
from tests.courses import teaching
from tests.courses.teaching import Taught

pytestmark = pytest.mark.django_db


@pytest.fixture
def hall(db: None) -> Taught:
    """An open course of one lesson: a film of 100 s, text and a quiz."""
    taught = teaching.make_taught()
    page = CoursePage.objects.get(pk=taught.course_page.pk)
    page.is_open = True
    teaching.publish(page)
    return taught


@pytest.fixture
def guest(outsider: User, client: Client) -> Client:
    client.force_login(outsider)
    return client


def lesson_of(taught: Taught) -> str:
    return reverse("courses:lesson", args=[taught.lesson.uuid])


def watched(user: User, taught: Taught, *stretches: tuple[float, float]) -> dict[str, object]:
    now = clock.now().timestamp() * 1000
    events = [
        {
            "uuid": str(uuid.uuid4()), "unit": str(taught.unit("video").uuid),
            "from": start, "to": end, "rate": 1,
            "started_at": now - (end - start) * 1000, "stopped_at": now,
        }
        for start, end in stretches
    ]  # fmt: skip
    return {"device": "d", "student": str(user.uuid), "sent_at": now, "events": events}


def send(client: Client, sent: dict[str, object]) -> dict[str, object]:
    answer = client.post(
        reverse("courses:open_progress"), json.dumps(sent), content_type="application/json"
    )
    assert answer.status_code == 200
    found: dict[str, object] = answer.json()
    return found


def test_a_member_without_a_class_finds_opens_and_reads(guest: Client, hall: Taught) -> None:
    assert "物流学概论" in guest.get(reverse("courses:academy")).content.decode()
    course = reverse("courses:open_course", args=[hall.course.uuid])
    assert lesson_of(hall) in guest.get(course).content.decode()
    html = guest.get(lesson_of(hall)).content.decode()

    assert "物流是物品的实体流动" in html
    assert reverse("courses:open_progress") in html
    assert 'href="/learn/me/"' not in html


def test_progress_is_kept_joined_and_never_shrinks(
    guest: Client, hall: Taught, outsider: User
) -> None:
    send(guest, watched(outsider, hall, (0, 30), (20, 60)))
    again = watched(outsider, hall, (0, 30))
    answer = send(guest, again)
    send(guest, again)

    row = MemberProgress.objects.get(user=outsider)
    assert row.spans == [[0, 60]]
    assert row.share == pytest.approx(0.6)
    assert row.done_at is None
    assert answer["units"] == {str(hall.unit("video").uuid): {"share": 0.6, "done": False}}
    send(guest, watched(outsider, hall, (50, 100)))
    assert MemberProgress.objects.get(user=outsider).done_at is not None


def test_everything_of_a_course_can_be_finished(
    guest: Client, hall: Taught, outsider: User
) -> None:
    send(guest, watched(outsider, hall, (0, 100)))
    guest.post(reverse("courses:open_read", args=[hall.unit("text").uuid]))
    address = reverse("courses:open_quiz", args=[hall.unit("quiz").uuid])
    sheet = guest.get(address)
    versions = [card["version"] for card in sheet.context["cards"]]
    right = {f"q{version}": "a" for version in versions}
    answer = guest.post(address, {"sheet": sheet.context["sheet"], **right})

    assert "通过了" in answer.content.decode()
    assert MemberProgress.objects.filter(user=outsider, done_at__isnull=False).count() == 3
    assert "完成 3 / 3 项" in guest.get(reverse("courses:academy")).content.decode()


def test_a_wrong_quiz_shows_why_and_a_better_one_stays(guest: Client, hall: Taught) -> None:
    address = reverse("courses:open_quiz", args=[hall.unit("quiz").uuid])
    first = guest.get(address)
    first_version = first.context["cards"][0]["version"]
    html = guest.post(address, {"sheet": first.context["sheet"], f"q{first_version}": "a"})
    assert "还差一点" in html.content.decode()
    guest.post(address, {"sheet": first.context["sheet"]})

    row = MemberProgress.objects.get()
    assert (row.share, row.done_at) == (0.5, None)
    assert guest.post(address, {"sheet": "made up"}).status_code == 302


def test_a_batch_of_somebody_else_is_sent_back(guest: Client, hall: Taught, he: User) -> None:
    sent = json.dumps(watched(he, hall, (0, 30)))
    answer = guest.post(reverse("courses:open_progress"), sent, content_type="application/json")
    assert answer.status_code == 409
    assert not MemberProgress.objects.exists()


def test_the_lesson_of_a_degree_stays_closed_to_members(outsider: User, client: Client) -> None:
    taught = teaching.make_taught()
    client.force_login(outsider)

    assert client.get(lesson_of(taught)).status_code == 403
    answer = send(client, watched(outsider, taught, (0, 30)))
    assert answer["results"][0]["reason"] == progress.NOT_YOURS
    read = reverse("courses:open_read", args=[taught.unit("text").uuid])
    assert client.post(read).status_code == 404
    download = reverse("courses:download", args=[taught.lesson.uuid])
    assert client.get(download).status_code == 403


def test_an_open_lesson_can_be_taken_along(guest: Client, hall: Taught, outsider: User) -> None:
    found = guest.get(reverse("courses:download", args=[hall.lesson.uuid])).json()

    assert found["owner"] == str(outsider.pk)
    assert [film["unit"] for film in found["films"]] == [str(hall.unit("video").uuid)]


# ---- never part of a degree


def test_a_student_learns_it_beside_the_degree_and_nothing_of_it_counts(
    hall: Taught, units: people.Units, client: Client
) -> None:
    student: Student = factories.make_student(units)
    access.open_access(student, at=people.AT)
    client.force_login(student.user)

    send(client, watched(student.user, hall, (0, 100)))
    client.post(reverse("courses:open_read", args=[hall.unit("text").uuid]))

    assert MemberProgress.objects.filter(user=student.user).count() == 2
    assert not UnitProgress.objects.exists()
    assert not CourseProgress.objects.exists()
    assert not Milestone.objects.exists()
    assert standing.facts_of(student).units_required == 0


def test_the_addresses_of_the_degree_take_nothing_of_an_open_course(
    hall: Taught, units: people.Units, client: Client
) -> None:
    student = factories.make_student(units)
    client.force_login(student.user)
    read = reverse("courses:finish_reading", args=[hall.unit("text").uuid])
    begin = reverse("courses:quiz_begin", args=[hall.unit("quiz").uuid])

    assert client.post(read).status_code == 404
    assert client.post(begin).status_code == 404
    sent = {**watched(student.user, hall, (0, 50)), "student": str(student.uuid)}
    answer = client.post("/learn/progress/", json.dumps(sent), content_type="application/json")
    assert answer.json()["results"][0]["reason"] == progress.NOT_YOURS


def test_a_course_that_is_opened_before_anybody_began_leaves_the_degree(
    units: people.Units,
) -> None:
    taught = teaching.make_taught()
    student = factories.make_student(units)
    access.open_access(student, at=people.AT)
    assert standing.facts_of(student).units_required == 3
    page = CoursePage.objects.get(pk=taught.course_page.pk)
    page.is_open = True
    teaching.publish(page)

    access.recount(Course.objects.get(), at=people.AT)

    assert standing.facts_of(student).units_required == 0
    assert not CourseProgress.objects.exists()


def test_a_course_that_students_have_begun_cannot_be_opened(taught: Taught, yi: Student) -> None:
    progress.finish_text(yi, taught.unit("text"), at=people.AT)
    page = CoursePage.objects.get(pk=taught.course_page.pk)
    page.is_open = True

    with pytest.raises(ValidationError, match="不能改成公开课"):
        page.full_clean()


def test_the_public_page_says_that_signing_in_is_enough(hall: Taught, client: Client) -> None:
    assert "登录就能学" in client.get(hall.course.url_path).content.decode()
    answer = client.get(reverse("courses:academy"))
    assert answer["Location"].startswith("/sign-in/")


def test_what_was_learnt_is_part_of_ones_own_data(hall: Taught, outsider: User) -> None:
    learning.finish(outsider, hall.unit("text"), share=1, done=True, at=people.AT)
    learning.finish(outsider, hall.unit("quiz"), share=0.5, done=False, at=people.AT)

    (section,) = own_data.sections_of(outsider)

    (read, tried) = section.rows
    assert read[0] == "物流学概论 · 物流是什么 · 课文"
    assert read[1].endswith("完成")
    assert tried == ("物流学概论 · 物流是什么 · 小测", "学了 50%")


def test_a_student_stays_at_the_courses_in_the_academy(
    hall: Taught, units: people.Units, client: Client
) -> None:
    client.force_login(factories.make_student(units).user)
    html = client.get("/learn/open/").content.decode()
    assert '<a class="tab-bar__link" href="/learn/courses/" aria-current="page">' in html
