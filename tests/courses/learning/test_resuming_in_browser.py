"""Going on where she left, in real Chromium: after a crash, a dead browser, a pause, on another phone.

And what the player offers besides: the keys of a locked screen, speeds, captions, sound alone.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from courses.learning import access
from courses.learning.models import UnitProgress, WatchSegment
from enrollment.api import Student
from media.models import Rendition, Video
from tests import factories, people
from tests.courses import teaching
from tests.courses.teaching import Taught
from tests.journeys.hands import PATIENCE_MS, PHONE
from tests.media import clips
from tests.media.conftest import shelf  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.journeys,
    pytest.mark.one_database,
    pytest.mark.django_db(transaction=True),
]
SECONDS = 60
WITHIN_S = 5
CAPTIONS = "WEBVTT\n\n00:00.000 --> 01:00.000\n物流是物品的实体流动\n"
NOW = "() => document.querySelector('[data-picture]').currentTime"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("clip")
    film = clips.lecture(folder / "film.mp4", size="160x90", seconds=SECONDS)
    fast = clips.make(folder / "240p.mp4", "-i", str(film), "-c", "copy", "-movflags", "+faststart")
    sound = clips.make(folder / "audio.m4a", "-i", str(film), "-vn", "-c:a", "copy")
    return {"240p.mp4": fast.read_bytes(), "audio.m4a": sound.read_bytes()}


@pytest.fixture
def taught(shelf: Path, clip: dict[str, bytes], transactional_db: None) -> Taught:  # noqa: F811
    prefix = "sets/ab/abcd/1-one"
    film = Video.objects.create(
        title="物流是什么", state="ready", duration_s=SECONDS, published_prefix=prefix,
        captions_vtt=CAPTIONS,
    )  # fmt: skip
    (shelf / prefix).mkdir(parents=True)
    for kind, name in (("file", "240p.mp4"), ("audio", "audio.m4a")):
        (shelf / prefix / name).write_bytes(clip[name])
        Rendition.objects.create(
            video=film, kind=kind, name=name[:4], path=name, size_bytes=len(clip[name])
        )
    return teaching.make_taught(film)


@pytest.fixture
def yi(taught: Taught, units: people.Units) -> Student:
    student = factories.make_student(units)
    access.open_access(student, at=people.AT)
    return student


@pytest.fixture
def address(taught: Taught) -> str:
    return reverse("courses:lesson", args=[taught.lesson.uuid])


def sign_in(context: BrowserContext, url: str, who: Student) -> BrowserContext:
    client = Client()
    client.force_login(who.user)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": url}])
    context.set_default_timeout(PATIENCE_MS)
    return context


@pytest.fixture
def phone(browser: Browser, live_server: Any, yi: Student) -> Iterator[Callable[[], Page]]:
    """Opens one more phone on which 阿怡 is signed in."""
    contexts = []

    def open_phone() -> Page:
        context = browser.new_context(viewport=PHONE, locale="zh-CN", base_url=live_server.url)
        contexts.append(sign_in(context, live_server.url, yi))
        return context.new_page()

    yield open_phone
    for context in contexts:
        context.close()


def play_until(page: Page, seconds: float, *, rate: str = "2") -> float:
    """Press play, watch at double speed; where it then is."""
    page.select_option("[data-speed]", rate)
    page.click("[data-plays]")
    page.wait_for_function(
        "(s) => document.querySelector('[data-picture]').currentTime >= s", arg=seconds
    )
    return float(page.evaluate(NOW))


def goes_on_at(page: Page, address: str, *, says: float = 0) -> float:
    """Open the lesson, press play: the second at which the picture begins.

    Args:
        says: wait until the button offers at least this second, as who presses it has read it.
    """
    page.goto(address)
    page.wait_for_function(
        """(least) => {
          const words = document.querySelector("[data-plays-label]").textContent;
          return Number(/0:(\\d\\d)/.exec(words)?.[1] ?? 0) >= Math.floor(least);
        }""",
        arg=says,
    )
    page.evaluate("""() => addEventListener("seeked", ({ target }) => {
      window.began ??= target.currentTime;
    }, true)""")
    page.click("[data-plays]")
    page.wait_for_function("() => window.began !== undefined")
    return float(page.evaluate("() => window.began"))


def test_a_page_that_crashes_loses_no_more_than_a_moment(
    phone: Callable[[], Page], address: str, yi: Student
) -> None:
    first = phone()
    first.goto(address)
    was = play_until(first, 11)
    assert not WatchSegment.objects.exists(), "nothing was sent when the page dies"
    with first.expect_event("crash"), suppress(Error):
        first.goto("chrome://crash", timeout=10_000)  # kills the page's process where it stands

    again = first.context.new_page()
    assert was - WITHIN_S <= goes_on_at(again, address) <= was + 2

    # What was watched counts as well, and once.
    again.wait_for_function(
        "() => document.querySelector('.progress-ring').getAttribute('aria-label') !== '已看 0%'"
    )
    seen = UnitProgress.objects.get(student=yi)
    assert seen.spans[0][0] < 1
    assert seen.spans[0][1] >= was - WITHIN_S


def _browsers_of(folder: Path) -> list[int]:
    """The main processes of the browsers that keep their profile there."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = entry.read_bytes().decode(errors="replace").split("\0")
            if f"--user-data-dir={folder}" in words and not any("--type=" in w for w in words):
                found.append(int(entry.parent.name))
    return found


