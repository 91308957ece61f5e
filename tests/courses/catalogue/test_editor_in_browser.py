"""An editor's afternoon in Chromium: from an empty course to a lesson that a student watches and answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from courses.catalogue.models import Unit
from courses.catalogue.pages import CoursePage, LessonPage
from courses.learning import access
from courses.quizzes.models import Attempt, Quiz
from lms.accounts.models import Role, User
from lms.base import clock
from media.models import Video
from tests import factories, people
from tests.courses import teaching
from tests.media import clips
from tests.media.conftest import shelf, work_off  # noqa: F401 - a fixture

pytestmark = [pytest.mark.journeys, pytest.mark.django_db(transaction=True)]
CAPTIONS = "WEBVTT\n\n00:00:00.500 --> 00:00:03.000\n大家好，今天讲拣货\n"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}

# Whether the film in the page says this now or later.
SAID = """words => {
  const film = document.querySelector("video");
  const tracks = film ? [...film.textTracks] : [];
  return tracks.some((track) => [...(track.cues ?? [])].some((cue) => cue.text === words));
}"""


def signed_in(browser: Browser, address: str, user: User, window: dict[str, int]) -> Page:
    client = Client()
    client.force_login(user)
    context = browser.new_context(viewport=window, locale="zh-CN", base_url=address)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": address}])
    return context.new_page()


@pytest.fixture
def desk(browser: Browser, live_server: Any, units: people.Units) -> Iterator[Page]:
    """小何's browser."""
    he = people.make_staff(Role.COURSE_EDITOR, "小何", username="he", unit=units.city)
    page = signed_in(browser, live_server.url, he, DESK)
    yield page
    page.context.close()


def publish(page: Page) -> None:
    page.locator("footer .w-dropdown__toggle").click()
    with page.expect_navigation():
        page.locator("button[name=action-publish]").click()


def add_block(page: Page, kind: str) -> None:
    """Press the last plus of the stream and pick a kind of block."""
    page.locator(".c-sf-add-button[title='Insert a block']").last.click()
    page.get_by_role("option", name=kind, exact=True).click()


def choose(page: Page, title: str) -> None:
    page.locator(".chooser__choose-button:visible").last.click()
    page.locator(".modal-content").get_by_role("link", name=title).click()
    page.locator(".modal-content").wait_for(state="detached")


def write(page: Page, words: str) -> None:
    """Type into the rich text that was added last."""
    page.locator(".Draftail-Editor [role=textbox]").last.click()
    page.keyboard.type(words)


def save(page: Page, button: str = "保存") -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click()


