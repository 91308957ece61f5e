"""What cannot be finished is not published, by whichever way; the draft is kept and the reasons are said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import GroupApprovalTask, Page, Revision, Workflow, WorkflowTask

from courses.catalogue import jobs, readiness
from courses.catalogue.pages import LessonPage
from courses.quizzes.models import Quiz, QuizDraw, QuizItem
from lms.accounts.models import User
from lms.accounts.people import EDITORS_GROUP
from media.models import Rendition, Video
from tests import people
from tests.courses import teaching
from tests.courses.teaching import Taught

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(he: User, client: Client) -> Client:
    client.force_login(he)
    return client


def of(*body: dict[str, Any]) -> list[str]:
    return readiness.lacking(LessonPage(title="讲", body=list(body)))


def heard(film: Video, captions: str = "") -> Video:
    Rendition.objects.create(video=film, kind="audio", name="audio", path="a", size_bytes=9)
    film.captions_vtt = captions
    film.save()
    return film


def test_a_film_that_can_be_heard_needs_captions() -> None:
    film = heard(teaching.make_video())

    (why,) = of(teaching.video(film))
    assert "还没有字幕" in why
    assert of(teaching.video(heard(teaching.make_video("二"), "WEBVTT\n"))) == []


def test_a_silent_film_needs_none() -> None:
    assert of(teaching.video(teaching.make_video())) == []


@pytest.mark.parametrize("state", ["failed", "refused"])
def test_a_film_that_failed_holds_the_lesson_back(state: str) -> None:
    film = teaching.make_video()
    film.state, film.reason = state, "文件损坏"
    film.save()

    (why,) = of(teaching.video(film))
    assert "文件损坏" in why


def test_a_film_that_is_being_encoded_does_not() -> None:
    film = Video.objects.create(title="新", state="encoding", captions_vtt="WEBVTT\n")
    assert of(teaching.video(film)) == []


def test_a_quiz_needs_questions_and_each_of_them_an_answer() -> None:
    quiz = teaching.make_quiz(questions=2)
    assert of(teaching.quiz(quiz)) == []
    assert "还没有题目" in of(teaching.quiz(Quiz.objects.create(title="空")))[0]

    version = QuizItem.objects.filter(quiz=quiz).first().question.versions.get()
    version.body = {"options": [{**o, "correct": False} for o in version.body["options"]]}
    version.save()
    (why,) = of(teaching.quiz(quiz))
    assert "第 1 题" in why


def test_a_quiz_that_draws_needs_a_release_to_draw_from() -> None:
    from courses.quizzes.models import QuestionBank

    quiz = Quiz.objects.create(title="抽")
    QuizDraw.objects.create(quiz=quiz, bank=QuestionBank.objects.create(title="库"))

    (why,) = of(teaching.quiz(quiz))
    assert "题库“库”" in why


def test_an_empty_lesson_and_a_film_that_is_gone_are_said_too() -> None:
    assert of() == ["这一讲还没有内容。"]
    assert "已经不在了" in of({"type": "video", "value": 999_999, "id": "v"})[0]


def test_it_asks_the_database_the_same_for_one_film_and_for_six(
    django_assert_max_num_queries: Any,
) -> None:
    films = [heard(teaching.make_video(f"片 {n}"), "WEBVTT\n") for n in range(6)]
    quizzes = [teaching.make_quiz(f"测 {n}") for n in range(6)]
    body = [teaching.video(film, f"v{n}") for n, film in enumerate(films)]
    body += [teaching.quiz(quiz, f"q{n}") for n, quiz in enumerate(quizzes)]

    with django_assert_max_num_queries(7):
        assert of(*body) == []


# ---- every way to publish


def unready(taught: Taught) -> LessonPage:
    heard(taught.film)
    page = LessonPage.objects.get(pk=taught.lesson_page.pk)
    page.title = "新标题"
    return page


def test_the_editor_keeps_the_draft_and_reads_why(taught: Taught, office: Client) -> None:
    from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

    heard(taught.film)
    data = nested_form_data(
        {
            "title": "新标题",
            "slug": taught.lesson_page.slug,
            "summary": "一句话",
            "objectives": "",
            "minutes": 0,
            "body": streamfield(
                [("video", str(taught.film.pk)), ("text", rich_text("<p>改过的课文</p>"))]
            ),
            "comments": {
                "TOTAL_FORMS": 0,
                "INITIAL_FORMS": 0,
                "MIN_NUM_FORMS": 0,
                "MAX_NUM_FORMS": 0,
            },
            "action-publish": "1",
        }
    )
    address = reverse("wagtailadmin_pages:edit", args=[taught.lesson_page.pk])

    html = office.post(address, data, follow=True).content.decode()

    assert "草稿已经保存，但还不能发布" in html
    assert "还没有字幕" in html
    assert taught.lesson.title == "物流是什么"
    assert (
        LessonPage.objects.get(pk=taught.lesson_page.pk).get_latest_revision_as_object().title
        == "新标题"
    )


def test_many_ticked_at_once_are_kept_back_by_one(taught: Taught, office: Client) -> None:
    unready(taught).save_revision()
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])

    html = office.post(f"{address}?id={taught.lesson_page.pk}", follow=True).content.decode()

    assert "还没有字幕" in html
    assert taught.lesson.title == "物流是什么"


def test_the_last_reviewer_publishes_what_is_ready_and_nothing_else(
    taught: Taught, he: User
) -> None:
    from django.contrib.auth.models import Group

    task = GroupApprovalTask.objects.create(name="审一遍")
    task.groups.set([Group.objects.get(name=EDITORS_GROUP)])
    workflow = Workflow.objects.create(name="审核")
    WorkflowTask.objects.create(workflow=workflow, task=task)
    page = unready(taught)
    page.save_revision(user=he)
    state = workflow.start(page, he)

    with pytest.raises(readiness.NotReady):
        state.current_task_state.approve(user=he)
    assert taught.lesson.title == "物流是什么"

    Video.objects.filter(pk=taught.film.pk).update(captions_vtt="WEBVTT\n")
    state = page.current_workflow_state
    state.current_task_state.approve(user=he)
    assert taught.lesson.title == "新标题"


def test_a_scheduled_lesson_goes_live_at_its_hour_and_an_unready_one_once_it_is_ready(
    taught: Taught,
) -> None:
    page = unready(taught)
    page.go_live_at = people.AT
    revision = page.save_revision()
    Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=people.AT)
    hour = timedelta(hours=1)

    assert jobs.keep_the_calendar(at=people.AT - hour) == (0, 0)
    assert jobs.keep_the_calendar(at=people.AT + hour) == (0, 0)
    assert taught.lesson.title == "物流是什么"

    Video.objects.filter(pk=taught.film.pk).update(captions_vtt="WEBVTT\n")
    assert jobs.keep_the_calendar(at=people.AT + hour) == (1, 0)
    assert taught.lesson.title == "新标题"


def test_a_lesson_that_expires_is_retired(taught: Taught) -> None:
    Page.objects.filter(pk=taught.lesson_page.pk).update(expire_at=people.AT)

    assert jobs.keep_the_calendar(at=people.AT + timedelta(hours=1)) == (0, 1)
    assert taught.lesson.retired_at is not None


def test_the_preview_of_the_editor_is_as_wide_as_a_phone(taught: Taught, office: Client) -> None:
    html = office.get(
        reverse("wagtailadmin_pages:edit", args=[taught.lesson_page.pk])
    ).content.decode()

    assert 'data-device-width="360"' in html
    assert 'data-device-width="390"' in html