def test_a_browser_that_is_killed_loses_no_more_than_a_moment(
    tmp_path: Path, live_server: Any, address: str, yi: Student, browser: Browser
) -> None:
    """What a phone does that runs out of memory: no event, no farewell, kill -9."""
    profile = tmp_path / "profile"
    kind = browser.browser_type

    def start() -> BrowserContext:
        opened = kind.launch_persistent_context(
            str(profile), executable_path=shutil.which("chromium"), viewport=PHONE, locale="zh-CN",
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
            base_url=live_server.url,
        )  # fmt: skip
        return sign_in(opened, live_server.url, yi)

    first = start().new_page()
    first.goto(address)
    was = play_until(first, 11)
    for process in _browsers_of(profile):
        os.kill(process, signal.SIGKILL)
    with suppress(Error):
        first.wait_for_event("close", timeout=10_000)
    assert not WatchSegment.objects.exists()

    again = start()
    assert was - WITHIN_S <= goes_on_at(again.new_page(), address, says=was - WITHIN_S) <= was + 2
    again.close()


@pytest.mark.parametrize("leaving", ["pause", "hide", "another page", "close"])
def test_another_phone_goes_on_where_this_one_was_left(
    phone: Callable[[], Page], address: str, leaving: str
) -> None:
    first = phone()
    first.goto(address)
    was = play_until(first, 5)
    if leaving == "pause":
        first.evaluate("() => document.querySelector('[data-picture]').pause()")
    elif leaving == "hide":
        first.evaluate("""() => {
          Object.defineProperty(document, "hidden", { get: () => true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""")
    elif leaving == "another page":
        first.goto(reverse("courses:today"))
    else:
        first.close(run_before_unload=True)
    _until(WatchSegment.objects.exists)

    assert was - WITHIN_S <= goes_on_at(phone(), address) <= was + WITHIN_S


def _until(true: Callable[[], bool], patience_s: float = PATIENCE_MS / 1000) -> None:
    ends = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < ends, "it did not arrive"
        time.sleep(0.1)


def test_the_newer_second_wins_whatever_the_clock_of_the_phone_says(
    phone: Callable[[], Page], address: str
) -> None:
    """This phone's clock goes an hour fast; then she went on with the other one."""
    first, second = phone(), phone()
    first.context.add_init_script(AHEAD)
    first.goto(address)
    play_until(first, 5)
    first.goto(reverse("courses:today"))
    _until(lambda: WatchSegment.objects.count() >= 1)

    second.goto(address)
    play_until(second, 12)
    held = WatchSegment.objects.count()
    second.goto(reverse("courses:today"))
    _until(lambda: WatchSegment.objects.count() > held)
    assert goes_on_at(first, address) > 11


def test_signing_out_takes_the_seconds_along(
    phone: Callable[[], Page], live_server: Any, address: str
) -> None:
    page = phone()
    page.goto(address)
    play_until(page, 3)
    page.goto(reverse("courses:me"))
    left = "() => Object.keys(localStorage).filter((key) => key.startsWith('left:')).length"
    assert page.evaluate(left) == 1
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url(live_server.url + "/?left=1")
    assert page.evaluate(left) == 0


