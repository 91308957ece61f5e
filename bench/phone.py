"""The student's screens on a slow phone: bytes, requests, time to the largest picture, tap to picture.

Real Chromium at 390 × 844, 1.6 Mbit/s with 150 ms, processor four times slower, the site as ``./run`` serves it
with one sample lecture that went through the pipeline. Each screen is opened in a fresh browser context
(cold) and once more in the same one (warm), when the service worker stands between page and line.

What the page itself loads is counted by the browser. What the worker fetches, and what the browser asks
on the worker's behalf, no page sees: all of it passes a relay that counts what comes over the line, on the
first visit told apart (``worker_kb``: once per phone, after the page stands), on the second counted in full.
Blocking time (TBT, https://web.dev/articles/tbt) is what the main thread spends beyond 50 ms a task once something can
be read (first contentful paint) and a finger may come; ``blocked_ms`` adds what was before, the making of an empty
page included, which the largest picture has in it as well. Both are processor time from the browser's own trace
under the same slower processor: the wall clock of a busy machine would tell of its other work.
One JSON object per figure, one line per screen; exits with 1 if a bar does not hold.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import _school, _site, pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = "/usr/bin/chromium"
FILM = ROOT / "courses" / "seed" / "lectures" / "what-is-logistics.mp4"
LINE = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
SLOWER = 4
SETTLE_MS = 300
LONG_MS = 50
# The worker rests between one page that it keeps and the next.
QUIET_S = 1.5
BARS = {
    "phone_first_load_kb_max": 60,
    "phone_requests_max": 6,
    "phone_lesson_kb": 90,
    "phone_lesson_requests": 8,
    "phone_lcp_s_max": 1.2,
    "phone_warm_kb_max": 10,
    "phone_cls_max": 0.02,
    "phone_tbt_ms_max": 100,
    "tap_to_picture_cold_s": 3.5,
    "tap_to_picture_saver_s": 1.2,
}
# Told to the page before anything of it runs.
WATCH = """
window.seen = {lcp: 0, cls: 0, long: 0};
const watch = (type, take) =>
  new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({type, buffered: true});
