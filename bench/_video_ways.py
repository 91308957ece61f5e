"""The pipeline, one bare ffmpeg, and the ways of MediaCMS and PeerTube with the same files."""

from __future__ import annotations

import functools
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from bench._video_world import load

# Short side -> (bits per second in MediaCMS's table, bits per pixel in PeerTube's).
SIZES = {720: (2_500_000, 0.11), 480: (1_000_000, 0.12), 360: (500_000, 0.15), 240: (300_000, 0.17)}


@dataclass
class Cost:
    """What one way costs: seconds by the clock and of processor time for each file and turn, and
    bytes of 720p for all files."""

    walls_s: list[list[float]] = field(default_factory=list)
    cpus_s: list[list[float]] = field(default_factory=list)
    bytes_720p: int = 0
    quality: list[float] = field(default_factory=list)

    @contextmanager
    def measured(self) -> Iterator[None]:
        began, used = time.monotonic(), _used_s()
        yield
        self.walls_s[-1].append(time.monotonic() - began)
        self.cpus_s[-1].append(_used_s() - used)

    def next_file(self) -> None:
        self.walls_s.append([])
        self.cpus_s.append([])

    @property
    def cpu_s(self) -> float:
        """For all files once."""
        return sum(fmean(turns) for turns in self.cpus_s)

    def walls_against(self, other: Cost) -> list[float]:
        """Time by the clock beside the other's, for each file: its turns came before and after."""
        pairs = zip(self.walls_s, other.walls_s, strict=True)
        return [fmean(mine) / fmean(theirs) for mine, theirs in pairs]


def _used_s() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


@dataclass(frozen=True)
class Source:
    """A file and what its probe said."""

    path: Path
    container: str
    facts: Any
    plan: Any

    @property
    def sides(self) -> dict[int, tuple[int, int]]:
        """Width and height of each size in our ladder, by its short side."""
        return {min(r.width_px, r.height_px): (r.width_px, r.height_px) for r in self.plan.rungs}


def tool() -> str:
    from media import ffmpeg

    return str(ffmpeg.tools().ffmpeg)


def ffmpeg_run(arguments: list[str], cwd: Path) -> None:
    alone([tool(), "-hide_banner", "-nostdin", "-y", "-loglevel", "error", *arguments], cwd)


# As ``media/launch.py`` does it.
STEP_BACK = '{ echo 15 > /proc/self/autogroup; } 2>/dev/null; exec nice -n 15 "$@"'


def alone(command: list[str], cwd: Path) -> None:
    """Run a program as the pipeline runs its own: in a session of its own, which steps back as a whole.

    Where sessions share the processors (Linux's autogroups), a program of this session would
    otherwise get another share of a busy machine than the pipeline's.
    """
    subprocess.run(
        ["/bin/sh", "-c", STEP_BACK, "sh", *command],
        cwd=cwd,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "SVT_LOG": "1"},
    )


# --- The four ways ------------------------------------------------------------------------------
def pipeline(source: Source, folder: Path) -> Path:
    """Upload to published, every job of it, in this process; returns the 720p playlist."""
    from django.conf import settings

    from lms.base import clock
    from lms.base.jobs import api as jobs
    from media.api import add_video

    video = add_video(source.path, title=source.path.stem, by=None, at=clock.now())
    jobs.run_due()
    video.refresh_from_db()
    if not video.published_prefix:
        raise SystemExit(f"{source.path.name}: {video.state} {video.reason}")
    return Path(settings.VAR_DIR) / "videos" / video.published_prefix / "720p" / "index.m3u8"


def floor(source: Source, folder: Path) -> Path:
    from media import ffmpeg, transcode
    from media.chunks import Chunk

    whole = Chunk(0, 0, source.plan.frames, is_last=True)
    given = transcode.Source(source.path, source.container, source.facts)
    outputs = transcode.picture_outputs(given, source.plan, whole, threads=0)
    outputs += transcode.sound_outputs(given, source.plan)
    alone(ffmpeg.compiled(outputs), folder)
    return folder / transcode.picture_file(source.plan.rungs[0])


def in_av1(source: Source, folder: Path) -> Path:
    """What the pipeline adds where AV1 is wanted, as one process."""
    from media import ffmpeg, ladder, transcode
    from media.chunks import Chunk

    plan = ladder.av1_plan(source.facts)
    given = transcode.Source(source.path, source.container, source.facts)
    whole = Chunk(0, 0, plan.frames, is_last=True)
    outputs = transcode.picture_outputs(given, plan, whole, threads=2)
    alone(ffmpeg.compiled(outputs), folder)
    return folder / transcode.picture_file(plan.rungs[0])


def in_mediacms_style(source: Source, folder: Path) -> Path:
    fps = round(source.plan.fps)
    for side, (width, height) in source.sides.items():
        cap = int(SIZES[side][0] * 1.5)
        options = (
            "-c:v libx264 -preset medium -crf 23 -profile:v main -pix_fmt yuv420p"
            " -force_key_frames expr:gte(t,n_forced*4)"
            f" -x264-params keyint={8 * fps}:keyint_min={4 * fps} -maxrate {cap} -bufsize {cap}"
            f" -vf scale={width}:{height}:flags=lanczos -c:a aac -b:a 128k -ac 2 {side}.mp4"
        )
        ffmpeg_run(["-i", str(source.path), *options.split()], folder)
        hls = ["-c", "copy", "-f", "hls", "-hls_time", "4", "-hls_playlist_type", "vod"]
        ffmpeg_run(["-i", f"{side}.mp4", *hls, f"{side}.m3u8"], folder)
    return folder / "720.mp4"


