"""What kind of picture a lecture is, by what a quick encode of a few moments costs.

Slides stand still: a fast encoder with rare key frames makes them small. A camera's picture moves
and rustles, and wants the slower encoder. The header tells nothing of this.
"""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from pathlib import Path

from media import ffmpeg, process
from media.facts import Facts

_SAMPLES = (0.15, 0.45, 0.75)
_SAMPLE_S = 4
_FPS = 12
_SHORT_PX = 360
_LIMITS = process.Limits(
    wall_s=120, cpu_s=120, file_bytes=256 * 1024**2, memory_bytes=4 * ffmpeg.GIB
)


class Content(StrEnum):
    """What is seen for most of the time."""

    SLIDES = "slides"
    LECTURE = "lecture"  # slides with somebody talking in a corner, or a board
    CAMERA = "camera"


# Bits per pixel of the sample. Measured: slides with build-ups 0.02 to 0.05, the same with a small
# moving picture in a corner 0.11, a phone's picture with its noise 0.5 and more.
_SLIDES_BELOW, _LECTURE_BELOW = 0.07, 0.25


def kind(bits_per_pixel: float | None) -> Content:
    """By what the sample cost; an unknown picture is treated as the hardest. Pure."""
    if bits_per_pixel is None or bits_per_pixel >= _LECTURE_BELOW:
        return Content.CAMERA
    return Content.SLIDES if bits_per_pixel < _SLIDES_BELOW else Content.LECTURE


def sampled(facts: Facts, path: Path, container: str, *, scratch: Path) -> Facts:
    """The facts with the picture's ``bits_per_pixel``; unchanged if the sample did not succeed.

    Three moments are encoded small and fast: some seconds of one processor for any length.
    """
    picture = facts.picture
    if picture is None or facts.duration_s < _SAMPLE_S:
        return facts
    sample = scratch / "sample.mp4"
    try:
        outcome, last = ffmpeg.run(
            _command(facts, path, container, sample), limits=_LIMITS, cwd=scratch
        )
        if not outcome.is_fine or not last.frames:
            return facts
        bits = 8 * sample.stat().st_size
    finally:
        sample.unlink(missing_ok=True)
    width, height = _size(picture.width_px, picture.height_px)
    cost = round(bits / (width * height * last.frames), 4)
    return dataclasses.replace(facts, picture=dataclasses.replace(picture, bits_per_pixel=cost))


def _size(width_px: int, height_px: int) -> tuple[int, int]:
    shrink = min(1.0, _SHORT_PX / min(width_px, height_px))
    return max(2, int(width_px * shrink) // 2 * 2), max(2, int(height_px * shrink) // 2 * 2)


def _command(facts: Facts, path: Path, container: str, sample: Path) -> list[str]:
    picture = facts.picture
    assert picture is not None  # noqa: S101 - for mypy
    width, height = _size(picture.width_px, picture.height_px)
    # Seeking by the container's index: only these moments are read and decoded.
    moments = [
        ffmpeg.source(path, container, ss=round(facts.duration_s * share, 2), t=_SAMPLE_S)[
            str(picture.index)
        ]
        .filter("fps", _FPS)
        .filter("scale", width, height, flags="bilinear")
        .filter("setsar", 1)
        .filter("format", "yuv420p")
        for share in _SAMPLES
    ]
    joined = ffmpeg.graph.concat(*moments, v=1, a=0)
    options = {"c:v": "libx264", "preset": "ultrafast", "crf": 26, "g": 999}
    return ffmpeg.compiled([ffmpeg.graph.output(joined, sample.name, **options)])
