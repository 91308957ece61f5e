"""How loud a recording is, and what brings speech to one loudness: on the street nobody turns the knob.

Measured after EBU R 128 (ITU-R BS.1770): the first pass only listens.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from media import ffmpeg, process

# Usual for speech on phones (Apple Podcasts asks for it, AES TD1008 recommends -18 to -16).
TARGET_LUFS = -16.0
# A microphone in another room: more than this lifts the noise, not the voice.
MOST_DB = 20.0
PEAK_DBFS = -1.5
_SILENCE_LUFS = -60.0
_LIMITS = process.Limits(wall_s=600, cpu_s=600, file_bytes=1024**2, memory_bytes=4 * ffmpeg.GIB)
_INTEGRATED = re.compile(r"^\s+I:\s+(-?[\d.]+) LUFS", re.MULTILINE)
_PEAK = re.compile(r"^\s+Peak:\s+(-?[\d.]+) dBFS", re.MULTILINE)


@dataclass(frozen=True)
class Loudness:
    """Integrated loudness in LUFS and the highest sample in dBFS."""

    integrated: float
    peak: float


def measure(
    path: Path, container: str, index: int, *, seconds: float, scratch: Path
) -> Loudness | None:
    """Listen to the first ``seconds`` of a track once.

    Returns:
        None when it could not be told: the sound is then left as it is.
    """
    heard = ffmpeg.source(path, container, t=round(seconds, 3))[str(index)].filter(
        "ebur128", peak="sample", framelog="verbose"
    )
    command = ffmpeg.compiled([ffmpeg.graph.output(heard, "-", f="null")], loglevel="info")
    outcome, _ = ffmpeg.run(command, limits=_LIMITS, cwd=scratch)
    return parse(outcome.stderr) if outcome.is_fine else None


def parse(summary: str) -> Loudness | None:
    """Read the summary that ffmpeg's ebur128 prints at its end. Pure."""
    integrated, peak = _INTEGRATED.findall(summary), _PEAK.findall(summary)
    return Loudness(float(integrated[-1]), float(peak[-1])) if integrated and peak else None


def gain_db(heard: Loudness | None) -> float:
    """Decibels to add; 0 for silence, for the unknown and for what is right within half a decibel. Pure."""
    if heard is None or heard.integrated < _SILENCE_LUFS:
        return 0.0
    gain = min(TARGET_LUFS - heard.integrated, MOST_DB)
    return gain if abs(gain) > 0.5 else 0.0


def needs_limiter(heard: Loudness | None, gain: float) -> bool:
    """Whether peaks would clip after so much gain. Pure."""
    return heard is not None and heard.peak + gain > PEAK_DBFS
