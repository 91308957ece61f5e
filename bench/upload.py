"""A large film through the upload protocol to the site as ``./run`` serves it, over a line that breaks.

The sender does what the upload page's script does: announces the file, claims each part with its digest,
sends two at a time, and goes on after a cut with what is missing. The line is cut three times in the middle of
parts, without a goodbye; once the page is "reloaded": a new sender that knows nothing announces the same file
and resumes. In the end the file on the site's disk has the hash of what was sent. Memory is the largest
resident set that the kernel saw of any web process (``VmHWM``), over its whole life.

Prints one JSON object per figure; exits with 1 if a bar does not hold.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import http.client
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench import _school, _site
from lms.bootstrap import processes, serve
from lms.bootstrap.project import Project

ROOT = Path(__file__).resolve().parents[1]
UPLOADS, ADD = "/cms/snippets/media/video/uploads/", "/cms/snippets/media/video/add/"
CSRF = "b" * 32
PIECE = 64 * 1024
# A machine that has other things to do answers late; that is not what is measured.
PATIENCE_S = 600
CUTS = (0.2, 0.45, 0.8)
RELOAD = 0.6
BARS = {"upload_web_peak_mb": 200, "upload_web_growth_mb": 32}
# The first box of an MP4: what the site looks at before it takes a byte more.
HEAD = struct.pack(">I", 32) + b"ftypisom\x00\x00\x02\x00isomiso2avc1mp41"


class Film:
    """A file that lies nowhere: no two parts of it are alike, and each is cheap to make."""

    def __init__(self, size: int, part_bytes: int) -> None:
        self.size, self.part_bytes = size, part_bytes
        self.name = f"film-{size}.mp4"
        self._noise = os.urandom(part_bytes)

    @property
    def count(self) -> int:
        return -(-self.size // self.part_bytes)

    def part(self, number: int) -> bytes:
        """Part ``number``, from 1."""
        start = HEAD if number == 1 else number.to_bytes(16, "big")
        length = min(self.part_bytes, self.size - (number - 1) * self.part_bytes)
        return (start + self._noise[len(start) :])[:length]

    def sha256(self) -> str:
        whole = hashlib.sha256()
        for number in range(1, self.count + 1):
            whole.update(self.part(number))
        return whole.hexdigest()


class Cut(Exception):
    """The line broke in the middle of a part."""


class Line:
    """Counts what goes out, and breaks for everybody at once where it is told to.

    Args:
        breaks: at how many bytes.
        reload: at how many bytes the page is gone, and with it all that it knew.
    """

    def __init__(self, breaks: Sequence[float] = (), reload: float | None = None) -> None:
        self.sent = self.cuts = self.era = 0
        self._breaks, self._reload = sorted(breaks), reload
        self._lock = threading.Lock()

    def carry(self, count: int, era: int) -> None:
        """Raises:
        Cut: not any further, for whoever began before the break.
        """
        with self._lock:
            self.sent += count
            if self._breaks and self.sent >= self._breaks[0]:
                self._breaks.pop(0)
                self.cuts += 1
                self.era += 1
            elif self._reload is not None and self.sent >= self._reload:
                self._reload = None
                self.era += 1
                raise Reloaded
            if era != self.era:
                raise Cut


class Reloaded(Cut):
    """The page was opened anew."""


@dataclass(frozen=True)
class Site:
    """A running web server: where it is, which process began it, and who is signed in."""

    port: int
    pid: int
    session: str = ""

    def ask(self, method: str, path: str, body: bytes, kind: str) -> Any:
        """Ask for JSON.

        Raises:
            SystemExit: it was refused.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        headers = {**self.headers, "Content-Type": kind, "Accept": "application/json"}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if answer.status != 200:
            raise SystemExit(f"{method} {path} answers {answer.status}: {content[:300]!r}")
        return json.loads(content)

    @property
    def headers(self) -> Mapping[str, str]:
        cookie = f"sessionid={self.session}; csrftoken={CSRF}"
        return {"Cookie": cookie, "X-CSRFToken": CSRF}

    def peaks_mb(self) -> dict[int, float]:
        """The largest resident set of every process of the server so far."""
        found = {}
        for pid in (self.pid, *processes.descendants(self.pid)):
            with suppress(OSError):  # it ended while we looked
                for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                    if line.startswith("VmHWM"):
                        found[pid] = int(line.split()[1]) / 1000
        return found


