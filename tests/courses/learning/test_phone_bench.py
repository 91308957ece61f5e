"""The measurement of phones measures: bytes, requests, what jumps, what the cache saves, and the bars."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from bench import phone
from bench.phone import Load, Phones, Relay

PICTURE = b"BM" + bytes(100_000)  # 100 KB that no server compresses
# It jumps when the picture is there, well after the words were painted.
PAGE = b"""<!doctype html><title>x</title><link rel="icon" href="data:,"><h1 id="words" style="height:300px;background:gold">words</h1>
<p>more words</p><img src="/picture.bin" alt=""><script>
document.images[0].onerror = document.images[0].onload = () =>
  requestAnimationFrame(() => { document.getElementById("words").style.marginTop = "400px"; });
</script>"""


# A worker that takes a heavy file whenever a page is opened, unseen by the page.
WORKED = b"""<!doctype html><title>x</title><link rel="icon" href="data:,"><h1>words</h1>
<script>navigator.serviceWorker.register("/worker.js");
const end = performance.now() + 120; while (performance.now() < end);</script>"""
WORKER = b"""self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(clients.claim()));
self.addEventListener("activate", (event) => event.waitUntil(fetch("/picture.bin", {cache: "no-store"})));
self.addEventListener("fetch", (event) => {
  if (event.request.mode !== "navigate") return;
  event.respondWith(fetch(event.request));
  event.waitUntil(fetch("/picture.bin", {cache: "no-store"}).then((answer) => answer.blob()));
});"""
BODIES = {"/": (PAGE, "text/html"), "/worked/": (WORKED, "text/html")}
BODIES |= {"/worker.js": (WORKER, "text/javascript")}


class Heavy(BaseHTTPRequestHandler):
    """A page that jumps, with a heavy picture that a browser may keep; another with a worker."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body, kind = BODIES.get(self.path, (PICTURE, "image/bmp"))
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if body is PICTURE:
            self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None: ...


@pytest.fixture
def relay() -> Iterator[Relay]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Heavy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    between = Relay(server.server_address[1])
    yield between
    between.close()
    server.shutdown()
    server.server_close()


@pytest.mark.slow
def test_a_heavy_page_that_jumps_is_found_out(relay: Relay) -> None:
    cold, warm = look_at("/", relay)

    assert cold.requests == 2
    assert 97 < cold.kb < 110
    assert cold.cls > phone.BARS["phone_cls_max"]
    # 1.6 Mbit/s: a page and 100 KB take half a second at least, and its words stand before.
    assert cold.lcp_s > 0
    assert (warm.requests, warm.kb < 2) == (1, True)


@pytest.mark.slow
def test_what_the_worker_takes_and_how_long_a_script_blocks_is_found_out(relay: Relay) -> None:
    cold, warm = look_at("/worked/", relay)

    assert cold.kb < 3
    assert cold.worker_kb > 97
    # Opened again through the worker, the page costs what the worker takes for it.
    assert warm.kb > 97
    # It keeps the processor for 120 ms by the clock; by its own time at least a part of that.
    assert cold.long_tasks >= 1


def look_at(path: str, relay: Relay) -> tuple[Load, Load]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=phone.CHROMIUM, args=["--no-sandbox"])
        loads = Phones(browser, relay, {}).screen("", path, 1)
        browser.close()
    return loads


def task(
    spent_ms: float, at_ms: float, *, thread: int = 1, name: str = "RunTask"
) -> dict[str, Any]:
    times = {"ts": at_ms * 1000, "tts": at_ms * 1000, "dur": spent_ms * 1000}
    return {"name": name, "pid": 7, "tid": thread, "tdur": spent_ms * 1000} | times


def test_only_what_is_beyond_fifty_milliseconds_of_the_main_thread_blocks() -> None:
    names = [
        {"name": "thread_name", "pid": 7, "tid": 1, "args": {"name": "CrRendererMain"}},
        {"name": "thread_name", "pid": 7, "tid": 2, "args": {"name": "Compositor"}},
    ]
    tasks = [
        task(49, 0),
        task(80, 100),
        # The same task under its other name.
        task(79.9, 100.04, name="ThreadControllerImpl::RunTask"),
        task(500, 300, thread=2),
        task(60, 400),
        task(900, 500, name="v8.compile"),
    ]
    assert phone.blocking_ms([*names, *tasks]) == pytest.approx(40)
    # Before something can be read nobody taps; of the task that shows it, the rest counts.
    assert phone.blocking_ms([*names, *tasks], since_us=110_000) == pytest.approx(20 + 10)
    assert phone.blocking_ms([*names, *tasks], since_us=181_000) == pytest.approx(10)


def test_a_trace_tells_when_something_could_be_read() -> None:
    paint = {"name": "firstContentfulPaint", "pid": 7, "tid": 1, "ts": 250_000}
    later = paint | {"ts": 400_000}

    assert phone.readable_us([task(80, 100), later, paint]) == 250_000
    with pytest.raises(SystemExit, match="first contentful paint"):
        phone.readable_us([task(80, 100)])


GOOD = Load(kb=20, requests=4, lcp_s=0.6, cls=0, tbt_ms=0)
WARM = Load(kb=4, requests=1, lcp_s=0.3, cls=0, tbt_ms=0)
TAPS = {"cold": [2.5, 2.6, 9.0], "saver": [0.9, 1.0, 1.1]}


def test_bars_that_hold_end_with_0() -> None:
    assert phone.report({"today": (GOOD, WARM), "lesson": (GOOD, WARM)}, TAPS) == 0


@pytest.mark.parametrize(
    ("change", "figure"),
    [
        ({"kb": 61.0}, "phone_first_load_kb_max"),
        ({"requests": 7}, "phone_requests_max"),
        ({"lcp_s": 1.3}, "phone_lcp_s_max"),
        ({"cls": 0.03}, "phone_cls_max"),
        ({"tbt_ms": 101, "blocked_ms": 300}, "phone_tbt_ms_max"),
    ],
)
def test_one_bad_screen_ends_with_1(
    change: dict[str, float], figure: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = dataclasses.replace(GOOD, **change)  # type: ignore[arg-type]
    screens = {"today": (GOOD, WARM), "me": (bad, WARM), "lesson": (GOOD, WARM)}

    assert phone.report(screens, TAPS) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["figure"] for line in lines if line.get("holds") is False] == [figure]


def test_a_heavy_warm_page_ends_with_1() -> None:
    heavy = dataclasses.replace(WARM, kb=11)
    assert phone.report({"today": (GOOD, heavy), "lesson": (GOOD, WARM)}, TAPS) == 1
