"""Encoding: one decode of a chunk feeds the whole ladder, each size scaled from the one before.

Measured on the sample lectures, one process with chained scaling needs about 60 % of the
processor time of one process per size. Sound is encoded once for the whole recording, because
the encoder's priming would click at every border; packaging copies it to every size.
"""

from __future__ import annotations

import dataclasses
import functools
import logging
import math
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

from media import chunks, ffmpeg, loudness, probe, refusals, together
from media.chunks import Chunk
from media.facts import Facts
from media.ladder import Codec, Plan, Rung

log = logging.getLogger(__name__)
SOUND_FILE = "sound.m4a"
AV1_ENCODER = "libsvtav1"
_SOUND_HZ = 48_000
# Samples that the AAC encoder puts before the first one (its priming).
_PRIMING = 1024
_MOST_AT_ONCE = 4
# How much longer than its header says a film may run.
_BEYOND_S = 2
# The least of looking for movement, which slides have none of.
_STILL = "subme=1:me=dia:merange=4"


@dataclasses.dataclass(frozen=True)
class Source:
    """An original at hand: where it is, which demuxer opens it, what its probe said."""

    path: Path
    container: str
    facts: Facts


def picture_file(rung: Rung) -> str:
    return f"picture-{rung.name}.mp4"


def encode_picture(
    source: Source,
    plan: Plan,
    chunk: Chunk,
    *,
    into: Path,
    on_progress: Callable[[float, float], None],
) -> list[str]:
    """Write the frames of one chunk into folders of ``into``, one file per rung in each.

    Every processor gets a stretch of its own, because threads within one encoder wait for each
    other: on two, the same ladder costs a tenth more processor time with two threads.

    Args:
        on_progress: called with the share done (0 to 1) and the speed (1 = real time).

    Returns:
        The names of the folders in the order of the stretches.

    Raises:
        FileRefused: cut off, too heavy, or damaged beyond decoding.
    """
    cut = chunks.slices(plan, chunk, _side_by_side(plan))
    folders = [str(stretch.number) for stretch in cut]
    for folder in folders:
        (into / folder).mkdir()
    threads = settings.ENCODER_THREADS if len(cut) == 1 else 1

    def encode(stretch: Chunk, on_report: Callable[[ffmpeg.Progress], None]) -> None:
        last = _run(
            picture_outputs(source, plan, stretch, threads=threads),
            seconds=float(stretch.frames / plan.fps),
            into=into / folders[stretch.number],
            on_report=on_report,
        )
        _refuse_too_short(plan, stretch, last.frames)

    def tell(reports: Sequence[ffmpeg.Progress]) -> None:
        frames, speed = sum(r.frames for r in reports), sum(r.speed for r in reports)
        on_progress(min(1.0, frames / chunk.frames), speed)

    together.run([functools.partial(encode, stretch) for stretch in cut], on_report=tell)
    return folders


def _side_by_side(plan: Plan) -> int:
    """How many encoders this worker runs at once: memory is the limit, 200 MB each."""
    if plan.codec == Codec.AV1:  # 500 MB with one thread
        return 1
    return min(settings.ENCODER_THREADS or _processors(), _MOST_AT_ONCE)


def _processors() -> int:
    if sys.platform == "linux":  # a container may be given fewer than there are
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _refuse_too_short(plan: Plan, chunk: Chunk, frames: int) -> None:
    """Of all chunks but the last, a frame too few would put sound and picture out of step."""
    reached_s = float(chunk.start_s(plan.fps)) + float(frames / plan.fps)
    if chunk.is_last:
        probe.refuse_if_cut_off(reached_s, plan.duration_s)
    elif frames < chunk.frames:
        raise refusals.CutOff(expected=probe.clock(plan.duration_s), actual=probe.clock(reached_s))