def in_peertube_style(source: Source, folder: Path) -> Path:
    fps = round(source.plan.fps)
    own = source.path.stat().st_size * 8 / source.facts.duration_s
    for side, (width, height) in source.sides.items():
        pixels = width * height * fps
        cap = int(max(0.02 * pixels, min(pixels * SIZES[side][1], 1.3 * own)))
        options = (
            f"-vf scale={width}:{height} -pix_fmt yuv420p -c:v libx264 -preset veryfast"
            f" -maxrate {cap} -bufsize {2 * cap} -b_strategy 1 -bf 16 -g {2 * fps} -c:a aac"
            " -f hls -hls_time 4 -hls_playlist_type vod -hls_segment_type fmp4"
            f" -hls_flags single_file -hls_fmp4_init_filename {side}-init.mp4 {side}.m3u8"
        )
        ffmpeg_run(["-i", str(source.path), *options.split()], folder)
    return folder / "720.m3u8"


WAYS: dict[str, Callable[[Source, Path], Path]] = {
    "pipeline": pipeline,
    "floor": floor,
    "AV1": in_av1,
    "MediaCMS style": in_mediacms_style,
    "PeerTube style": in_peertube_style,
}


# --- What came out ------------------------------------------------------------------------------
def picture_bytes(playable: Path) -> int:
    """Bytes of the picture alone: each way keeps its sound in its own manner."""
    with tempfile.NamedTemporaryFile(suffix=".mkv") as bare:
        ffmpeg_run(["-i", str(playable), "-map", "0:v", "-c", "copy", bare.name], playable.parent)
        return Path(bare.name).stat().st_size


@functools.cache
def measure_of_quality() -> tuple[str, str]:
    """An ffmpeg that has VMAF and its filter, or the one at hand with SSIM."""
    candidates = [tool()]
    try:
        import imageio_ffmpeg

        candidates.append(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        pass
    for candidate in candidates:
        listed = subprocess.run(
            [candidate, "-filters"], capture_output=True, text=True, check=False
        )
        if " libvmaf " in listed.stdout:
            return candidate, "libvmaf"
    return tool(), "ssim"


def quality(source: Source, playable: Path) -> float:
    """VMAF, or SSIM in per cent, of the 720p picture."""
    program, name = measure_of_quality()
    width, height = source.sides[720]
    scale = f"fps={source.plan.fps},scale={width}:{height}:flags=bicubic,format=yuv420p"
    graph = f"[0:v]{scale}[a];[1:v]{scale}[b];[a][b]{name}"
    inputs = [program, "-hide_banner", "-nostdin", "-i", str(playable), "-i", str(source.path)]
    said = subprocess.run(
        [*inputs, "-lavfi", graph, "-an", "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    if name == "libvmaf":
        return float(re.findall(r"VMAF score: ([\d.]+)", said)[-1])
    return 100 * float(re.findall(r"All:([\d.]+)", said)[-1])


def sources(paths: list[Path], scratch: Path) -> list[Source]:
    from media import ladder, probe

    found = []
    for path in paths:
        facts = probe.examine(path, scratch=scratch)
        plan = ladder.plan(facts)
        if not any(min(rung.width_px, rung.height_px) == 720 for rung in plan.rungs):
            raise SystemExit(f"{path}: the comparison is of 720p, and this file has less")
        found.append(Source(path, probe.container_of(path), facts, plan))
    return found


def measured(files: list[Source], scratch: Path, *, with_quality: bool) -> dict[str, Cost]:
    from media import ffmpeg, transcode

    missing = {"AV1"} - ({"AV1"} if transcode.AV1_ENCODER in ffmpeg.tools().encoders else set())
    ways = {name: way for name, way in WAYS.items() if name not in missing}
    costs = {name: Cost() for name in ways}
    for source in files:
        for cost in costs.values():
            cost.next_file()
        # The floor before and after, so that a load that comes or goes meets both alike.
        for name, way in [("floor", floor), *ways.items()]:
            folder = scratch / name.split()[0]
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            with costs[name].measured():
                playable = way(source, folder)
            wall_s, cpu_s = costs[name].walls_s[-1][-1], costs[name].cpus_s[-1][-1]
            print(
                f"{source.path.name}: {name} {wall_s:.1f} s, {cpu_s:.1f} s of processor time,"
                f" load {load()}",
                file=sys.stderr,
            )
            if len(costs[name].walls_s[-1]) > 1:
                continue
            costs[name].bytes_720p += picture_bytes(playable)
            if with_quality and name != "floor":
                costs[name].quality.append(quality(source, playable))
    return costs


class Largest:
    """The most memory that programs of the pipeline took at one time, beside the worker's own."""

    def __init__(self) -> None:
        self._ran: list[tuple[float, float, int]] = []  # began, ended, most bytes

    @contextmanager
    def noted(self) -> Iterator[None]:
        from media import process

        run = process.run

        def watched(*args: Any, **more: Any) -> process.Outcome:
            began = time.monotonic()
            outcome = run(*args, **more)
            self._ran.append((began, time.monotonic(), outcome.peak_bytes))
            return outcome

        process.run = watched
        try:
            yield
        finally:
            process.run = run

    @property
    def bytes(self) -> int:
        """As if all that ran side by side had met their peaks together."""
        return max(
            sum(peak for began, ended, peak in self._ran if began <= moment < ended)
            for moment, _, _ in self._ran
        )

    @property
    def with_worker(self) -> float:
        """MB of the programs and of the worker that waits for them."""
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        return (self.bytes + own) / 1e6
