"""From a plan to a presence, and what comes after: at phone size, no barrier in light or dark.

``TEST_PICTURES=folder`` keeps a picture of every screen for a person to look at.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from courses.learning import access
from courses.tutoring import attendance, leaves, planning, recordings, shifts, weeks
from courses.tutoring.models import Attendance, Meeting
from courses.tutoring.record_models import LeaveRequest, MakeUp
from enrollment.api import Milestone
from enrollment.completion.models import Standing
from lms.accounts.models import User
from lms.base import clock
from tests.courses import teaching
from tests.courses.tutoring.conftest import book, plan
from tests.courses.tutoring.test_in_browser import AXE, RULES, now_meeting, read_code, screen_of
from tests.courses.tutoring.test_makeups import pass_quiz, watch

__all__ = ["now_meeting", "screen_of"]
pytestmark = [pytest.mark.journeys, pytest.mark.django_db(transaction=True)]
WIDTHS, SCHEMES = (320, 390), ("light", "dark")
# Colours that are on their way are no contrast yet; what turns without an end is not waited for.
SETTLED = """() => Promise.allSettled(document.getAnimations()
  .filter((one) => one.playState === "running" && one.effect.getComputedTiming().endTime < Infinity)
  .map((one) => one.finished)).then(() => null)"""


def look(page: Page, name: str) -> None:
    """No barrier and nothing wider than the screen, in every size and scheme."""
    page.add_script_tag(path=str(AXE))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            page.evaluate(SETTLED)
            page.evaluate("() => scrollTo(0, document.body.scrollHeight)")
            found = page.evaluate(
                "rules => axe.run(document, {runOnly: rules})"
                ".then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))",
                RULES,
            )
            assert found == [], (name, width, scheme)
            fits = "() => document.documentElement.scrollWidth <= innerWidth"
            assert page.evaluate(fits), (name, width)
            keep(page, f"{name}-{width}-{scheme}")
    page.emulate_media(color_scheme="light")
    if os.environ.get("TEST_PICTURES"):
        page.set_viewport_size({"width": 1280, "height": 800})
        keep(page, f"{name}-1280-light")
        page.set_viewport_size({"width": 390, "height": 844})


def keep(page: Page, name: str) -> None:
    if folder := os.environ.get("TEST_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_plan_book_cancel_move_up_sign_in(
    screen_of: Callable[[User], Page], cohort: Any, station: Any, chen: User, yi: Any, lin: Any
) -> None:
    tutor, first, second = screen_of(chen), screen_of(yi.user), screen_of(lin.user)
    begins = clock.local(clock.now() + timedelta(minutes=20))
    tutor.goto("/desk/tutor/plan/")
    tutor.get_by_label("主题").fill("期末复习")
    tutor.get_by_label("驿站", exact=True).select_option(label="思明 · 滨海驿站（3 座）")
    tutor.get_by_label("日期").fill(begins.date().isoformat())
    tutor.get_by_label("开始时间").fill(f"{begins:%H:%M}")
    tutor.get_by_label("名额").fill("1")
    tutor.get_by_label("现场有暑期托管").check()
    tutor.get_by_label("劳模宣讲人").fill("全国劳模 王师傅")
    look(tutor, "plan")
    tutor.get_by_role("button", name="存为计划").click()
    tutor.get_by_role("button", name="发布，开始报名").click()
    expect(tutor.get_by_text("发布了，学员现在可以报名。")).to_be_visible()

    first.goto("/learn/meetings/")
    look(first, "meetings")
    first.get_by_role("button", name="报名").click()
    expect(first.get_by_text("已为你留好座位")).to_be_visible()
    look(first, "meeting-booked")
    second.goto("/learn/meetings/")
    second.get_by_role("button", name="排候补").click()
    expect(second.get_by_text("你排在第 1 位")).to_be_visible()
    look(second, "meeting-waiting")
    first.get_by_role("button", name="取消报名").click()
    expect(first.get_by_text("座位让给了同学")).to_be_visible()
    second.reload()
    expect(second.get_by_text("已为你留好座位")).to_be_visible()

    tutor.get_by_role("button", name="打开签到码").click()
    look(tutor, "code")
    second.goto(urlsplit(read_code(tutor)).path)
    look(second, "sign-in")
    second.get_by_role("button", name="我到了，签到").click()
    expect(second.locator("h1")).to_have_text("签到成功")
    look(second, "signed-in")
    expect(tutor.locator("[data-names]")).to_contain_text("林建业")
    assert Attendance.objects.get().student == lin


@pytest.fixture
def over(now_meeting: Meeting, chen: User, yi: Any, lin: Any) -> Meeting:
    """Held yesterday: 林 late, 阿怡 not there; its film lies ready and 阿怡 has watched it."""
    teaching.make_taught()
    access.open_access(yi, at=clock.now())
    for student in (yi, lin):
        book(now_meeting, student, at=now_meeting.starts_at - timedelta(days=2))
    back = timedelta(days=1)
    now_meeting.starts_at -= back
    now_meeting.ends_at -= back
    now_meeting.has_childcare, now_meeting.guest = True, "全国劳模 王师傅"
    now_meeting.save()
    phone = uuid4()
    late = now_meeting.starts_at + timedelta(minutes=25)
    attendance.sign_in(now_meeting, lin, device=phone, by=lin.user, at=late, code_age_s=66)
    planning.finish(now_meeting, by=chen, at=now_meeting.ends_at)
    recording = recordings.attach(
        now_meeting,
        video=teaching.make_video("那天的课"),
        quiz=teaching.make_quiz("补课小测"),
        by=chen,
        at=clock.now(),
    )
    watch(yi, recording, seconds=96, now=clock.now())
    pass_quiz(yi, recording, now=clock.now() - timedelta(minutes=1))
    return now_meeting


def test_missed_made_up_and_approved(
    screen_of: Callable[[User], Page], over: Meeting, station: Any, chen: User, yi: Any, xu: Any
) -> None:
    Standing.objects.filter(student=yi).update(
        state="behind", reasons=[{"code": "silent_days", "figure": 16}]
    )
    student, tutor = screen_of(yi.user), screen_of(chen)
    student.goto("/learn/meetings/")
    look(student, "meetings-past")
    student.get_by_role("link", name=over.topic).click()
    look(student, "meeting-missed")
    student.get_by_role("link", name="怎么补课").click()
    look(student, "make-up")
    student.get_by_role("button", name="都完成了，请老师认定").click()
    expect(student.get_by_text("等老师认定").first).to_be_visible()

    week = timedelta(days=7)
    coming = planning.plan_meeting(
        over.cohort,
        plan(
            station, starts_at=clock.now() + week, ends_at=clock.now() + week + timedelta(hours=2)
        ),
        tutor=chen,
        by=chen,
        at=clock.now(),
    )
    planning.publish(coming, by=chen, at=clock.now())
    leaves.ask(coming, xu, reason="孩子发烧，要去医院", by=xu.user, at=clock.now())
    tutor.goto("/desk/tutor/")
    look(tutor, "tutor-today")
    tutor.get_by_role("link", name="补课认定").click()
    look(tutor, "tutor-missed")
    tutor.get_by_role("button", name="认定补上").click()
    expect(tutor.get_by_text("告诉 阿怡 了。")).to_be_visible()
    tutor.get_by_role("button", name="同意", exact=True).click()
    expect(tutor.get_by_text("没有等回复的请假。")).to_be_visible()
    assert LeaveRequest.objects.get().state == "agreed"
    assert MakeUp.objects.get().state == "approved"
    assert Milestone.objects.filter(key=f"meeting.made_up:{over.uuid}").exists()

    for name, address in (
        ("tutor-odd", "/desk/tutor/odd/"),
        ("tutor-student", f"/desk/tutor/students/{yi.uuid}/"),
        ("tutor-meeting", f"/desk/tutor/meetings/{over.uuid}/"),
        ("tutor-recording", f"/desk/tutor/meetings/{over.uuid}/recording/"),
    ):
        tutor.goto(address)
        look(tutor, name)
    student.reload()
    expect(student.get_by_text("这节课补上了")).to_be_visible()


def test_leave_is_asked_on_the_phone_beside_the_own_shift(
    screen_of: Callable[[User], Page], now_meeting: Meeting, yi: Any
) -> None:
    shifts.keep_week(yi, weeks.of_hours([(0, 24)]), monday=None, by=yi.user, at=clock.now())
    page = screen_of(yi.user)
    page.goto(f"/learn/meetings/{now_meeting.uuid}/")
    expect(page.get_by_text("和你的班表撞了")).to_be_visible()
    page.get_by_text("来不了？向老师请假").click()
    look(page, "meeting-leave")
    page.get_by_label("请假原因").fill("孩子发烧")
    page.get_by_role("button", name="发给老师").click()
    expect(page.get_by_text("请假：等老师回复")).to_be_visible()
