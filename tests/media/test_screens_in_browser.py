"""What editors and riders do beside a film, in real Chromium: captions, chapters, seeking."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from courses.learning import access
from lms.accounts.models import User
from lms.base import clock
from media.api import Video, add_video
from media.captions import versions
from media.models import Rendition
from media.states import State
from tests import factories, people
from tests.courses import teaching
from tests.media.conftest import work_off
from tests.media.test_stills import slides

pytestmark = [pytest.mark.journeys, pytest.mark.django_db(transaction=True)]
AXE = settings.BASE_DIR / "tests" / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SRT = (
    "1\n00:00:01,000 --> 00:00:04,000\n今天讲物流的八项基本功能\n\n"
    "2\n00:00:05,000 --> 00:00:08,000\n先看运输\n"
)
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
OpenPage = Callable[..., Page]


@pytest.fixture
def film(tmp_path: Path, shelf: Path, transactional_db: None) -> Video:
    """Four slides of twelve seconds, the first of them black."""
    clip = slides(tmp_path / "film.mp4", 4)
    return work_off(add_video(clip, title="物流是什么", by=None, at=clock.now(), captions_vtt=SRT))


@pytest.fixture
def open_as(browser: Browser, live_server: Any) -> Iterator[OpenPage]:
    """Opens a page of somebody who is signed in."""
    contexts = []

    def open_page(user: User, window: dict[str, int], **more: Any) -> Page:
        client = Client()
        client.force_login(user)
        context = browser.new_context(
            viewport=window, locale="zh-CN", base_url=live_server.url, **more
        )
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
        )
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


def faults(page: Page, within: str = "document") -> list[str]:
    """What axe finds; Wagtail's own furniture is not ours to judge."""
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        f"(rules) => axe.run({within}, {{runOnly: rules, resultTypes: ['violations']}})", RULES
    )
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found["violations"]]


def shot(page: Page, name: str) -> None:
    """For whoever wants to look: ``LMS_SHOTS`` is not a setting, so it goes by another name."""
    if folder := os.environ.get("SCREENS"):
        page.screenshot(path=f"{folder}/{name}.png")


# ---------------------------------------------------------------- captions


def words(page: Page) -> list[str]:
    return page.locator("[data-cue] [data-text]").evaluate_all("all => all.map(one => one.value)")


def times(page: Page, which: str) -> list[str]:
    cues = page.locator(f"[data-cue] [data-{which}]")
    return cues.evaluate_all("all => all.map(one => one.value)")


def test_captions_are_edited_beside_their_film(open_as: OpenPage, he: User, film: Video) -> None:
    desk = open_as(he, DESK)
    desk.goto(reverse("wagtailsnippets_media_video:captions", args=[film.pk]))
    expect(desk.locator("[data-cue]")).to_have_count(2)
    assert desk.locator(".captions__phone").bounding_box()["width"] == 360  # type: ignore[index]

    # Too long for a phone: said while it is typed, without saving.
    first = desk.locator("[data-cue]").first
    first.locator("[data-text]").fill("今天我们要来讲一讲物流行业的八项基本功能都有哪些")
    expect(first.locator("[data-cue-hints]")).to_contain_text("手机上会折行")
    # What is typed stands on the film at once.
    drawn = "() => [...document.querySelector('video').textTracks].at(-1).cues[0].text"
    assert "都有哪些" in desk.evaluate(drawn)

    # Split where the cursor is, move everything, take one away.
    first.locator("[data-text]").evaluate("area => { area.focus(); area.setSelectionRange(9, 9); }")
    first.get_by_role("button", name="在光标处分开").click()
    assert words(desk) == ["今天我们要来讲一讲", "物流行业的八项基本功能都有哪些", "先看运输"]
    assert times(desk, "start")[1] == times(desk, "end")[0]
    desk.get_by_label("全部移动").fill("1.5")
    desk.get_by_role("button", name="推后").click()
    assert times(desk, "start")[0] == "0:00:02.500"
    desk.get_by_role("button", name="提前").click()
    desk.get_by_role("button", name="提前").click()
    expect(desk.locator("[data-fault]")).to_contain_text("最多只能提前 1.0 秒")
    desk.locator("[data-cue]").nth(1).get_by_role("button", name="并到下一条").click()
    assert words(desk)[1] == "物流行业的八项基本功能都有哪些\n先看运输"

    # A wrong time is named at its place, and nothing is sent before it is put right.
    desk.locator("[data-cue] [data-end]").first.fill("0:00:00.2")
    desk.get_by_role("button", name="保存字幕").click()
    expect(desk.locator("[data-cue-fault]").first).to_have_text("结束时间要晚于开始时间。")
    assert versions.newest(film) == 1
    shot(desk, "captions-fault")
    assert faults(desk, "'.captions'") == []
    desk.locator("[data-cue] [data-end]").first.fill("0:00:03")
    desk.get_by_role("button", name="保存字幕").click()
    desk.wait_for_load_state()
    expect(desk.locator(".messages")).to_contain_text("字幕已保存")
    film.refresh_from_db()
    assert versions.newest(film) == 2
    assert "00:00:01.000 --> 00:00:03.000\n今天我们要来讲一讲" in film.captions_vtt