def test_a_jump_is_not_taken_for_watching(
    phone: Callable[[], Page], address: str, yi: Student
) -> None:
    """To the end by the bar below the film, while it plays: only what was played counts."""
    page = phone()
    page.goto(address)
    play_until(page, 2, rate="1")
    bar = page.get_by_role("slider", name="跳到哪里")
    bar.evaluate("bar => { bar.value = 50; bar.dispatchEvent(new Event('change')); }")
    page.wait_for_function("() => document.querySelector('[data-picture]').currentTime >= 51")
    page.evaluate("() => document.querySelector('[data-picture]').pause()")
    _until(lambda: WatchSegment.objects.count() >= 2)
    told = WatchSegment.objects.order_by("stopped_at")
    assert told[0].end_s < 10
    assert told[1].start_s >= 49


# A phone that is told the wrong time.
AHEAD = """(() => {
  const [now, began] = [Date.now, performance.timeOrigin];
  Date.now = () => now() + 3_600_000;
  Object.defineProperty(performance, "timeOrigin", { value: began + 3_600_000 });
})()"""
KEYS = """
window.keys = {};
navigator.mediaSession.setActionHandler = (name, act) => { window.keys[name] = act; };
const tell = navigator.mediaSession.setPositionState.bind(navigator.mediaSession);
navigator.mediaSession.setPositionState = (state) => { window.told = state; tell(state); };
"""


def test_the_keys_of_a_locked_screen_work_and_sound_alone_fetches_no_picture(
    phone: Callable[[], Page], address: str, taught: Taught
) -> None:
    page = phone()
    page.context.add_init_script(KEYS)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    page.locator("label", has_text="只听").click()
    expect(page.locator(".player__price")).to_contain_text("MB")
    page.click("[data-plays]")
    sound = "document.querySelector('audio')"
    page.wait_for_function(f"() => {sound}.currentTime > 1")
    assert [url for url in asked if "audio.m4a" in url]
    assert not [url for url in asked if ".mp4" in url or ".m3u8" in url]

    shown = page.evaluate("""() => {
      const { title, artist, artwork } = navigator.mediaSession.metadata;
      return { title, artist, artwork: artwork.length, state: navigator.mediaSession.playbackState };
    }""")
    assert (shown["title"], shown["artist"]) == ("物流是什么", taught.course.title)
    assert shown["state"] == "playing"
    page.evaluate("() => keys.pause()")
    page.wait_for_function(
        f"() => {sound}.paused && navigator.mediaSession.playbackState === 'paused'"
    )
    page.evaluate("() => keys.seekto({ seekTime: 20 })")
    page.wait_for_function(f"() => {sound}.currentTime >= 20 && told.position >= 20")
    page.evaluate("() => keys.seekforward({})")
    page.wait_for_function(f"() => {sound}.currentTime >= 30")
    page.evaluate("() => keys.seekbackward({ seekOffset: 5 })")
    page.wait_for_function(f"() => {sound}.currentTime < 26")
    page.evaluate("() => keys.play()")
    page.wait_for_function(f"() => !{sound}.paused && told.duration > 50")


def test_every_way_to_watch_names_its_price_and_speed_and_captions_stay(
    phone: Callable[[], Page], address: str
) -> None:
    page = phone()
    page.goto(address)
    ways = page.locator("[data-quality]")
    for number in range(ways.count()):
        price = ways.nth(number).get_attribute("data-price")
        page.locator(".player__option").nth(number).click()
        expect(page.locator(".player__price")).to_have_text(str(price))
        assert re.fullmatch(r"[\d.]+ (MB|KB)", str(price))
    assert page.locator("[data-speed] option").evaluate_all("all => all.map(one => one.value)") == [
        "0.75", "1", "1.25", "1.5", "2",
    ]  # fmt: skip
    page.locator("label", has_text="省流量").click()
    play_until(page, 1)
    page.wait_for_function("() => document.querySelector('track').track.activeCues?.length === 1")
    assert page.evaluate("() => document.querySelector('track').track.mode") == "showing"
    assert page.evaluate("() => document.querySelector('[data-picture]').playbackRate") == 2

    page.reload()
    expect(page.locator("[data-quality][value=saver]")).to_be_checked()
    expect(page.locator("[data-speed]")).to_have_value("2")
