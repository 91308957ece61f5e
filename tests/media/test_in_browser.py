"""A published lecture in real Chromium: plays through hls.js with sound, seeks, stands upright."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page

from lms.accounts.models import User
from lms.base import clock
from media.api import Video, add_video, playback
from media.states import State
from tests.media import clips
from tests.media.conftest import cannot, work_off
from tests.people import AT

pytestmark = [pytest.mark.journeys, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(browser: Browser, live_server: Any, client: Any, he: User) -> Iterator[Page]:
    """小何's browser, signed in."""
    client.force_login(he)
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    page = context.new_page()
    yield page
    context.close()


PLAY = """async () => {
  const video = document.querySelector("[data-preview] video");
  await video.play();
  const until = (test) => new Promise((resolve, reject) => {
    const started = performance.now();
    const look = () => test() ? resolve() :
      performance.now() - started > 60000 ? reject(new Error("stalled at " + video.currentTime)) : setTimeout(look, 50);
    look();
  });
  await until(() => video.currentTime > 0.5);
  const context = new AudioContext();
  const hearing = context.createMediaElementSource(video);
  const meter = context.createAnalyser();
  hearing.connect(meter);
  let loudest = 0;
  await until(() => {
    const wave = new Float32Array(meter.fftSize);
    meter.getFloatTimeDomainData(wave);
    loudest = Math.max(loudest, ...wave.map(Math.abs));
    return loudest > 0.01;
  });
  video.currentTime = video.duration - 2;
  await until(() => video.ended);
  return {width: video.videoWidth, height: video.videoHeight, duration: video.duration,
          loudest, ended: video.ended, error: video.error?.message ?? null,
          native: video.src.startsWith("http")};
}"""


# The player that a page makes is kept by no name; this one keeps it.
WATCH_PLAYER = """
let kept;
Object.defineProperty(window, "Hls", {
  get: () => kept,
  set: (Hls) => { kept = class extends Hls {
    constructor(...given) { super(...given); window.seenPlayer = this; }
  }; },
});
"""


def open_preview(page: Page, address: str, video: Video) -> None:
    page.goto(f"{address}/cms/snippets/media/video/inspect/{video.pk}/")
    page.wait_for_selector("[data-preview] video")


def play(page: Page, address: str, video: Video) -> dict[str, Any]:
    open_preview(page, address, video)
    page.wait_for_function("() => window.Hls !== undefined")
    return page.evaluate(PLAY)


@pytest.mark.parametrize(
    ("turned", "shape"), [(0, (640, 360)), (90, (360, 640))], ids=["landscape", "portrait"]
)
def test_a_lecture_plays_with_sound_to_its_end(
    desk: Page, live_server: Any, tmp_path: Path, turned: int, shape: tuple[int, int]
) -> None:
    clip = clips.lecture(tmp_path / "a.mp4", size="640x360", seconds=14, turned=turned)
    video = work_off(add_video(clip, title="什么是物流", by=None, at=AT))
    assert video.state == State.READY
    seen = play(desk, live_server.url, video)
    assert seen["error"] is None
    assert seen["ended"]
    assert not seen["native"]
    assert seen["duration"] == pytest.approx(14, abs=0.05)
    assert (seen["width"], seen["height"]) in {shape, tuple(s * 240 // 360 // 2 * 2 for s in shape)}
    assert seen["loudest"] > 0.01


@pytest.fixture
def lecture(tmp_path: Path) -> Video:
    clip = clips.lecture(tmp_path / "a.mp4", size="640x360", seconds=14)
    return work_off(add_video(clip, title="什么是物流", by=None, at=AT))


def test_a_lecture_plays_without_our_player_where_a_browser_can_by_itself(
    desk: Page, live_server: Any, lecture: Video
) -> None:
    desk.add_init_script("delete window.MediaSource")  # as on an iPhone
    open_preview(desk, live_server.url, lecture)
    if not desk.evaluate("document.createElement('video').canPlayType('application/x-mpegURL')"):
        cannot("this Chromium plays no HLS by itself")
    seen = desk.evaluate(PLAY)
    assert (seen["error"], seen["native"], seen["ended"]) == (None, True, True)
    assert seen["duration"] == pytest.approx(14, abs=0.1)
    assert seen["height"] in (240, 360)
    assert desk.evaluate("window.Hls === undefined")


def test_the_file_for_saving_data_plays_by_itself_with_seeking(
    desk: Page, live_server: Any, lecture: Video, he: User
) -> None:
    open_preview(desk, live_server.url, lecture)
    file = playback(lecture, user=he, at=clock.now()).saver_url
    desk.evaluate(
        "(file) => { const video = document.querySelector('[data-preview] video');"
        " const plain = document.createElement('video'); plain.src = file; video.replaceWith(plain); }",
        file,
    )
    seen = desk.evaluate(PLAY)
    assert (seen["error"], seen["native"], seen["ended"]) == (None, True, True)
    assert seen["height"] == 240
    assert seen["duration"] == pytest.approx(14, abs=0.1)


@pytest.mark.usefixtures("av1_encoder")
def test_a_browser_that_can_plays_av1_by_its_own_choice(
    desk: Page, live_server: Any, tmp_path: Path, settings: Any
) -> None:
    settings.VIDEO_AV1 = True
    clip = clips.lecture(tmp_path / "a.mp4", size="426x240", seconds=14)
    video = work_off(add_video(clip, title="省流量的课", by=None, at=AT))
    assert video.renditions.filter(kind="av1").exists()
    desk.add_init_script(WATCH_PLAYER)
    pieces: list[str] = []
    desk.on("response", lambda answer: pieces.append(answer.url))
    seen = play(desk, live_server.url, video)
    assert (seen["error"], seen["ended"], seen["native"]) == (None, True, False)
    assert (seen["width"], seen["height"]) == (426, 240)
    assert seen["loudest"] > 0.01
    codec = desk.evaluate("seenPlayer.levels[seenPlayer.currentLevel].videoCodec")
    assert codec.startswith("av01.")
    played = {url.split("/")[-2] for url in pieces if url.endswith(".m4s")}
    assert played == {"240pav1"}, "nothing was fetched twice, in H.264 and in AV1"


def test_an_upload_shows_progress_and_leads_to_the_video(
    desk: Page, live_server: Any, tmp_path: Path
) -> None:
    clip = clips.lecture(tmp_path / "分拣.mp4", size="426x240")
    desk.goto(f"{live_server.url}/cms/snippets/media/video/add/")
    desk.set_input_files("[data-upload-file]", clip)
    desk.fill("[name=title]", "怎样分拣")  # what was typed is saved: nobody asks before leaving
    desk.click("form[data-edit-form] button[type=submit]")
    desk.wait_for_url("**/inspect/**")
    video = Video.objects.get()
    assert video.title == "怎样分拣"
    assert "已上传，等待检查" in desk.inner_text("#video-status")
    work_off(video)
    desk.wait_for_selector("[data-preview] video")  # the panel asked again and reloaded the page


def test_a_wrong_file_is_refused_beside_the_form(
    desk: Page, live_server: Any, tmp_path: Path
) -> None:
    wrong = tmp_path / "照片.mp4"
    wrong.write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    desk.goto(f"{live_server.url}/cms/snippets/media/video/add/")
    desk.set_input_files("[data-upload-file]", wrong)
    desk.click("form[data-edit-form] button[type=submit]")
    desk.wait_for_selector("[data-upload-error]:not([hidden])")
    assert "这是一张图片" in desk.inner_text("[data-upload-error]")