def test_from_an_empty_course_to_what_a_student_watches(
    desk: Page,
    browser: Browser,
    live_server: Any,
    units: people.Units,
    tmp_path: Path,
    shelf: Path,  # noqa: F811
) -> None:
    programme = teaching.make_programme()

    # A course, published empty.
    desk.goto(f"/cms/pages/add/courses/coursepage/{programme.pk}/")
    desk.fill("#id_title", "仓储实务")
    desk.fill("#id_summary", "从收货到盘点")
    publish(desk)
    course_page = CoursePage.objects.get(title="仓储实务")
    assert course_page.live

    # A film: uploaded, encoded, still without captions.
    clip = clips.lecture(tmp_path / "拣货.mp4", size="640x360", seconds=4)
    desk.goto("/cms/snippets/media/video/add/")
    desk.set_input_files("[data-upload-file]", clip)
    desk.fill("[name=title]", "拣货实拍")
    desk.click("form[data-edit-form] button[type=submit]")
    desk.wait_for_url("**/inspect/**")
    film = work_off(Video.objects.get())
    assert film.state == "ready"
    desk.wait_for_selector("[data-preview] video", state="attached")  # the page looked again
    desk.wait_for_load_state("networkidle")

    # A quiz is not kept while no option of a question is right; without a question it is.
    desk.goto("/cms/snippets/courses/quiz/add/")
    desk.fill("#id_title", "拣货小测")
    add_block(desk, "单选题")
    desk.fill("[name=questions-0-value-stem]", "拣货先看什么？")
    desk.fill("[name=questions-0-value-options-0-value-text]", "波次")
    desk.fill("[name=questions-0-value-options-1-value-text]", "天气")
    save(desk)
    expect(desk.get_by_text("请勾选一个正确选项，只能一个。")).to_be_visible()
    assert not Quiz.objects.exists()
    desk.goto("/cms/snippets/courses/quiz/add/")
    desk.fill("#id_title", "拣货小测")
    save(desk)
    quiz = Quiz.objects.get()

    # The lesson: two reasons keep it from being published, the draft is kept.
    desk.goto(f"/cms/pages/add/courses/lessonpage/{course_page.pk}/")
    desk.fill("#id_title", "怎么拣货")
    desk.fill("#id_summary", "从波次讲起")
    add_block(desk, "视频")
    choose(desk, "拣货实拍")
    add_block(desk, "正文")
    write(desk, "拣货先看波次，再看货位。")
    add_block(desk, "小测")
    choose(desk, "拣货小测")
    publish(desk)
    said = desk.locator(".messages")
    expect(said).to_contain_text("草稿已经保存，但还不能发布")
    expect(said).to_contain_text("视频“拣货实拍”还没有字幕")
    expect(said).to_contain_text("小测“拣货小测”还没有题目")
    lesson = LessonPage.objects.get(title="怎么拣货")
    assert not lesson.live
    assert not Unit.objects.exists()

    # Captions from a file, and a question whose answer is marked.
    desk.goto(f"/cms/snippets/media/video/captions/{film.pk}/")
    captions = {"name": "拣货.vtt", "mimeType": "text/vtt", "buffer": CAPTIONS.encode()}
    desk.set_input_files("#captions-file", captions)
    save(desk, "上传")
    film.refresh_from_db()
    assert "今天讲拣货" in film.captions_vtt
    desk.goto(f"/cms/snippets/courses/quiz/edit/{quiz.pk}/")
    add_block(desk, "单选题")
    desk.fill("[name=questions-0-value-stem]", "拣货先看什么？")
    desk.fill("[name=questions-0-value-options-0-value-text]", "波次")
    desk.check("[name=questions-0-value-options-0-value-correct]")
    desk.fill("[name=questions-0-value-options-1-value-text]", "天气")
    save(desk)

    # A look at the draft as wide as a small phone, and out.
    desk.goto(f"/cms/pages/{lesson.pk}/edit/")
    desk.locator("[data-side-panel-toggle=preview]").click()
    draft = desk.frame_locator("iframe.w-preview__iframe:not(.w-preview__proxy)")
    expect(draft.get_by_text("拣货先看波次，再看货位。")).to_be_visible()
    assert (
        draft.locator("html").evaluate("page => page.ownerDocument.defaultView.innerWidth") == 360
    )
    assert draft.locator("html").evaluate("page => page.scrollWidth") == 360
    expect(draft.get_by_role("heading", name="小测")).to_be_visible()
    publish(desk)
    expect(desk.locator(".messages")).to_contain_text("已经发布")
    lesson.refresh_from_db()
    assert lesson.live

    # A student finds it, watches with captions, and answers.
    student = factories.make_student(units)
    access.open_access(student, at=clock.now())
    phone = signed_in(browser, live_server.url, student.user, PHONE)
    phone.goto("/learn/courses/")
    phone.get_by_role("link", name="仓储实务").click()
    phone.get_by_role("link", name="怎么拣货").click()
    expect(phone.get_by_text("拣货先看波次，再看货位。")).to_be_visible()
    phone.get_by_role("button", name="播放").first.click()
    phone.wait_for_function(SAID, arg="大家好，今天讲拣货")
    phone.get_by_role("button", name="开始小测").click()
    phone.wait_for_url("**/learn/attempts/**")
    phone.get_by_text("波次", exact=True).click()
    phone.get_by_role("button", name="交卷").click()
    expect(phone.locator("main")).to_contain_text("通过了")
    expect(phone.locator("main")).not_to_contain_text("undefined")  # what was left empty is empty
    attempt = Attempt.objects.get(student=student)
    assert attempt.passed
    phone.context.close()
