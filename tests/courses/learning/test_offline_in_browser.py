"""The twelve things a phone does without a signal, in real Chromium, with the server dead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect

from courses.learning import access
from courses.learning.models import UnitProgress, WatchSegment
from courses.quizzes.models import Attempt
from enrollment.api import Student
from media.models import Rendition, Video
from tests import factories, people
from tests.courses import teaching
from tests.courses.learning.door import Door
from tests.courses.teaching import Taught
from tests.journeys.hands import PATIENCE_MS
from tests.media import clips
from tests.media.conftest import shelf  # noqa: F401 - a fixture

pytestmark = [pytest.mark.journeys, pytest.mark.django_db(transaction=True)]
SECONDS = 12
# Two pieces and a bit, so that a download can break off in the middle.
PIECE = 512 * 1024
FILM = "sets/ab/abcd/1-one"
CAPTIONS = "WEBVTT\n\n00:00.000 --> 00:12.000\n物流是物品的实体流动\n"

WATCH = """(unit) => document.dispatchEvent(new CustomEvent('study:watched', { detail: {
    unit, from: 0, to: 5, rate: 1, started_at: Date.now() - 5000, stopped_at: Date.now() } }))"""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """One small film as the pipeline leaves it, made once; padded, as a real one is heavier."""
    folder = tmp_path_factory.mktemp("clip")
    film = clips.lecture(folder / "film.mp4", size="320x180", seconds=SECONDS)
    fast = clips.make(folder / "240p.mp4", "-i", str(film), "-c", "copy", "-movflags", "+faststart")
    sound = clips.make(folder / "audio.m4a", "-i", str(film), "-vn", "-c:a", "copy")
    # A free box at the end of an MP4 is nothing to a player.
    padding = PIECE * 2 + 1000
    free = (padding + 8).to_bytes(4, "big") + b"free" + bytes(padding)
    return {"240p.mp4": fast.read_bytes() + free, "audio.m4a": sound.read_bytes()}


def make_film(folder: Path, clip: dict[str, bytes], prefix: str = FILM) -> Video:
    film = Video.objects.create(
        title="物流是什么",
        state="ready",
        duration_s=SECONDS,
        published_prefix=prefix,
        captions_vtt=CAPTIONS,
    )
    for kind, name in (("file", "240p.mp4"), ("audio", "audio.m4a")):
        (folder / prefix).mkdir(parents=True, exist_ok=True)
        (folder / prefix / name).write_bytes(clip[name])
        Rendition.objects.create(
            video=film, kind=kind, name=name[:4], path=name, size_bytes=len(clip[name])
        )
    return film


@pytest.fixture
def taught(shelf: Path, clip: dict[str, bytes], transactional_db: None) -> Taught:  # noqa: F811
    """A lesson with a film that lies on the shelf, and a second one to go on with."""
    made = teaching.make_taught(make_film(shelf, clip))
    teaching.make_lesson(
        made.course_page,
        "仓库怎么分区",
        [teaching.video(teaching.make_video("仓库")), teaching.text()],
    )
    return made


@pytest.fixture
def yi(taught: Taught, units: people.Units) -> Student:
    made = factories.make_student(units)
    access.open_access(made, at=people.AT)
    return made


@pytest.fixture
def door(live_server: Any) -> Iterator[Door]:
    opened = Door(live_server.url)
    yield opened
    opened.kill()


@pytest.fixture
def context(browser: Browser, door: Door) -> Iterator[BrowserContext]:
    opened = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="zh-CN", base_url=door.address
    )
    yield opened
    opened.close()


def sign_in(context: BrowserContext, door: Door, who: Student) -> None:
    client = Client()
    client.force_login(who.user)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": door.address}])


@pytest.fixture
def page(context: BrowserContext, door: Door, yi: Student) -> Page:
    """Today, opened once with a signal: the worker is there and has kept what it must."""
    sign_in(context, door, yi)
    opened = context.new_page()
    opened.goto(reverse("courses:today"))
    expect(opened.locator("[data-keeps][data-kept]")).to_have_count(1)
    return opened


def lesson_of(taught: Taught) -> str:
    return reverse("courses:lesson", args=[taught.lesson.uuid])


def row(page: Page, taught: Taught) -> Any:
    return page.locator(f'[data-download-row="{taught.lesson.uuid}"]')


def download(page: Page, taught: Taught) -> None:
    page.goto(lesson_of(taught))
    row(page, taught).locator("[data-act]").click()
    expect(row(page, taught)).to_have_attribute("data-state", "done")


def play(page: Page, seconds: float) -> None:
    page.click("[data-plays]")
    page.wait_for_function(
        "(s) => document.querySelector('[data-picture]').currentTime >= s", arg=seconds
    )


def heading(page: Page) -> Any:
    return page.get_by_role("heading", level=1)


def test_a_downloaded_lesson_is_whole_without_a_server(
    page: Page, door: Door, taught: Taught, yi: Student
) -> None:
    """1 home opens; 2 the film plays and seeks; 3 captions, text and quiz too; 8 what she did is sent once."""
    download(page, taught)
    door.kill()

    page.goto(reverse("courses:today"))
    expect(heading(page)).to_contain_text("阿怡")
    page.goto(lesson_of(taught))
    expect(page.locator("[data-player][data-kept=picture]")).to_have_count(1)
    play(page, 2)
    page.evaluate("() => { document.querySelector('[data-picture]').currentTime = 9; }")
    page.wait_for_function("() => document.querySelector('[data-picture]').currentTime > 9.5")
    cues = "() => document.querySelector('track').track.cues?.length"
    page.wait_for_function(cues)
    page.evaluate("() => document.querySelector('[data-picture]').pause()")
    expect(page.locator(".prose").first).to_contain_text("实体流动")
    page.get_by_role("button", name="我读完了").click()
    expect(page.get_by_text("记在这部手机上了")).to_be_visible()

    page.get_by_role("button", name="开始小测").click()
    page.wait_for_url("**/quiz/paper/")
    for question in range(2):
        page.locator(".question").nth(question).locator("label").first.click()
    page.get_by_role("button", name="交卷").click()
    expect(page.get_by_text("答卷收好了")).to_be_visible()
    expect(page.locator("[data-unsent]")).to_be_visible()
    assert not WatchSegment.objects.exists()

    door.revive()
    page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(page.locator("[data-result]")).to_be_visible()
    expect(page.locator("[data-unsent]")).to_be_hidden()
    attempt = Attempt.objects.get(student=yi)
    assert attempt.passed
    assert attempt.submitted_at is not None
    kinds = {"text", "video", "quiz"}
    held = {row.unit.kind: row for row in UnitProgress.objects.filter(student=yi)}
    assert set(held) == kinds
    assert held["text"].done_at is not None
    assert held["video"].share > 0.15
    sent = WatchSegment.objects.count()
    page.reload()
    page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(page.locator("[data-unsent]")).to_be_hidden()
    assert (WatchSegment.objects.count(), Attempt.objects.count()) == (sent, 1)


def test_a_lesson_that_is_not_here_says_what_it_weighs(
    page: Page, door: Door, taught: Taught
) -> None:
    """4: with its size, and where to fetch it."""
    door.kill()
    page.goto(reverse("courses:downloads"))
    page.get_by_role("link", name="仓库怎么分区").click()
    expect(heading(page)).to_have_text("现在没有网络")
    expect(page.locator("[data-not-kept]")).to_contain_text("仓库怎么分区")
    expect(page.locator("[data-not-kept]")).to_contain_text("3.5 MB")
    expect(page.locator("[data-not-kept]")).to_contain_text("到驿站 Wi-Fi 下载")


# What the page before was still writing goes after the last one has come.
CLEARED = """() => caches.keys().then((names) => names.every((name) => name.includes('shell')))"""
PIECES = """() => caches.open('study-files-1').then((s) => s.keys())
  .then((k) => k.filter((r) => r.url.includes('240p.mp4?piece=')).length)"""


def test_a_download_that_broke_off_goes_on_after_a_new_deploy(
    page: Page,
    door: Door,
    taught: Taught,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """5 it resumes with the missing pieces; 10 a new worker and new style sheets in between harm nothing."""
    door.kill_when(lambda request: f"bytes={PIECE}-".encode() in request)
    page.goto(lesson_of(taught))
    row(page, taught).locator("[data-act]").click()
    expect(row(page, taught)).to_contain_text(re.compile("正在下载 [1-9]"))
    assert page.evaluate(PIECES) == 1

    from lms.base import workers

    answer = workers.answer

    def newer(request: HttpRequest, *names: str) -> Any:
        request.META.pop("HTTP_IF_NONE_MATCH", None)
        given = answer(request, *names)
        given.content += b"\n// a newer worker\n"
        return given

    monkeypatch.setattr(workers, "answer", newer)
    asked: list[str] = []
    page.context.on(
        "request",
        lambda one: asked.append(one.headers.get("range", "")) if "240p" in one.url else None,
    )
    door.revive()
    page.goto(reverse("courses:downloads"))
    expect(row(page, taught)).to_have_attribute("data-state", "done")
    assert f"bytes=0-{PIECE - 1}" not in asked
    assert f"bytes={PIECE}-{2 * PIECE - 1}" in asked

    door.kill()
    page.goto(lesson_of(taught))
    play(page, 1)


def test_too_little_room_is_said_before_the_first_byte(
    context: BrowserContext, page: Page, taught: Taught
) -> None:
    """6: refused where the browser tells the truth about its room; where it does not, no green tick."""
    page.goto(reverse("courses:downloads"))
    page.evaluate(
        "() => { navigator.storage.estimate = async () => ({ quota: 3e7, usage: 29e6 }); }"
    )
    page.get_by_role("button", name="下载本周").click()
    told = page.locator('[data-download-dialog="space"]')
    expect(told).to_contain_text("手机还剩 1.0 MB")
    assert page.evaluate(PIECES) == 0
    told.get_by_role("button").click()

    page.reload()
    session = context.new_cdp_session(page)
    quota = {"origin": page.evaluate("() => location.origin"), "quotaSize": PIECE}
    session.send("Storage.overrideQuotaForOrigin", quota)
    row(page, taught).locator("[data-act]").click()
    expect(row(page, taught)).to_have_attribute("data-state", "failed")
    expect(row(page, taught)).to_contain_text("手机空间不够")


def test_deleting_frees_the_room_and_signing_out_frees_all_of_it(
    page: Page, door: Door, taught: Taught
) -> None:
    """7 and 11."""
    download(page, taught)
    # Twice in a row: a download that was deleted can be had again.
    row(page, taught).locator("[data-drop]").click()
    expect(row(page, taught)).to_have_attribute("data-state", "none")
    assert page.evaluate("() => caches.has('study-files-1')") is False
    row(page, taught).locator("[data-act]").click()
    expect(row(page, taught)).to_have_attribute("data-state", "done")

    page.goto(reverse("courses:me"))
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url(door.address + "/?left=1")
    page.wait_for_function(CLEARED)
    door.kill()
    page.goto(lesson_of(taught))
    expect(heading(page)).to_have_text("现在没有网络")


def test_signing_out_frees_all_of_it_before_the_pages_own_script_is_there(
    page: Page, door: Door, taught: Taught
) -> None:
    """7 and 11, on a line so slow that the tap comes first."""
    download(page, taught)
    page.goto(reverse("courses:me"))
    # submit() asks no listener, as if there were none yet.
    page.evaluate("() => document.querySelector('[data-signs-out]').submit()")
    page.wait_for_url(door.address + "/?left=1")
    page.wait_for_function(CLEARED)


def test_bars_without_a_line_do_not_keep_anybody_waiting(
    page: Page, door: Door, taught: Taught
) -> None:
    """9: the server takes the connection and says nothing; what is kept comes all the same."""
    download(page, taught)
    door.hang()
    page.goto(lesson_of(taught))
    expect(page.locator("[data-kept-notice]")).to_be_visible()
    play(page, 1)


def test_what_waits_belongs_to_her_and_stays_until_she_says_otherwise(
    page: Page,
    context: BrowserContext,
    door: Door,
    taught: Taught,
    yi: Student,
    units: people.Units,
) -> None:
    """8 and 11: signing out asks; the next person on the phone neither sends nor sees it."""
    page.goto(reverse("courses:me"))
    page.goto(lesson_of(taught))
    door.kill()
    page.evaluate(WATCH, str(taught.unit("video").uuid))
    expect(page.locator("[data-unsent-count]").first).to_have_text("1")
    page.goto(reverse("courses:me"))
    page.get_by_role("button", name="退出登录").click()
    asked = page.locator("dialog[open]")
    expect(asked).to_contain_text("1 条学习记录")
    asked.get_by_role("button", name="留着记录，退出").click()
    expect(page.locator("[data-no-line]")).to_be_visible()
    assert page.evaluate("() => caches.has('study-pages-1')") is False

    door.revive()
    context.clear_cookies()
    other = factories.make_student(units, "小丁", "+8613700000003")
    access.open_access(other, at=people.AT)
    sign_in(context, door, other)
    page.goto(reverse("courses:today"))
    expect(heading(page)).to_contain_text("小丁")
    page.wait_for_load_state("networkidle")
    expect(page.locator("[data-unsent]")).to_be_hidden()
    assert not WatchSegment.objects.exists()

    context.clear_cookies()
    sign_in(context, door, yi)
    with page.expect_response("**/learn/progress/"):
        page.goto(reverse("courses:today"))
    assert WatchSegment.objects.get().student == yi


def test_what_the_server_never_takes_is_kept_and_shown(page: Page, taught: Taught) -> None:
    """8: one record is of a lesson that is not hers; the one beside it counts."""
    page.evaluate(WATCH, str(uuid4()))
    page.evaluate(WATCH, str(taught.unit("video").uuid))
    chip = page.locator("[data-unsent]")
    chip.get_by_text("有记录没收下").click()
    expect(chip.locator("[data-refused-list] li")).to_contain_text("不在你的课程里")
    page.reload()
    chip.get_by_text("有记录没收下").click()
    assert WatchSegment.objects.count() == 1
    chip.get_by_role("button", name="知道了，清掉").click()
    expect(chip).to_be_hidden()


def test_a_phone_that_keeps_nothing_says_so_and_sends_when_it_can(
    browser: Browser, door: Door, taught: Taught, yi: Student
) -> None:
    """8: no database and no storage, as in a private window of a full phone."""
    context = browser.new_context(locale="zh-CN", base_url=door.address)
    context.add_init_script("""delete window.indexedDB;
        Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); };""")
    sign_in(context, door, yi)
    page = context.new_page()
    page.goto(lesson_of(taught))
    page.evaluate("() => import(document.querySelector('[data-study]').dataset.queue)")
    door.kill()
    page.evaluate(WATCH, str(taught.unit("video").uuid))
    page.locator("[data-unsent] summary").click()
    expect(page.get_by_text("记录只留在这一页里")).to_be_visible()
    door.revive()
    page.get_by_role("button", name="现在上传").click()
    expect(page.locator("[data-unsent]")).to_be_hidden()
    assert WatchSegment.objects.get().student == yi
    context.close()


def test_the_worker_sends_what_a_closed_page_left(
    context: BrowserContext, page: Page, door: Door, taught: Taught, yi: Student
) -> None:
    """8: Background Sync, at a moment of the browser's choice; here the moment is ours."""
    door.kill()
    page.evaluate(WATCH, str(taught.unit("video").uuid))
    expect(page.locator("[data-unsent-count]").first).to_have_text("1")
    found: list[dict[str, Any]] = []
    other = context.new_page()
    session = context.new_cdp_session(other)
    session.on("ServiceWorker.workerRegistrationUpdated", lambda told: found.append(told))
    session.send("ServiceWorker.enable")
    other.goto(reverse("courses:no_signal"))
    page.close()
    door.revive()
    own = next(one for told in found for one in told["registrations"])
    moment = {"origin": door.address, "registrationId": own["registrationId"]}
    session.send(
        "ServiceWorker.dispatchSyncEvent", {**moment, "tag": "study-records", "lastChance": True}
    )
    for _look in range(PATIENCE_MS // 100):
        if WatchSegment.objects.filter(student=yi).exists():
            return
        other.wait_for_timeout(100)
    pytest.fail("the worker sent nothing")


def test_wechat_on_an_iphone_is_told_honestly(browser: Browser, door: Door, yi: Student) -> None:
    """12: no worker there; no button that would promise one."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="zh-CN", base_url=door.address
    )
    context.add_init_script("delete Navigator.prototype.serviceWorker")
    sign_in(context, door, yi)
    page = context.new_page()
    page.goto(reverse("courses:downloads"))
    expect(page.get_by_text("在 Safari 打开")).to_be_visible()
    expect(page.get_by_role("button", name="下载本周")).to_be_hidden()
    context.close()
