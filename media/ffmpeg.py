"""The one place that knows ffmpeg: where it is, what it can, and how it is called.

Graphs are built with ffmpeg-python and only compiled by it: its own ``run`` and ``probe``
have no limits. Inputs are always local files under generated names, opened with exactly one
demuxer (see ``sniff``); the whitelist matters more than the protocol list, because a playlist
may name other local files.
"""

from __future__ import annotations

import errno
import functools
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg as graph
from django.conf import settings

from media import process

NEEDED = frozenset({"libx264", "aac"})
GIB = 1024**3


class FfmpegMissing(RuntimeError):
    """No usable ffmpeg on this machine: a broken world, not a bad file."""


@dataclass(frozen=True)
class Tools:
    """The programs at hand. ``ffprobe`` is None with the wheel's static ffmpeg."""

    ffmpeg: Path
    ffprobe: Path | None
    encoders: frozenset[str]


@dataclass(frozen=True)
class Progress:
    """One report of a running ffmpeg: seconds written, frames of the first video output, speed."""

    out_s: float
    frames: int
    speed: float


def tools() -> Tools:
    """The ffmpeg of ``settings.FFMPEG``, else of PATH, else of the imageio-ffmpeg wheel.

    Raises:
        FfmpegMissing: there is none, or it lacks an encoder that we need.
    """
    return _look_for(settings.FFMPEG)


@functools.lru_cache
def _look_for(wanted: Path | None) -> Tools:
    path = str(wanted) if wanted else shutil.which("ffmpeg") or _bundled()
    if not path or not Path(path).is_file():
        raise FfmpegMissing(
            "No ffmpeg found. Install ffmpeg, set LMS_FFMPEG, or install the extra `ffmpeg`."
        )
    beside = Path(path).with_name("ffprobe")
    probe = str(beside) if beside.is_file() else None if wanted else shutil.which("ffprobe")
    encoders = _encoders(path)
    if not encoders >= NEEDED:
        raise FfmpegMissing(f"{path} lacks {', '.join(sorted(NEEDED - encoders))}.")
    return Tools(Path(path).absolute(), Path(probe).absolute() if probe else None, encoders)


def _bundled() -> str:
    try:
        import imageio_ffmpeg
    except ImportError:
        return ""
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        return ""


def _encoders(path: str) -> frozenset[str]:
    listed = subprocess.run(
        [path, "-hide_banner", "-encoders"], capture_output=True, text=True, timeout=30, check=False
    ).stdout
    return frozenset(re.findall(r"^ [VASFXBD.]{6} (\S+)", listed, re.MULTILINE))


def input_options(container: str) -> dict[str, str]:
    """Options before ``-i``, for ffmpeg and ffprobe alike."""
    return {"protocol_whitelist": "file", "format_whitelist": container, "f": container}


def source(path: Path, container: str, **options: Any) -> Any:
    """A graph's input: one local file, one demuxer. ``None`` is an option without a value."""
    return graph.input(f"file:{path}", **options, **input_options(container))


def compiled(outputs: Iterable[Any], *, loglevel: str = "error") -> list[str]:
    """The whole command for these outputs, ready for ``run``."""
    merged = graph.merge_outputs(*outputs)
    command = graph.compile(merged, cmd=str(tools().ffmpeg), overwrite_output=True)
    quiet = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", loglevel]
    return [command[0], *quiet, "-progress", "pipe:1", *command[1:]]


def limits_for(duration_s: float, *, file_bytes: int) -> process.Limits:
    """Ten times the lecture's length and a minute: slower than that is not a lecture."""
    wall_s = 10 * duration_s + 60
    return process.Limits(
        wall_s=wall_s, cpu_s=int(2 * wall_s), file_bytes=file_bytes, memory_bytes=4 * GIB
    )


def run(
    command: Sequence[str],
    *,
    limits: process.Limits,
    cwd: Path,
    on_progress: Callable[[Progress], None] | None = None,
) -> tuple[process.Outcome, Progress]:
    """Run a compiled command; returns how it ended and its last report.

    Raises:
        OSError: the disk is full, or did not take the end of a file (worth another try, unlike a bad file).
        Starved: the machine is (as well).
    """
    reader = ProgressReader()

    def tick(lines: list[str]) -> None:
        reader.read(lines)
        if on_progress is not None:
            on_progress(reader.latest)

    outcome = process.run(command, limits=limits, cwd=cwd, on_tick=tick)
    _blame_the_disk(outcome, cwd)
    outcome.blame_the_machine()
    return outcome, reader.latest


def _blame_the_disk(outcome: process.Outcome, cwd: Path) -> None:
    """Whatever the exit code: it is 0 where only the end of a file could not be written, and without its end an
    MP4 opens nowhere.
    """
    for number in (errno.ENOSPC, errno.EDQUOT):
        if os.strerror(number) in outcome.stderr:
            raise OSError(number, os.strerror(number), str(cwd))
    if outcome.is_fine and any(words in outcome.stderr for words in _END_IS_MISSING):
        raise OSError(errno.EIO, outcome.stderr[-500:], str(cwd))


_END_IS_MISSING = ("Error writing trailer", "Error closing file")


class ProgressReader:
    """Turns the ``key=value`` lines of ``-progress`` into reports."""

    def __init__(self) -> None:
        self.latest = Progress(0, 0, 0)
        self._seen: dict[str, str] = {}

    def read(self, lines: Iterable[str]) -> None:
        for line in lines:
            key, _, value = line.strip().partition("=")
            self._seen[key] = value.strip()
            if key == "progress":
                self.latest = Progress(
                    out_s=_number(self._seen.get("out_time_us", "")) / 1_000_000,
                    frames=int(_number(self._seen.get("frame", ""))),
                    speed=_number(self._seen.get("speed", "").rstrip("x")),
                )


def _number(text: str) -> float:
    try:
        return max(float(text), 0.0)
    except ValueError:  # "N/A" before the first frame
        return 0.0
