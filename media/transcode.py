"""Encoding: one decode feeds the whole ladder, each size scaled from the one before.

Measured on the sample lectures, one process with chained scaling needs about 60 % of the
processor time of one process per size. Sound is encoded once; packaging copies it to every size.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from media import ffmpeg, probe, refusals
from media.facts import Facts
from media.ladder import Plan, Rung

log = logging.getLogger(__name__)
SOUND_FILE = "sound.m4a"
_SOUND_HZ = 48_000
# Samples that the AAC encoder puts before the first one (its priming).
_PRIMING = 1024


def picture_file(rung: Rung) -> str:
    return f"picture-{rung.name}.mp4"


def encode(
    original: Path,
    container: str,
    facts: Facts,
    plan: Plan,
    *,
    into: Path,
    on_progress: Callable[[float, float], None],
) -> None:
    """Write one picture file per rung and one sound file into the folder ``into``.

    Args:
        on_progress: called with the share done (0 to 1) and the speed (1 = real time).

    Raises:
        FileRefused: cut off, too heavy, or damaged beyond decoding.
    """
    limits = ffmpeg.limits_for(plan.duration_s, file_bytes=8 * ffmpeg.GIB)
    outcome, last = ffmpeg.run(
        command(original, container, facts, plan),
        limits=limits,
        cwd=into,
        on_progress=lambda report: on_progress(
            min(1.0, _done_s(report, plan) / plan.duration_s), report.speed
        ),
    )
    if outcome.stopped:
        raise refusals.TooHeavy(outcome.stopped)
    if outcome.returncode < 0:  # killed from outside, e.g. for want of memory: worth another try
        raise RuntimeError(f"ffmpeg ended by signal {-outcome.returncode}")
    if not outcome.is_fine:
        raise refusals.Broken(outcome.stderr[-500:])
    log.info(
        "%.0f s of lecture encoded: %.1f s, %.1f s of processor time, %.0f MB at most",
        plan.duration_s,
        outcome.wall_s,
        outcome.cpu_s,
        outcome.peak_bytes / 1e6,
    )
    probe.refuse_if_cut_off(_done_s(last, plan), plan.duration_s)


def _done_s(report: ffmpeg.Progress, plan: Plan) -> float:
    """Seconds written; by the picture, because the sound beside it is filled up with silence."""
    return float(report.frames / plan.fps) if plan.rungs else report.out_s


def command(original: Path, container: str, facts: Facts, plan: Plan) -> list[str]:
    """The ffmpeg command; outputs are relative to the folder it runs in."""
    source = ffmpeg.source(original, container)
    outputs = []
    if facts.picture and plan.rungs:
        steady = _steady(source[str(facts.picture.index)], plan)
        outputs += [
            ffmpeg.graph.output(scaled, picture_file(rung), **_picture_options(rung, plan))
            for rung, scaled in zip(plan.rungs, _chain(steady, plan.rungs), strict=True)
        ]
    if facts.sound and plan.speech_bps:
        sound = _speech(source[str(facts.sound.index)], endless=bool(plan.rungs))
        outputs.append(ffmpeg.graph.output(sound, SOUND_FILE, **_sound_options(plan)))
    return ffmpeg.compiled(outputs)


def _steady(picture: Any, plan: Plan) -> Any:
    """A constant rate from second 0 on, so that all sizes have their key frames together."""
    if plan.deinterlace:
        picture = picture.filter("yadif", deint="interlaced")
    if plan.hold_s:
        picture = picture.filter("tpad", stop_mode="clone", stop_duration=round(plan.hold_s, 3))
    return picture.filter("fps", fps=str(plan.fps), start_time=0)


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


def _picture_options(rung: Rung, plan: Plan) -> dict[str, Any]:
    return {
        "c:v": "libx264",
        "preset": plan.preset,
        # Slides are flat areas with sharp edges, which is what this tune is for.
        "tune": "animation",
        "crf": rung.crf,
        "maxrate": rung.cap_bps,
        "bufsize": rung.cap_bps * 2,
        "profile:v": rung.profile,
        "g": plan.gop_frames,
        "keyint_min": plan.gop_frames,
        "sc_threshold": 0,
        "movflags": "+negative_cts_offsets",
        "use_editlist": 0,
        **_STRIPPED,
    }


def _sound_options(plan: Plan) -> dict[str, Any]:
    return {
        "c:a": "aac",
        "b:a": plan.speech_bps,
        "t": round(plan.duration_s, 3),
        "avoid_negative_ts": "make_zero",
        "use_editlist": 0,
        **_STRIPPED,
    }


# A phone writes where it filmed into the file: nothing of that goes on.
_STRIPPED = {"map_metadata": -1, "map_chapters": -1, "fflags": "+bitexact"}