def encode_sound(
    source: Source, plan: Plan, *, into: Path, on_progress: Callable[[float, float], None]
) -> None:
    """Write the sound, as long as the plan, into the folder ``into``.

    Raises:
        FileRefused: cut off, too heavy, or damaged beyond decoding.
    """
    sound = source.facts.sound
    assert sound is not None  # noqa: S101 - a plan with speech has one
    heard = loudness.measure(
        source.path, source.container, sound.index, seconds=plan.duration_s, scratch=into
    )
    last = _run(
        sound_outputs(source, plan, heard),
        seconds=plan.duration_s,
        into=into,
        on_report=lambda report: on_progress(
            min(1.0, report.out_s / plan.duration_s), report.speed
        ),
    )
    if not plan.rungs:  # beside a picture silence fills the end, and the picture is judged
        probe.refuse_if_cut_off(last.out_s, plan.duration_s)


def _run(
    outputs: Sequence[Any],
    *,
    seconds: float,
    into: Path,
    on_report: Callable[[ffmpeg.Progress], None],
) -> ffmpeg.Progress:
    limits = ffmpeg.limits_for(seconds, file_bytes=8 * ffmpeg.GIB)
    outcome, last = ffmpeg.run(
        ffmpeg.compiled(outputs), limits=limits, cwd=into, on_progress=on_report
    )
    if outcome.stopped:
        raise refusals.TooHeavy(outcome.stopped)
    if outcome.returncode < 0:  # killed from outside, e.g. for want of memory: worth another try
        raise RuntimeError(f"ffmpeg ended by signal {-outcome.returncode}")
    if not outcome.is_fine:
        raise refusals.Broken(outcome.stderr[-500:])
    log.info(
        "%.0f s of lecture encoded: %.1f s, %.1f s of processor time, %.0f MB at most",
        seconds,
        outcome.wall_s,
        outcome.cpu_s,
        outcome.peak_bytes / 1e6,
    )
    return last


def picture_outputs(source: Source, plan: Plan, chunk: Chunk, *, threads: int) -> list[Any]:
    """One output per rung, relative to the folder that ffmpeg runs in.

    Args:
        threads: of the decoder and of each encoder; 0 is ffmpeg's choice.
    """
    picture = source.facts.picture
    assert picture is not None  # noqa: S101 - a plan with rungs has one
    # Not the exact seek: that drops the picture which began before the chunk and still stands,
    # and of a screen recording that may be the only one for minutes.
    seek = {"ss": f"{float(chunk.start_s(plan.fps)):.6f}", "noaccurate_seek": None}
    opened = ffmpeg.source(
        source.path, source.container, **_threads(threads), **(seek if chunk.first else {})
    )
    steady = _steady(opened[str(picture.index)], plan, chunk)
    return [
        ffmpeg.graph.output(scaled, picture_file(rung), **_picture_options(rung, plan, threads))
        for rung, scaled in zip(plan.rungs, _chain(steady, plan.rungs), strict=True)
    ]


def sound_outputs(source: Source, plan: Plan, heard: loudness.Loudness | None = None) -> list[Any]:
    sound = source.facts.sound
    assert sound is not None  # noqa: S101 - a plan with speech has one
    opened = ffmpeg.source(source.path, source.container)
    speech = _evened(opened[str(sound.index)], heard)
    speech = _speech(speech, endless=bool(plan.rungs))
    return [ffmpeg.graph.output(speech, SOUND_FILE, **_sound_options(plan))]


def _steady(picture: Any, plan: Plan, chunk: Chunk) -> Any:
    """A constant rate from the chunk's begin on, so that all sizes have key frames together."""
    if plan.deinterlace:
        picture = picture.filter("yadif", deint="interlaced")
    if plan.hold_s and chunk.is_last:
        picture = picture.filter("tpad", stop_mode="clone", stop_duration=round(plan.hold_s, 3))
    picture = picture.filter("fps", fps=str(plan.fps), start_time=0)
    # A film may end a little later than it says, but not a day later.
    beyond = math.ceil(_BEYOND_S * plan.fps) if chunk.is_last else 0
    return picture.filter("trim", end_frame=chunk.frames + beyond)


