"""What a recording holds, as read from ffprobe's JSON or from the header that ffmpeg prints.

Pure: text in, facts out. Two readers, because the static ffmpeg that comes as a wheel has no
ffprobe beside it.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

_INTERLACED = frozenset({"tt", "bb", "tb", "bt"})


@dataclass(frozen=True)
class Picture:
    """The video track. Width and height as seen: turned upright, square pixels.

    Args:
        fps: average frames per second; 0 when the file does not say.
        length_s: of this track; None when the file does not say.
        bits_per_pixel: what a quick encode of a few seconds cost, which tells slides from a
            camera; None when it was not tried.
    """

    index: int
    codec: str
    width_px: int
    height_px: int
    fps: Fraction
    length_s: float | None = None
    is_interlaced: bool = False
    bits_per_pixel: float | None = None


@dataclass(frozen=True)
class Sound:
    """The audio track; ``bits_per_s`` is 0 when the file does not say."""

    index: int
    codec: str
    bits_per_s: int = 0
    length_s: float | None = None


@dataclass(frozen=True)
class Facts:
    """A recording as far as its header tells; ``duration_s`` is 0 when it does not."""

    duration_s: float
    picture: Picture | None
    sound: Sound | None
    pictures: int
    sounds: int
    streams: int

    def as_json(self) -> dict[str, Any]:
        """For the ``Video`` row; ``from_json`` reads it back."""
        values = dataclasses.asdict(self)
        if self.picture:
            values["picture"]["fps"] = str(self.picture.fps)
        return values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Facts:
        picture, sound = values["picture"], values["sound"]
        if picture:
            picture = Picture(**{**picture, "fps": Fraction(picture["fps"])})
        return cls(
            **{**values, "picture": picture, "sound": Sound(**sound) if sound else None},
        )


def upright(width: int, height: int, *, turn: float, pixel: Fraction) -> tuple[int, int]:
    """Size as seen: ``turn`` in degrees, ``pixel`` is the width of a pixel for height 1."""
    if pixel > 0 and pixel != 1:
        width = round(width * pixel)
    return (height, width) if round(turn / 90) % 2 else (width, height)


# --- ffprobe -----------------------------------------------------------------------------------


def from_ffprobe(answer: dict[str, Any]) -> Facts:
    """Read ``ffprobe -show_format -show_streams -of json``."""
    streams = answer.get("streams", [])
    moving = [
        stream
        for stream in streams
        if stream.get("codec_type") == "video"
        and not stream.get("disposition", {}).get("attached_pic")
    ]
    audible = [stream for stream in streams if stream.get("codec_type") == "audio"]
    return Facts(
        duration_s=_seconds(answer.get("format", {}).get("duration")) or 0,
        picture=_picture(moving[0]) if moving else None,
        sound=_sound(audible[0]) if audible else None,
        pictures=len(moving),
        sounds=len(audible),
        streams=len(streams),
    )


def _picture(stream: dict[str, Any]) -> Picture:
    turn = next(
        (data["rotation"] for data in stream.get("side_data_list", []) if "rotation" in data),
        stream.get("tags", {}).get("rotate", 0),
    )
    width, height = upright(
        int(stream.get("width", 0)),
        int(stream.get("height", 0)),
        turn=float(turn),
        pixel=_ratio(stream.get("sample_aspect_ratio", ""), ":"),
    )
    return Picture(
        index=stream["index"],
        codec=stream.get("codec_name", ""),
        width_px=width,
        height_px=height,
        fps=_ratio(stream.get("avg_frame_rate", ""), "/")
        or _ratio(stream.get("r_frame_rate", ""), "/"),
        length_s=_seconds(stream.get("duration")),
        is_interlaced=stream.get("field_order") in _INTERLACED,
    )


def _sound(stream: dict[str, Any]) -> Sound:
    return Sound(
        index=stream["index"],
        codec=stream.get("codec_name", ""),
        bits_per_s=int(stream.get("bit_rate", 0)),
        length_s=_seconds(stream.get("duration")),
    )


def _seconds(text: str | None) -> float | None:
    try:
        seconds = float(text or "")
    except ValueError:
        return None
    return seconds if seconds > 0 else None


def _ratio(text: str, sign: str) -> Fraction:
    above, _, below = text.partition(sign)
    try:
        return max(Fraction(int(above), int(below or 1)), Fraction(0))
    except (ValueError, ZeroDivisionError):
        return Fraction(0)


# --- ffmpeg's printed header -------------------------------------------------------------------

# Exactly two spaces: a title in the file's tags is printed further in, so it cannot pose as one.
_STREAM = re.compile(r"^  Stream #0:(\d+)(?:\[[^\]]*\])?(?:\([^)]*\))?: (Video|Audio|\w+): (.*)$")
_LENGTH = re.compile(r"^  Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)")
_SIZE = re.compile(r" (\d{1,6})x(\d{1,6})\b(?: \[SAR (\d+):(\d+) DAR)?")
_FPS = re.compile(r" ([\d.]+)(k?) fps\b")
_TBR = re.compile(r" ([\d.]+)(k?) tbr\b")
_RATE = re.compile(r" (\d+) kb/s")
_TURN = re.compile(r"^ +(?:displaymatrix|Display Matrix): rotation of (-?[\d.]+) degrees")
# What ffmpeg rounds to two places when it prints.
_EXACT = {
    "23.98": Fraction(24000, 1001),
    "29.97": Fraction(30000, 1001),
    "59.94": Fraction(60000, 1001),
}


def from_header(text: str) -> Facts:
    """Read what ``ffmpeg -i`` prints about its input."""
    duration_s = 0.0
    moving: list[Picture] = []
    audible: list[Sound] = []
    streams = 0
    for line in text.splitlines():
        if line.startswith(("Stream mapping:", "Output #")):
            break
        if found := _LENGTH.match(line):
            duration_s = int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3])
        elif found := _STREAM.match(line):
            streams += 1
            index, kind, about = int(found[1]), found[2], found[3]
            if kind == "Video" and "(attached pic)" not in about:
                moving.append(_picture_from_line(index, about))
            elif kind == "Audio":
                rate = _RATE.search(about)
                bits = int(rate[1]) * 1000 if rate else 0
                audible.append(Sound(index, about.split()[0].rstrip(","), bits))
        elif (found := _TURN.match(line)) and moving and moving[-1].index == streams - 1:
            last = moving[-1]
            width, height = upright(
                last.width_px, last.height_px, turn=float(found[1]), pixel=Fraction(1)
            )
            moving[-1] = dataclasses.replace(last, width_px=width, height_px=height)
    return Facts(
        duration_s=duration_s,
        picture=moving[0] if moving else None,
        sound=audible[0] if audible else None,
        pictures=len(moving),
        sounds=len(audible),
        streams=streams,
    )


def _picture_from_line(index: int, about: str) -> Picture:
    size = _SIZE.search(about)
    width = height = 0
    if size:
        pixel = _ratio(f"{size[3]}:{size[4]}", ":") if size[3] else Fraction(1)
        width, height = upright(int(size[1]), int(size[2]), turn=0, pixel=pixel)
    fps = _FPS.search(about) or _TBR.search(about)
    return Picture(
        index=index,
        codec=about.split()[0].rstrip(","),
        width_px=width,
        height_px=height,
        fps=_printed_rate(fps[1], fps[2]) if fps else Fraction(0),
        is_interlaced=any(word in about for word in ("top first", "bottom first", "top coded")),
    )


def _printed_rate(number: str, thousands: str) -> Fraction:
    return _EXACT.get(number) or Fraction(number) * (1000 if thousands else 1)
