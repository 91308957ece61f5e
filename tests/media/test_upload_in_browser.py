"""An upload in real Chromium over a line that is slow, to a server that is killed again and again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, Response

from lms.accounts.models import User
from media.api import Video, add_video
from media.incoming import digests
from media.incoming.models import Upload, UploadPart
from media.states import State
from tests.journeys.site import free_port
from tests.lms.conftest import ROOT, database_url
from tests.lms.waiting import eventually
from tests.media import clips
from tests.media.conftest import work_off
from tests.people import AT

pytestmark = [pytest.mark.journeys, pytest.mark.django_db(transaction=True), pytest.mark.slow]
ADD = "/cms/snippets/media/video/add/"
SUBMIT = "form[data-edit-form] button[type=submit]"
BYTES_PER_S = 6_000_000


class Server:
    """The site's web process, which can be killed without a word and started again."""

    def __init__(self, var: Path) -> None:
        self.address = f"http://127.0.0.1:{(port := free_port())}"
        self._command = [sys.executable, "manage.py", "runserver", "--noreload", "--insecure"]
        self._command.append(f"127.0.0.1:{port}")
        self._environment = {
            **os.environ,
            "LMS_ENV": "test",
            "DJANGO_SETTINGS_MODULE": "lms.settings.test",
            "LMS_VAR": str(var),
            "LMS_KEYS_DIR": str(settings.KEYS_DIR),
            "LMS_DATABASE_URL": database_url(),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, env=self._environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert eventually(self._answers)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=5):
                return True
        except OSError:
            return False


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def desk(browser: Browser, server: Server, client: Any, he: User) -> Iterator[Page]:
    """小何's browser, signed in, on a slow line."""
    client.force_login(he)
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server.address}]
    )
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())  # "leave this page?"
    line = {"offline": False, "latency": 20, "downloadThroughput": -1}
    context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions", {**line, "uploadThroughput": BYTES_PER_S}
    )
    yield page
    context.close()


def padded(clip: Path, size_bytes: int) -> Path:
    """The same recording as a large file: a box of nothing at its end, as editors leave them."""
    missing = size_bytes - clip.stat().st_size
    with clip.open("ab") as file:
        file.write(missing.to_bytes(4, "big") + b"free" + os.urandom(missing - 8))
    return clip


def choose_and_send(page: Page, file: Path) -> None:
    page.set_input_files("[data-upload-file]", file)
    page.click(SUBMIT)


def arrived() -> set[int]:
    rows = UploadPart.objects.exclude(arrived_at=None)
    return set(rows.values_list("number", flat=True))


def test_an_upload_survives_its_server_three_times_and_a_reload(
    desk: Page, server: Server, tmp_path: Path, shelf: Path
) -> None:
    clip = padded(clips.lecture(tmp_path / "分拣.mp4", size="426x240", seconds=2), 58_000_000)
    parts = digests.part_count(clip.stat().st_size)
    sent: list[int] = []

    def note(response: Response) -> None:
        found = re.search(r"/parts/(\d+)/$", response.url)
        if found and response.request.method == "PUT" and response.ok:
            sent.append(int(found[1]))

    desk.on("response", note)
    desk.goto(f"{server.address}{ADD}")
    desk.fill("[name=title]", "怎样分拣")
    choose_and_send(desk, clip)

    for share in (0.15, 0.4):
        assert eventually(lambda share=share: len(arrived()) >= share * parts)
        words = desk.inner_text("[data-upload-words]")
        assert re.search(r"[\d.]+ MB / 58\.0 MB，[\d.]+ MB/s，约剩 \d+ 秒", words), words
        server.kill()
        desk.wait_for_function(
            "() => document.querySelector('[data-upload-words]').textContent.includes('自动接着传')"
        )
        server.start()

    assert eventually(lambda: len(arrived()) >= 0.6 * parts)
    server.kill()
    before = arrived()
    assert len(before) < parts, "too quick to be cut"
    server.start()
    desk.reload()
    listed = desk.inner_text(".video-unfinished")
    assert "分拣.mp4" in listed
    assert f"已传 {100 * len(before) // parts}%" in listed
    sent.clear()
    choose_and_send(desk, clip)
    desk.wait_for_url("**/inspect/**")

    assert set(sent) == set(range(1, parts + 1)) - before, "only what was missing was sent"
    video = Video.objects.get()
    assert video.title == "怎样分拣"
    assert (shelf / video.original.name).read_bytes() == clip.read_bytes()
    assert not Upload.objects.exists()
    assert work_off(video).state == State.READY


def test_a_file_that_is_here_already_is_not_sent_again(
    desk: Page, server: Server, tmp_path: Path
) -> None:
    clip = padded(clips.lecture(tmp_path / "分拣.mp4", size="426x240", seconds=2), 40_000_000)
    known = work_off(add_video(clip, title="分拣", by=None, at=AT))
    brought = []
    desk.on("response", lambda answer: brought.append(answer) if "parts" in answer.url else None)
    desk.goto(f"{server.address}{ADD}")
    choose_and_send(desk, clip)
    desk.wait_for_url("**/inspect/**")
    again = Video.objects.exclude(pk=known.pk).get()
    assert again.original.name == known.original.name
    finished = [answer for answer in brought if answer.request.method == "PUT" and answer.ok]
    assert len(finished) < digests.part_count(clip.stat().st_size) / 2


def test_a_picture_is_refused_before_a_byte_of_it_is_sent(
    desk: Page, server: Server, tmp_path: Path
) -> None:
    wrong = tmp_path / "照片.mp4"
    wrong.write_bytes(b"\xff\xd8\xff\xe0" + os.urandom(100))
    asked = []
    desk.on("request", lambda request: asked.append(request.method))
    desk.goto(f"{server.address}{ADD}")
    choose_and_send(desk, wrong)
    desk.wait_for_selector("[data-upload-error]:not([hidden])")
    assert "这是一张图片" in desk.inner_text("[data-upload-error]")
    assert "PUT" not in asked
    assert desk.is_enabled(SUBMIT)