def _chain(picture: Any, rungs: tuple[Rung, ...]) -> list[Any]:
    scaled = []
    for place, rung in enumerate(rungs):
        picture = picture.filter("scale", rung.width_px, rung.height_px, flags="bicubic")
        if place == 0:
            picture = picture.filter("setsar", 1).filter("format", "yuv420p")
        if place == len(rungs) - 1:
            scaled.append(picture)
        else:
            forked = picture.filter_multi_output("split")
            scaled.append(forked[0])
            picture = forked[1]
    return scaled


def _evened(sound: Any, heard: loudness.Loudness | None) -> Any:
    """The same gain from beginning to end, so that pauses stay quiet; peaks are rounded."""
    gain = loudness.gain_db(heard)
    if gain:
        sound = sound.filter("volume", f"{gain:.1f}dB")
    if gain > 0 and loudness.needs_limiter(heard, gain):
        limit = round(10 ** (loudness.PEAK_DBFS / 20), 3)
        sound = sound.filter("alimiter", limit=limit, attack=5, release=80, level=0)
    return sound


def _speech(sound: Any, *, endless: bool) -> Any:
    """Mono, because half of the riders listen with one ear; from second 0, gaps filled.

    The encoder's priming is cut off beforehand, so that sound and picture are in step also
    in players that ignore edit lists (all that feed Media Source Extensions). Beside a
    picture, silence is added to the picture's end: a shorter track would stall the player.
    """
    sound = (
        sound.filter("aresample", _SOUND_HZ, **{"async": 1, "first_pts": 0})
        .filter("aformat", channel_layouts="mono")
        .filter("atrim", start_sample=_PRIMING)
        .filter("asetpts", "PTS-STARTPTS")
    )
    return sound.filter("apad") if endless else sound


def _picture_options(rung: Rung, plan: Plan, threads: int) -> dict[str, Any]:
    return {
        **(_av1_options if plan.codec == Codec.AV1 else _h264_options)(rung, plan, threads),
        "crf": rung.crf,
        "g": plan.gop_frames,
        "use_editlist": 0,
        **_STRIPPED,
    }


def _h264_options(rung: Rung, plan: Plan, threads: int) -> dict[str, Any]:
    return {
        "c:v": "libx264",
        "preset": plan.preset,
        # Slides are flat areas with sharp edges, which is what this tune is for.
        "tune": "animation",
        "maxrate": rung.cap_bps,
        "bufsize": rung.cap_bps * 2,
        "profile:v": rung.profile,
        "keyint_min": plan.gop_frames,
        "sc_threshold": 0,
        "movflags": "+negative_cts_offsets",
        **({"x264-params": _STILL} if plan.still else {}),
        **_threads(threads),
    }


def _av1_options(rung: Rung, plan: Plan, threads: int) -> dict[str, Any]:
    # Four encoders side by side, and each keeps pictures for every thread: two need 640 MB.
    threads = min(threads or 2, 2)
    return {
        "c:v": AV1_ENCODER,
        "preset": plan.preset,
        # Key frames only where the plan has them, and nothing reaches across one.
        "svtav1-params": f"lp={threads}:irefresh-type=2:scd=0",
    }


def _threads(threads: int) -> dict[str, int]:
    """For the decoder (before ``-i``) and each encoder alike."""
    return {"threads": threads} if threads else {}


def _sound_options(plan: Plan) -> dict[str, Any]:
    return {
        "c:a": "aac",
        # The default one tries every scale factor for four times the time; at what speech gets, the
        # samples of this one are nearer to the original (56 kbit/s: 26 dB instead of 17).
        "aac_coder": "fast",
        "b:a": plan.speech_bps,
        "t": round(plan.duration_s, 3),
        "avoid_negative_ts": "make_zero",
        "use_editlist": 0,
        **_STRIPPED,
    }


# A phone writes where it filmed into the file: nothing of that goes on.
_STRIPPED = {"map_metadata": -1, "map_chapters": -1, "fflags": "+bitexact"}
