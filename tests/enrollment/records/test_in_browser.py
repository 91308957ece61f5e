"""The registrar's afternoon in a browser: the audit, the missing mark, the transcript that anybody can check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page

from courses.catalogue.models import Course
from enrollment.fees import ledger
from enrollment.letters.models import Letter
from enrollment.registry.models import Student
from lms.accounts.models import User
from tests.enrollment.letters.cast import print_all
from tests.enrollment.records import cast

pytestmark = [pytest.mark.journeys, pytest.mark.django_db(transaction=True)]
AXE = Path(__file__).parents[2] / "vendor" / "axe.min.js"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.fixture(params=[390, 1280])
def desk(
    request: pytest.FixtureRequest, browser: Browser, live_server: Any, client: Client, zhou: User
) -> Iterator[Page]:
    """The registrar, signed in, with a phone and with a wide screen."""
    client.force_login(zhou)
    context = browser.new_context(
        viewport={"width": request.param, "height": 844}, locale="zh-CN", base_url=live_server.url
    )
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
    context.add_cookies([cookie])
    page = context.new_page()
    yield page
    context.close()


def sound(page: Page) -> None:
    """Nothing is wider than the screen, and axe finds nothing."""
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{wide} px too wide: {page.url}"
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, rules)", RULES)["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_from_the_audit_to_a_transcript_that_a_stranger_verifies(
    desk: Page, yi: Student, zhou: User, browser: Browser, live_server: Any
) -> None:
    cast.learnt(yi)
    ledger.record_payment(yi, ledger.balance_fen(yi), note="", by=zhou, at=cast.AT)
    desk.goto("/desk/roll/")
    sound(desk)
    desk.get_by_role("link", name="毕业审核").click()
    desk.get_by_text("《物流学概论》还没有成绩").wait_for()
    sound(desk)
    desk.goto("/desk/marks/2026/")
    desk.get_by_role("link", name="物流学概论").click()
    sound(desk)
    desk.get_by_label("阿怡 的成绩").fill("88")
    desk.get_by_role("button", name="保存成绩").click()
    desk.get_by_text("已保存 1 个成绩").wait_for()
    desk.goto("/desk/graduation/2026/")
    desk.get_by_label("批准依据").fill("校务会纪要")
    desk.get_by_role("button", name="批准 1 人毕业").click()
    desk.get_by_text("1 人已毕业").wait_for()
    sound(desk)
    desk.get_by_role("link", name="阿怡").click()
    desk.get_by_role("button", name="签发成绩单").click()
    desk.get_by_text("成绩单正在制作").wait_for()
    sound(desk)
    print_all()
    transcript = Letter.objects.get(kind="transcript")
    desk.reload()
    desk.get_by_role("link", name=f"成绩单 {transcript.number}").click()
    with desk.expect_download() as saved:
        desk.get_by_role("link", name="下载 PDF").click()
    assert saved.value.suggested_filename == "2026-LOG-001 阿怡 成绩单.pdf"
    stranger = browser.new_context(base_url=live_server.url, locale="zh-CN").new_page()
    stranger.goto("/verify/")
    stranger.set_input_files("[name=file]", saved.value.path())
    stranger.get_by_role("button", name="检查文件").click()
    stranger.get_by_text("真实有效").wait_for()
    assert transcript.number in stranger.content()
    assert "阿怡" not in stranger.content()
    stranger.goto(f"/V/{transcript.code}")
    stranger.get_by_text("真实有效").wait_for()
    stranger.context.close()


def test_number_and_programme_stand_on_one_line_beside_a_long_verdict(
    desk: Page, yi: Student
) -> None:
    Course.objects.update(title="物流与供应链信息系统" * 20)  # as long as a term of courses
    desk.goto("/desk/graduation/2026/")
    note = desk.get_by_text(f"{yi.student_no} {yi.programme.title}")
    lines = note.evaluate(
        "e => e.getBoundingClientRect().height / parseFloat(getComputedStyle(e).lineHeight)"
    )
    assert round(lines) == 1
    sound(desk)