watch("largest-contentful-paint", (entry) => { seen.lcp = entry.startTime; });
watch("layout-shift", (entry) => { if (!entry.hadRecentInput) seen.cls += entry.value; });
watch("longtask", () => { seen.long += 1; });
"""
# The moment at which a frame of the film is on the screen, not when the player says that it plays.
TAP = """
(quality) => new Promise((resolve) => {
  const video = document.querySelector("[data-picture]");
  const choice = document.querySelector(`[data-quality][value=${quality}]`);
  if (choice) choice.checked = true;
  const tapped = performance.now();
  video.requestVideoFrameCallback(() => resolve((performance.now() - tapped) / 1000));
  document.querySelector("[data-plays]").click();
})
"""


@dataclass
class Load:
    """What opening one address cost."""

    kb: float
    requests: int
    lcp_s: float
    cls: float
    tbt_ms: float
    blocked_ms: float = 0
    long_tasks: int = 0
    worker_kb: float = 0


class Relay:
    """Stands before the site and counts the bytes that come from it, whoever in the browser asked."""

    def __init__(self, port: int) -> None:
        self.site = ("127.0.0.1", port)
        self.came = 0
        self.last = time.monotonic()
        self._door = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._open, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._door.getsockname()[1]}"

    def close(self) -> None:
        self._door.close()

    def wait_until_quiet(self, quiet_s: float = QUIET_S, patience_s: float = 60) -> None:
        """Until nothing has come for a while."""
        until = time.monotonic() + patience_s
        while time.monotonic() - self.last < quiet_s and time.monotonic() < until:
            time.sleep(0.05)

    def _open(self) -> None:
        while True:
            try:
                phone, _address = self._door.accept()
                site = socket.create_connection(self.site)
            except OSError:
                return
            threading.Thread(target=self._pass, args=(phone, site, False), daemon=True).start()
            threading.Thread(target=self._pass, args=(site, phone, True), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while part := source.recv(65536):
                if counted:
                    self.came += len(part)
                self.last = time.monotonic()
                target.sendall(part)
            target.shutdown(socket.SHUT_WR)


class Trace:
    """The browser's trace of one load, for the processor time of the page's main thread."""

    def __init__(self, page: Page) -> None:
        self.browser = page.context.browser
        assert self.browser is not None
        self.browser.start_tracing(page=page, categories=["toplevel", "loading"])

    def blocked(self) -> tuple[float, float]:
        """Ends the trace; milliseconds that the main thread was blocked since something could be read, and in all."""
        assert self.browser is not None
        events = json.loads(self.browser.stop_tracing())["traceEvents"]
        return blocking_ms(events, since_us=readable_us(events)), blocking_ms(events)


def readable_us(events: Sequence[Mapping[str, Any]]) -> float:
    """When the first text or picture was on the screen, on the trace's clock.

    Raises:
        SystemExit: nothing was painted, so that there is no blocking time to tell.
    """
    paints = [event["ts"] for event in events if event.get("name") == "firstContentfulPaint"]
    if not paints:
        raise SystemExit("the trace knows no first contentful paint")
    return float(min(paints))


def blocking_ms(events: Sequence[Mapping[str, Any]], *, since_us: float = 0) -> float:
    """Sum over long tasks of what is beyond 50 ms of processor time; pages' main threads only.

    Nested names of the same task count once. Of a task that was at work at ``since_us`` the part after it counts.
    """
    names = {
        (event["pid"], event["tid"]): event["args"]["name"]
        for event in events
        if event.get("name") == "thread_name"
    }
    tasks: dict[tuple[int, int, int], float] = {}
    for event in events:
        if not str(event.get("name", "")).endswith("RunTask") or "tdur" not in event:
            continue
        place = event["pid"], event["tid"]
        if names.get(place) != "CrRendererMain":
            continue
        # The two names that Chromium gives one task begin within some microseconds of each other.
        key = (*place, round(event["tts"] / 1000)) if "tts" in event else (*place, event["ts"])
        spent = event["tdur"] / 1000 * share_after(since_us, event["ts"], event["dur"])
        tasks[key] = max(tasks.get(key, 0), spent)
    return sum(max(0.0, spent - LONG_MS) for spent in tasks.values())


def share_after(since_us: float, began_us: float, took_us: float) -> float:
    """How much of a task lies after a moment, 0 to 1."""
    if began_us >= since_us:
        return 1
    return max(0.0, began_us + took_us - since_us) / took_us if took_us else 0


class Wire:
    """Counts what really came over the line, headers included; the browser's cache costs nothing."""

    def __init__(self, session: CDPSession) -> None:
        self.bytes = self.requests = 0
        self._own: set[str] = set()
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.requestServedFromCache", self._cached)
        session.on("Network.loadingFinished", self._finished)

    def _sent(self, event: dict[str, Any]) -> None:
        if event["request"]["url"].startswith("http"):
            self._own.add(event["requestId"])

    def _cached(self, event: dict[str, Any]) -> None:
        self._own.discard(event["requestId"])

    def _finished(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self._own and event["encodedDataLength"] > 0:
            self.bytes += event["encodedDataLength"]
            self.requests += 1

    def empty(self) -> None:
        self.bytes = self.requests = 0


def slow(page: Page) -> CDPSession:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", LINE)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return session


def open_twice(context: BrowserContext, address: str, relay: Relay) -> tuple[Load, Load]:
    """Cold, then warm."""
    page = context.new_page()
    page.add_init_script(WATCH)
    wire = Wire(slow(page))
    loads = []
    for visit in range(2):
        wire.empty()
        relay.wait_until_quiet()
        before = relay.came
        trace = Trace(page)
        answer = page.goto(address, wait_until="networkidle")
        if answer is None or answer.status != 200:
            raise SystemExit(f"{address} answers {answer and answer.status}")
        # A slow processor paints after the line went quiet; nothing painted would look like no time at all.
        page.wait_for_function("() => window.seen.lcp > 0")
        page.wait_for_timeout(SETTLE_MS)
        tbt_ms, blocked_ms = trace.blocked()
        seen = page.evaluate("() => window.seen")
        relay.wait_until_quiet()
        all_kb, own_kb = (relay.came - before) / 1024, wire.bytes / 1024
        loads.append(
            Load(
                # On the second visit the worker stands between: what it fetched is what the page cost.
                kb=round(max(all_kb, own_kb) if visit else own_kb, 1),
                requests=wire.requests,
                lcp_s=round(seen["lcp"] / 1000, 2),
                cls=round(seen["cls"], 4),
                tbt_ms=round(tbt_ms),
                blocked_ms=round(blocked_ms),
                long_tasks=seen["long"],
                worker_kb=round(max(0.0, all_kb - own_kb), 1),
            )
        )
        page.goto("about:blank")
    page.close()
    return loads[0], loads[1]


@dataclass(frozen=True)
class Phones:
    """Fresh phones of one browser; ``who`` is a name in ``sessions``, or empty."""

    browser: Browser
    relay: Relay
    sessions: dict[str, str]

    @property
    def address(self) -> str:
        return self.relay.address

    @contextmanager
    def fresh(self, who: str) -> Iterator[BrowserContext]:
        context = self.browser.new_context(
            viewport={"width": 390, "height": 844},
            device_scale_factor=2,
            is_mobile=True,
            has_touch=True,
            locale="zh-CN",
            base_url=self.address,
        )
        if who:
            cookie = {"name": "sessionid", "value": self.sessions[who], "url": self.address}
            context.add_cookies([cookie])  # type: ignore[list-item]
        try:
            yield context
        finally:
            context.close()

    def warm(self, pages: Iterable[dict[str, str]]) -> None:
        """Have each process of the site draw each page once: a first page after a start is not the rule."""
        for page in pages:
            for _process in range(4):
                with self.fresh(page["who"]) as context:
                    context.request.get(page["path"])

    def screen(self, who: str, path: str, times: int) -> tuple[Load, Load]:
        """The middle of several visits by the time of the largest picture, with the worst jump of all."""
        visits = []
        for _time in range(times):
            with self.fresh(who) as context:
                visits.append(open_twice(context, path, self.relay))
        visits.sort(key=lambda pair: pair[0].lcp_s)
        cold, warm = visits[len(visits) // 2]
        # What jumps only when a script comes late is seen in one visit of three.
        return (
            replace(
                cold,
                cls=max(first.cls for first, _again in visits),
                tbt_ms=statistics.median(first.tbt_ms for first, _again in visits),
                blocked_ms=statistics.median(first.blocked_ms for first, _again in visits),
            ),
            replace(warm, cls=max(again.cls for _first, again in visits)),
        )

    def tap(self, who: str, path: str, quality: str) -> float:
        """Seconds from the tap to the first frame, player and film never loaded before."""
        with self.fresh(who) as context:
            page = context.new_page()
            slow(page)
            page.goto(path, wait_until="networkidle")
            return float(page.evaluate(TAP, quality))


# ---------------------------------------------------------------- processes


def build() -> int:
    """The school with one real lecture; answers one line of JSON."""
    _site.make_ready()
    from lms.base.jobs import api as jobs
    from media import api as media_api

    now = datetime.now(UTC)
    film = media_api.add_video(FILM, title="物流是什么", by=None, at=now)
    jobs.run_due()
    film.refresh_from_db()
    if not film.is_playable:
        raise SystemExit(f"the sample lecture did not get through: {film.state} {film.reason}")
    film.captions_vtt = FILM.with_suffix(".vtt").read_text()
    film.save()
    print(json.dumps(_school.build(now, film=film).as_dict()))
    return 0


@contextmanager
def site(env: dict[str, str]) -> Iterator[Relay]:
    """The site as ``./run`` serves it, on a free port, behind a relay that counts."""
    port = pages.free_port()
    command = [sys.executable, "-m", "gunicorn", "lms.wsgi:application", "--preload"]
    command += ["--worker-class", "gthread", "--workers", "2", "--threads", "4"]
    command += ["--bind", f"127.0.0.1:{port}", "--keep-alive", "5", "--log-level", "error"]
    server = subprocess.Popen(command, cwd=ROOT, env=env)
    try:
        pages.wait_for(port)
        relay = Relay(port)
        yield relay
        relay.close()
    finally:
        server.terminate()
        server.wait(timeout=30)


# ---------------------------------------------------------------- the report


def report(screens: dict[str, tuple[Load, Load]], taps: dict[str, Sequence[float]]) -> int:
    """Print a line per screen, then the figures; returns the exit code."""
    figures = _site.Figures(BARS)
    say = figures.say

    for name, (cold, warm) in screens.items():
        print(json.dumps({"screen": name, "cold": asdict(cold), "warm": asdict(warm)}))
    cold = {name: pair[0] for name, pair in screens.items()}
    lesson = cold["lesson"]
    plain = {name: load for name, load in cold.items() if name != "lesson"}
    say("phone_first_load_kb_max", max(load.kb for load in plain.values()), "KB")
    say("phone_requests_max", max(load.requests for load in plain.values()), "requests")
    say("phone_lesson_kb", lesson.kb, "KB")
    say("phone_lesson_requests", lesson.requests, "requests")
    say("phone_lcp_s_max", max(load.lcp_s for load in cold.values()), "s")
    say("phone_worker_once_kb", max(load.worker_kb for load in cold.values()), "KB")
    say("phone_warm_kb_max", max(warm.kb for _cold, warm in screens.values()), "KB")
    say("phone_cls_max", max(load.cls for pair in screens.values() for load in pair), "")
    say("phone_tbt_ms_max", max(load.tbt_ms for load in cold.values()), "ms")
    say("phone_blocked_ms_max", max(load.blocked_ms for load in cold.values()), "ms")
    for name, seconds in taps.items():
        rounded = [round(second, 2) for second in seconds]
        say(f"tap_to_picture_{name}_s", statistics.median(rounded), "s", runs=rounded)
    return int(figures.failed)


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench phone", description=__doc__)
    parser.add_argument("--times", type=int, default=3, help="visits per screen, and taps")
    parser.add_argument("--only", help="names of screens, separated by commas, lesson always")
    parser.add_argument("--build", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.build:
        return build()
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory(prefix="lms-phone-", ignore_cleanup_errors=True) as folder:
        env = _site.on_a_file(Path(folder))
        school = _school.School(**_site.in_a_process("phone", "--build", env=env))
        known = school.pages | school.screens
        shown = {name: page for name, page in known.items() if name != "empty"}
        shown["sign_in"] = {"who": "", "path": "/sign-in/"}
        if given.only:
            wanted = {*given.only.split(","), "lesson"}
            shown = {name: page for name, page in shown.items() if name in wanted}
        with site(env) as relay, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            phones = Phones(browser, relay, school.sessions)
            phones.warm(shown.values())
            screens = {
                name: phones.screen(page["who"], page["path"], given.times)
                for name, page in shown.items()
            }
            lesson = shown["lesson"]
            taps = {
                name: [
                    phones.tap(lesson["who"], lesson["path"], quality)
                    for _time in range(given.times)
                ]
                for name, quality in (("cold", "auto"), ("saver", "saver"))
            }
            browser.close()
    return report(screens, taps)


if __name__ == "__main__":
    sys.exit(main())