class Sender:
    """One page: it announces the file, so it knows what the site has, and sends the rest."""

    def __init__(self, site: Site, film: Film, line: Line) -> None:
        self._site, self._film, self._line = site, film, line
        told = site.ask("POST", UPLOADS, urlencode(self._announced()).encode(),
                        "application/x-www-form-urlencoded")  # fmt: skip
        self.upload, self.arrived = str(told["upload"]), told["arrived"]
        self._parallel = int(told["parallel"])
        if told["parts"] != film.count:
            raise SystemExit(f"{told['parts']} parts, not {film.count}")
        self._waiting = [n for n in range(film.count, 0, -1) if str(n) not in self.arrived]
        self._over = threading.Event()
        self._fault: BaseException | None = None

    def _announced(self) -> dict[str, object]:
        head = base64.b64encode(self._film.part(1)[:4096]).decode()
        about = {"name": self._film.name, "size": self._film.size, "modified": 1_700_000_000_000}
        return {**about, "title": "", "head": head}

    def send(self) -> bool:
        """Send what is missing; false if the page was reloaded meanwhile."""
        threads = [threading.Thread(target=self._send_some) for _ in range(self._parallel)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._fault:
            raise self._fault
        return not self._over.is_set()

    def _send_some(self) -> None:
        try:
            while not self._over.is_set() and self._waiting:
                self._send_part(self._waiting.pop())
        except IndexError:  # the other one took the last
            return
        except BaseException as fault:
            self._fault = fault
            self._over.set()

    def _send_part(self, number: int) -> None:
        piece = self._film.part(number)
        digest = json.dumps({"sha256": hashlib.sha256(piece).hexdigest()}).encode()
        while not self._over.is_set():
            claim = f"{UPLOADS}{self.upload}/parts/{number}/"
            address = self._site.ask("POST", claim, digest, "application/json")["url"]
            try:
                self._put(address, piece)
            except Reloaded:
                self._over.set()
            except Cut:
                time.sleep(0.2)
            else:
                return

    def _put(self, address: str, piece: bytes) -> None:
        era = self._line.era
        connection = http.client.HTTPConnection("127.0.0.1", self._site.port, timeout=PATIENCE_S)
        connection.putrequest("PUT", address)
        more = {"Content-Length": str(len(piece)), "Content-Type": "application/octet-stream"}
        for name, value in {**self._site.headers, **more}.items():
            connection.putheader(name, value)
        connection.endheaders()
        try:
            for start in range(0, len(piece), PIECE):
                connection.send(piece[start : start + PIECE])
                self._line.carry(min(PIECE, len(piece) - start), era)
                if self._over.is_set():
                    raise Cut
            answer = connection.getresponse()
        except Cut:
            # No goodbye: a reset, as after a lift.
            linger = struct.pack("ii", 1, 0)
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            raise
        finally:
            connection.close()
        if answer.status != 200:
            raise SystemExit(f"a part was answered with {answer.status}")

    def finish(self) -> str:
        """The address of the video that was made of it."""
        fields = urlencode({"upload": self.upload, "title": "", "captions_vtt": ""}).encode()
        told = self._site.ask("POST", ADD, fields, "application/x-www-form-urlencoded")
        if not told.get("success"):
            raise SystemExit(f"not finished: {told}")
        return str(told["url"])


@dataclass(frozen=True)
class Outcome:
    """What went over the line, and what the web server needed at most for it."""

    size: int
    sent: int
    cuts: int
    resumed_with: int
    upload: str
    before_mb: float
    peak_mb: float


def bring(site: Site, film: Film, cuts: Sequence[float] = CUTS, reload: float = RELOAD) -> Outcome:
    """Upload the film over a line that breaks, with a reload.

    Args:
        cuts, reload: at which shares of the film.
    """
    before = max(site.peaks_mb().values())
    line = Line([share * film.size for share in cuts], reload * film.size)
    if Sender(site, film, line).send():
        raise SystemExit("the film was there before the page was reloaded")
    again = Sender(site, film, line)
    resumed_with = len(again.arrived)
    again.send()
    again.finish()
    peak = max(site.peaks_mb().values())
    return Outcome(film.size, line.sent, line.cuts, resumed_with, again.upload, before, peak)


# ---------------------------------------------------------------- processes


@contextmanager
def served(environment: dict[str, str], var: Path) -> Iterator[Site]:
    """The web service of ``./run``, by its own command; nobody is signed in."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        port = listening.getsockname()[1]
        service = serve.web_service(Project(ROOT, var, environment), listening.fileno())
        with service.log.open("ab") as output:
            server = subprocess.Popen(
                [sys.executable, *service.command[1:]], cwd=ROOT, env=environment,
                stdout=output, stderr=output, pass_fds=[listening.fileno()],
            )  # fmt: skip
        try:
            yield Site(port, server.pid)
        finally:
            server.terminate()
            server.wait(timeout=30)


def build() -> int:
    """An empty site with one editor; prints the editor's session."""
    _site.make_ready()
    from lms.accounts.models import Role
    from media.incoming.digests import PART_BYTES
    from tests import people

    units = people.make_units()
    editor = people.make_staff(Role.COURSE_EDITOR, "小何", username="he", unit=units.city)
    print(json.dumps({"session": _school.session(editor), "part_bytes": PART_BYTES}))
    return 0


def report(outcome: Outcome, seconds: float, found: str, expected: str) -> int:
    """Print the figures; returns the exit code."""
    figures = _site.Figures(BARS)
    say = figures.say
    say(
        "upload_mb",
        round(outcome.size / 1e6, 1),
        "MB",
        seconds=round(seconds, 1),
        hash_equal=found == expected,
    )
    say("upload_web_peak_mb", round(outcome.peak_mb, 1), "MB", of="the largest web process")
    say("upload_web_growth_mb", round(outcome.peak_mb - outcome.before_mb, 1), "MB",
        since="a film of a few parts")  # fmt: skip
    say("upload_cuts", outcome.cuts, "cuts", reloads=1, resumed_with_parts=outcome.resumed_with)
    say("upload_resent_mb", round((outcome.sent - outcome.size) / 1e6, 1), "MB")
    return int(figures.failed or found != expected or outcome.cuts != len(CUTS))


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench upload", description=__doc__)
    parser.add_argument("--mb", type=int, default=2000, help="size of the film, millions of bytes")
    parser.add_argument("--build", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.build:
        return build()
    with tempfile.TemporaryDirectory(prefix="lms-upload-", ignore_cleanup_errors=True) as folder:
        environment = _site.on_a_file(Path(folder))
        told = _site.in_a_process("upload", "--build", env=environment)
        with served(environment, Path(folder)) as open_site:
            site = replace(open_site, session=told["session"])
            bring(site, Film(8 * told["part_bytes"], told["part_bytes"]), cuts=())
            film = Film(given.mb * 10**6, told["part_bytes"])
            began = time.monotonic()
            outcome = bring(site, film)
            seconds = time.monotonic() - began
        original = Path(folder) / "videos" / "originals" / outcome.upload
        with original.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        return report(outcome, seconds, found, film.sha256())


if __name__ == "__main__":
    sys.exit(main())
