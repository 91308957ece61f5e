"""First and second start of a fresh clone, and what is left behind after each kind of end.

Prints seconds until /healthz answers and until the sample films are playable, then checks that
Ctrl-C and kill -9 leave no process, and that a deleted var/ is made again. Ends with
``N passed, N failed`` and fits CI as it is.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


class Site:
    """One ``./run`` of one checkout."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self.port = folder, free_port()
        self.began = time.monotonic()
        self.output = folder.parent / f"output-{self.port}"
        with self.output.open("wb") as output:
            self.front = subprocess.Popen(
                [str(folder / "run"), "--port", str(self.port)],
                cwd="/",
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def health(self) -> dict[str, Any]:
        """The body of ``/healthz``; empty while nobody answers with 200."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as page:
                body = json.load(page)
        except (OSError, ValueError):
            return {}
        return body if isinstance(body, dict) else {}

    def wait_until(self, films: int, at_most_s: float) -> float | None:
        """Seconds since the start until so many films are ready (0: until it answers at all)."""
        while time.monotonic() - self.began < at_most_s and self.front.poll() is None:
            health = self.health()
            if health and health.get("videos_ready", 0) >= films:
                return time.monotonic() - self.began
            time.sleep(0.2)
        return None

    def processes(self) -> list[int]:
        """Every process that works in this checkout or was started from it."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                place = (entry / "cwd").readlink()
                words = (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if place.is_relative_to(self.folder) or str(self.folder) in words:
                found.append(int(entry.name))
        return found

    def end(self, signum: int, at_most_s: float = 20.0) -> float | None:
        """Seconds from the signal to the last process's end; None if some stayed."""
        began = time.monotonic()
        self.front.send_signal(signum)
        while time.monotonic() - began < at_most_s:
            self.front.poll()
            if not self.processes():
                return time.monotonic() - began
            time.sleep(0.05)
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        return None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def checkout(into: Path) -> None:
    """The last commit, as somebody else would get it; without git, the files as they lie here."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, into], check=True)
        return
    state = shutil.ignore_patterns(
        "var", ".venv", ".git", "__pycache__", "test-results", ".*_cache"
    )
    shutil.copytree(ROOT, into, ignore=state)


def bare_environment(folder: Path, *, ffmpeg: bool) -> dict[str, str]:
    """As on a new account: an empty home, no settings of this project."""
    home = folder / "home"
    home.mkdir()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LMS_", "PYTHON", "VIRTUAL_"))}
    # Not the environment this measurement runs in, and a shim needs the home it was made in.
    own = str(Path(sys.prefix, "bin"))
    path = [part for part in kept.get("PATH", os.defpath).split(os.pathsep) if part != own]
    kept |= {"HOME": str(home), "PATH": os.pathsep.join(path)}
    kept.setdefault("PYTHON", str(Path(sys.base_prefix, "bin", "python3")))
    if not ffmpeg:
        kept["PATH"] = str(without_ffmpeg(folder / "bin", path))
    return kept


def without_ffmpeg(folder: Path, path: list[str]) -> Path:
    """A folder with links to every program of the path but ffmpeg and ffprobe."""
    folder.mkdir()
    for part in path:
        for program in sorted(Path(part).glob("*")) if Path(part).is_dir() else []:
            link = folder / program.name
            if program.name not in ("ffmpeg", "ffprobe") and not link.is_symlink():
                link.symlink_to(program)
    return folder


class Report:
    """Measured lines and their verdicts."""

    def __init__(self) -> None:
        self.passed = self.failed = 0

    def add(self, what: str, seconds: float | None, site: Site) -> None:
        if seconds is not None:
            self.passed += 1
            print(f"  {what:<44} {seconds:6.1f} s", flush=True)
            return
        self.failed += 1
        print(f"  {what:<44} FAILED", flush=True)
        print(site.output.read_text(errors="replace")[-3000:], flush=True)


def measure(work: Path, given: argparse.Namespace) -> Report:
    report = Report()
    folder = work / "学历 提升"
    checkout(folder)
    environment = bare_environment(work, ffmpeg=not given.without_ffmpeg)
    site = Site(folder, environment)
    report.add("first start, until it answers", site.wait_until(0, given.at_most), site)
    if given.films:
        ready = site.wait_until(given.films, given.at_most)
        report.add(f"first start, until {given.films} films are playable", ready, site)
    report.add("Ctrl-C, until no process is left", site.end(signal.SIGINT), site)
    site = Site(folder, environment)
    report.add("second start, until it answers", site.wait_until(0, given.at_most), site)
    report.add("kill -9, until no process is left", site.end(signal.SIGKILL), site)
    shutil.rmtree(folder / "var")
    site = Site(folder, environment)
    report.add("without var/, until it answers", site.wait_until(0, given.at_most), site)
    report.add("SIGTERM, until no process is left", site.end(signal.SIGTERM), site)
    return report


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench start", description=__doc__)
    parser.add_argument("--films", type=int, default=0, help="wait until so many are playable")
    parser.add_argument("--at-most", type=float, default=300, help="seconds for one start")
    parser.add_argument("--without-ffmpeg", action="store_true", help="hide the system's ffmpeg")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lms-start-", ignore_cleanup_errors=True) as folder:
        report = measure(Path(folder), given)
    print(f"{report.passed} passed, {report.failed} failed")
    return int(report.failed > 0)


if __name__ == "__main__":
    sys.exit(main())