def test_what_was_typed_survives_a_reload_and_a_fault(
    open_as: OpenPage, he: User, film: Video
) -> None:
    desk = open_as(he, DESK)
    desk.on("dialog", lambda dialog: dialog.accept())  # "leave this page?"
    address = reverse("wagtailsnippets_media_video:captions", args=[film.pk])
    desk.goto(address)
    desk.locator("[data-cue] [data-text]").nth(1).fill("先看仓储")
    desk.reload()
    assert words(desk)[1] == "先看运输"
    desk.get_by_role("button", name="接着改").click()
    assert words(desk)[1] == "先看仓储"
    desk.get_by_role("button", name="保存字幕").click()
    expect(desk.locator(".messages")).to_contain_text("字幕已保存")
    expect(desk.locator("[data-draft]")).to_be_hidden()

    # A file with a fault comes back as text; its line is a tap away.
    faulty = SRT + "\n3\n00:00:09,000 --> 00:00:08,000\n倒过来\n"
    desk.set_input_files(
        "#captions-file",
        {"name": "a.srt", "mimeType": "text/plain", "buffer": faulty.encode("gb18030")},
    )
    desk.get_by_role("button", name="上传", exact=True).click()
    desk.get_by_role("button", name="第 10 行：结束时间不晚于开始时间。").click()
    chosen = "() => document.getElementById('captions-text')"
    picked = desk.evaluate(
        f"() => {{ const area = ({chosen})(); return area.value.slice(area.selectionStart, area.selectionEnd); }}"
    )
    assert picked == "00:00:09,000 --> 00:00:08,000"
    shot(desk, "captions-lines")
    assert faults(desk, "'.captions'") == []
    fixed = faulty.replace("00:00:08,000\n倒过来", "00:00:10,000\n顺过来")
    desk.fill("#captions-text", fixed)
    desk.get_by_role("button", name="保存字幕").click()
    expect(desk.locator("[data-cue]")).to_have_count(3)
    film.refresh_from_db()
    assert "顺过来" in film.captions_vtt


def test_an_editor_writes_chapters_beside_the_film(
    open_as: OpenPage, he: User, film: Video
) -> None:
    desk = open_as(he, DESK)
    desk.goto(reverse("wagtailsnippets_media_video:edit", args=[film.pk]))
    expect(desk.locator(".video-poster")).to_have_count(len(film.posters))
    desk.evaluate("() => { document.querySelector('video').currentTime = 20.4; }")
    desk.get_by_role("button", name="在这一刻加一章").click()
    desk.keyboard.type("仓储")
    assert desk.input_value("[data-chapters]").endswith("\n0:20 仓储")
    shot(desk, "edit")
    assert faults(desk, "'[data-edit-form]'") == []
    desk.get_by_role("button", name="保存").click()
    desk.wait_for_url("**/inspect/**")
    expect(desk.locator("main")).to_contain_text("0:20 仓储")
    shot(desk, "inspect")


# ---------------------------------------------------------------- the lesson


