"""What hostile archives bring runs no script, neither for the editor nor for the student, in Chromium."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Error, Page, expect

from courses.archives import imports
from courses.catalogue.models import Lesson
from courses.catalogue.pages import LessonPage
from courses.learning import access
from courses.quizzes.models import Question
from lms.accounts.models import Role, User
from tests import factories, people
from tests.courses import teaching
from tests.courses.archives import backups, builders
from tests.courses.archives.conftest import attend
from tests.courses.archives.test_hostile import SCRIPTS
from tests.media.conftest import shelf  # noqa: F401 - a fixture

pytestmark = [pytest.mark.journeys, pytest.mark.django_db(transaction=True)]
MARK = "document.documentElement.dataset.ran='yes'"


TITLE = f'<img src=x onerror="{MARK}">收货五步'
PAGE = f"<script>{MARK}</script>"
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{MARK}"><script>{MARK}</script></svg>'
# What a browser might take for a page, though its name says otherwise.
NOTE = f'<!doctype html><html><body>{PAGE}<svg onload="{MARK}"></svg></body></html>'


def scripts() -> str:
    return "".join(SCRIPTS).replace("alert(1)", MARK)


def quoted(html: str) -> str:
    return html.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def hostile_cartridge() -> bytes:
    """Every script there is, in pages, titles, captions, questions and as files."""
    files = builders.cartridge_files()
    # The scripts last: some of them swallow all that follows.
    files["pages/one.html"] = (
        '<html><head><title>x</title></head><body><p>开头的话</p><img src="../pics/x.svg">'
        '<object data="../pics/x.svg"></object><a href="../docs/x.html">页</a>'
        '<a href="../docs/note.txt">附件</a><video src="../film/lecture.mp4"></video>'
        f"<h2>后面</h2>{scripts()}</body></html>"
    )
    files["pics/x.svg"], files["docs/x.html"], files["docs/note.txt"] = SVG, PAGE, NOTE
    files["film/lecture.zh.vtt"] = (
        f"WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n{TITLE}<c.x onclick={MARK}>字</c>\n"
    )
    said = quoted(scripts())
    files["quiz/q.xml"] = builders.assessment(
        builders.qti_item(
            "bad", "cc.multiple_choice.v0p1", said + "问？",
            builders.choices("Single", {"a": said, "b": "乙"}), builders.gives(builders.equal("a")),
        ),
        title="测验 &lt;img src=x onerror=alert(1)&gt;",
    )  # fmt: skip
    manifest = str(files["imsmanifest.xml"])
    files["imsmanifest.xml"] = manifest.replace("收货五步", quoted(TITLE)).replace(
        "第一章 收货", f"第一章{quoted(TITLE)}"
    )
    return builders.zipped(files)


def hostile_backup() -> bytes:
    """The same as a Moodle backup, with its web site and its lesson pages."""
    asked = backups.choice(21, f"{scripts()}问？", scripts(), "乙", 41)
    bank = backups.category(5, TITLE, 0, backups.entry(101, (1, "ready", asked)))
    stored = (
        ("1041", "mod_page", "content", "0", "/", "x.svg", SVG.encode(), 0),
        ("1041", "mod_page", "content", "0", "/", "x.html", PAGE.encode(), 0),
        ("1041", "mod_page", "content", "0", "/", "note.txt", NOTE.encode(), 0),
        ("1049", "mod_resource", "content", "0", "/", "index.html", f"<p>站</p>{scripts()}".encode(), 1),
    )  # fmt: skip
    files = "".join(f'<a href="@@PLUGINFILE@@/{row[5]}">附件</a>' for row in stored[:3])
    quiz = backups.quiz(backups.slot(1, 101))
    page = f'<p>开头的话</p><img src="@@PLUGINFILE@@/x.svg">{files}<h2>后面</h2>{scripts()}'
    inside = backups.files(
        stored,
        page_41=backups.texts(intro=scripts(), content=page),
        lesson_47=backups.el("pages", backups.lesson_page(1, 0, 0, 20, TITLE, scripts())),
        quiz_43=quiz, quiz_44=quiz,
    )  # fmt: skip
    first = "sections/section_7/section.xml"
    named = str(inside[first]).replace("$@NULL@$", quoted(TITLE), 1)
    bank_ = backups.document(backups.el("question_categories", bank))
    return builders.tarred(inside | {"questions.xml": bank_, first: named})


def hostile_olx() -> bytes:
    files = builders.olx_files()
    files["course/html/h1.html"] = (
        '<p>开头的话</p><img src="/static/x.svg"><a href="/static/x.html">页</a>'
        f'<a href="/static/note.txt">附件</a><h2>后面</h2>{scripts()}'
    )
    files["course/static/x.svg"], files["course/static/x.html"] = SVG, PAGE
    files["course/static/note.txt"] = NOTE
    said = quoted(scripts())
    files["course/problem/p1.xml"] = (
        f'<problem display_name="{quoted(TITLE)}"><multiplechoiceresponse><label>{said}问？</label>'
        f'<choicegroup type="MultipleChoice"><choice correct="true">{said}<choicehint>{said}</choicehint></choice>'
        '<choice correct="false">乙</choice></choicegroup></multiplechoiceresponse></problem>'
    )
    chapter = "course/chapter/c1.xml"
    files[chapter] = str(files[chapter]).replace("第一章", quoted(TITLE))
    return builders.tarred(files)


HOSTILE = {
    "c.imscc": hostile_cartridge, "c.mbz": hostile_backup, "c.tar.gz": hostile_olx,
}  # fmt: skip


def signed_in(browser: Browser, live_server: Any, user: User, *, width: int = 1280) -> Page:
    client = Client()
    client.force_login(user)
    context = browser.new_context(
        viewport={"width": width, "height": 844}, locale="zh-CN", base_url=live_server.url
    )
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    page = context.new_page()
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog opened: {dialog.message}"))
    return page


def ran(page: Page) -> bool:
    page.wait_for_load_state("networkidle")
    return bool(page.evaluate("document.documentElement.dataset.ran === 'yes'"))


def visit(page: Page, path: str) -> None:
    """Open a screen, be let in, and see nothing run."""
    page.goto(path)
    assert page.url.endswith(path)
    assert not ran(page)


def runs_by_itself(page: Page, address: str) -> bool:
    """Whether a file that is opened as a page does anything but lie there; most are only saved."""
    alone = page.context.new_page()
    try:
        alone.goto(address)
        return ran(alone)
    except Error as error:
        if "Download is starting" not in str(error):
            raise
        return False
    finally:
        alone.close()


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_of_an_archive_runs(
    name: str,
    browser: Browser,
    live_server: Any,
    units: people.Units,
    shelf: Path,  # noqa: F811
) -> None:
    he = people.make_staff(Role.COURSE_EDITOR, "小何", username="he", unit=units.city)
    programme = teaching.make_programme()
    desk = signed_in(browser, live_server, he)
    desk.goto("/cms/course-archives/")
    desk.set_input_files(
        "input[type=file]",
        {"name": name, "mimeType": "application/octet-stream", "buffer": HOSTILE[name]()},
    )
    desk.get_by_role("button", name="上传并检查").click()
    expect(desk.get_by_text("正在检查")).to_be_visible()
    batch = imports.CourseImport.objects.get()
    attend(imports.CHECK, batch)
    desk.reload()
    expect(desk.get_by_text("等你确认")).to_be_visible()
    assert not ran(desk)

    desk.get_by_role("button", name="导入", exact=True).click()
    expect(desk.get_by_text("正在导入")).to_be_visible()
    attend(imports.WRITE, batch)
    desk.reload()
    desk.get_by_role("link", name="打开草稿").click()
    assert not ran(desk)
    teaching.publish(batch.course_page.specific)
    lesson = LessonPage.objects.child_of(batch.course_page).order_by("path")[0]
    visit(desk, f"/cms/pages/{lesson.pk}/edit/")
    expect(desk.locator("#id_title")).to_be_visible()
    visit(desk, f"/cms/pages/{lesson.pk}/view_draft/")
    expect(desk.get_by_text("开头的话", exact=True)).to_be_visible()
    for question in Question.objects.all():
        visit(desk, f"/cms/snippets/courses/question/edit/{question.pk}/")
    teaching.publish(lesson.get_latest_revision_as_object())

    student = factories.make_student(units)
    access.open_access(student, at=people.AT)
    phone = signed_in(browser, live_server, student.user, width=390)
    phone.goto(f"/learn/lessons/{Lesson.objects.get(page_id=lesson.pk).uuid}/")
    expect(phone.get_by_text("开头的话", exact=True)).to_be_visible()
    assert not ran(phone)
    documents = [
        link.get_attribute("href") for link in phone.locator("main a[href*='/documents/']").all()
    ]
    assert documents
    for address in documents:
        assert not runs_by_itself(phone, str(address))
    phone.get_by_role("button", name="开始小测").first.click()
    phone.wait_for_url("**/learn/attempts/**")
    assert not ran(phone)
    assert programme.live
