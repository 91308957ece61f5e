"""The measurement of phones measures: bytes, requests, what jumps, what the cache saves, and the bars."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import sync_playwright

from bench import phone
from bench.phone import Load, Phones

PICTURE = b"BM" + bytes(100_000)  # 100 KB that no server compresses
# It jumps when the picture is there, well after the words were painted.
PAGE = b"""<!doctype html><title>x</title><link rel="icon" href="data:,"><h1 id="words" style="height:300px;background:gold">words</h1>
<p>more words</p><img src="/picture.bin" alt=""><script>
document.images[0].onerror = document.images[0].onload = () =>
  requestAnimationFrame(() => { document.getElementById("words").style.marginTop = "400px"; });
</script>"""


class Heavy(BaseHTTPRequestHandler):
    """A page that jumps, with a heavy picture that a browser may keep."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = PAGE if self.path == "/" else PICTURE
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if self.path == "/" else "image/bmp")
        self.send_header("Content-Length", str(len(body)))
        if self.path != "/":
            self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None: ...


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Heavy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.slow
def test_a_heavy_page_that_jumps_is_found_out(address: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=phone.CHROMIUM, args=["--no-sandbox"])
        cold, warm = Phones(browser, address, {}).screen("", "/", 1)
        browser.close()

    assert cold.requests == 2
    assert 97 < cold.kb < 110
    assert cold.cls > phone.BARS["phone_cls_max"]
    # 1.6 Mbit/s: a page and 100 KB take half a second at least, and its words stand before.
    assert cold.lcp_s > 0
    assert (warm.requests, warm.kb < 2) == (1, True)


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