@pytest.fixture
def lesson(film: Video, units: people.Units) -> tuple[User, str]:
    """阿怡 and the lesson with the film."""
    taught = teaching.make_taught(film)
    student = factories.make_student(units)
    access.open_access(student, at=people.AT)
    return student.user, reverse("courses:lesson", args=[taught.lesson.uuid])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_rider_sees_where_the_film_goes_before_it_is_there(
    open_as: OpenPage, lesson: tuple[User, str], scheme: str
) -> None:
    user, address = lesson
    phone = open_as(user, PHONE, color_scheme=scheme, has_touch=True)
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    phone.goto(address)
    phone.wait_for_load_state("networkidle")
    assert not any(part in url for url in asked for part in ("board.vtt", "sheet", "seek.js"))

    phone.locator("[data-plays]").tap()
    bar = phone.get_by_role("slider", name="跳到哪里")
    expect(bar).to_be_visible()
    phone.wait_for_function("() => document.querySelector('[data-picture]').currentTime > 0.3")
    assert not any("sheet" in url for url in asked), "no picture is fetched before a finger moves"

    # Dragged: the picture and its time stand over the film, which itself has not moved yet.
    bar.evaluate("bar => { bar.value = 27; bar.dispatchEvent(new Event('input')); }")
    peek = phone.locator(".player__peek")
    expect(peek).to_contain_text("0:27 第 3 段")
    expect(peek.locator(".player__tile")).to_have_css(
        "background-image", re.compile(r"sheet0\.jpg")
    )
    assert bar.get_attribute("aria-valuetext") == "0:27 第 3 段"
    assert phone.evaluate("() => document.querySelector('[data-picture]').currentTime") < 20
    box, stage = peek.bounding_box(), phone.locator(".player__stage").bounding_box()
    assert box is not None
    assert stage is not None
    assert stage["x"] <= box["x"] <= box["x"] + box["width"] <= stage["x"] + stage["width"]
    shot(phone, f"seek-{scheme}")
    bar.evaluate("bar => bar.dispatchEvent(new Event('change'))")
    phone.wait_for_function("() => document.querySelector('[data-picture]').currentTime >= 27")

    # Chapters seek too, and the one that is shown is marked.
    phone.locator(".player__chapters summary").tap()
    phone.get_by_role("button", name="第 2 段").tap()
    phone.wait_for_function(
        "() => Math.abs(document.querySelector('[data-picture]').currentTime - 13) < 2"
    )
    expect(phone.locator("[data-chapter][aria-current]")).to_contain_text("第 2 段")
    shot(phone, f"chapters-{scheme}")
    phone.set_viewport_size({"width": 390, "height": 1800})  # nothing half under the tab bar
    assert faults(phone) == []


def test_a_better_film_comes_by_itself(open_as: OpenPage, lesson: tuple[User, str]) -> None:
    user, address = lesson
    film = Video.objects.get()
    rows = list(film.renditions.exclude(name="240p").exclude(kind="audio").values())
    film.renditions.filter(pk__in=[row["id"] for row in rows]).delete()
    Video.objects.update(state=State.ENCODING, published_prefix=film.published_prefix)
    phone = open_as(user, PHONE)
    phone.clock.install()
    phone.goto(address)
    expect(phone.locator(".player__early")).to_contain_text("正在处理，可先看 240p")
    shot(phone, "early")

    Rendition.objects.bulk_create(Rendition(**row) for row in rows)
    Video.objects.update(state=State.READY)
    phone.clock.fast_forward(16_000)
    expect(phone.locator(".player__early")).to_have_count(0)
    phone.locator("[data-plays]").click()
    expect(phone.locator("[data-picture]")).to_be_visible()
    # And nobody asks any more.
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    phone.clock.fast_forward(40_000)
    assert not any("/film/" in url for url in asked)


def test_a_film_appears_on_a_page_that_waited_for_it(
    open_as: OpenPage, lesson: tuple[User, str]
) -> None:
    user, address = lesson
    film = Video.objects.get()
    Video.objects.update(state=State.PROBED, published_prefix="")
    phone = open_as(user, PHONE)
    phone.clock.install()
    phone.goto(address)
    expect(phone.get_by_text("视频还在准备")).to_be_visible()
    Video.objects.update(state=State.READY, published_prefix=film.published_prefix)
    phone.clock.fast_forward(16_000)
    phone.locator("[data-plays]").click()
    expect(phone.locator("[data-picture]")).to_be_visible()
