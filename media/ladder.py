"""From facts to a plan: which sizes, how many frames a second, how much sound. Pure.

Change ``RECIPE`` whenever the outcome for the same file would change: it is part of the
address under which renditions are kept.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from media.content import Content, kind
from media.facts import Facts, Picture, Sound

RECIPE = "h5"
SOUND_SEGMENT_S = 6
MAX_FPS = 30
# A source a little below a rung (cropped screen, 704 instead of 720) still fills it, in its own size.
NEARLY = 0.9
SPEECH_BPS = 64_000
LEAST_SPEECH_BPS = 32_000


@dataclass(frozen=True)
class Rung:
    """One size of the picture.

    Args:
        name: by short side, e.g. ``360p``; ``360pav1`` for the same in AV1.
        crf: the encoder's constant quality, lower is better.
        cap_bps: what quality may cost at most, averaged over a few seconds.
        profile: H.264 profile; old phones decode no more than Main.
    """

    name: str
    width_px: int
    height_px: int
    crf: int
    cap_bps: int
    profile: str


@dataclass(frozen=True)
class Tuning:
    """How a kind of picture is encoded best.

    Args:
        preset: the encoder's; what slides gain from a slower one is not worth its time.
        softer: added to a rung's quality number.
        segment_s: from key frame to key frame, which is what a seek costs at most.
        still: hardly anything moves, so that the encoder need not look for where it went.
    """

    preset: str
    softer: int
    segment_s: int
    still: bool = False


# Measured on 104 s of slides at 720p, against a medium crf 23 with a key frame every 4 s
# (1343 kB, VMAF 97.0, 17.4 s of processor time): fast 26 / 6 s 986 kB, 96.6, 22.6 s;
# veryfast 23 / 12 s 650 kB, 96.2, 11.9 s; veryfast 25 / 12 s 595 kB, 95.6. On a minute of them, with
# one thread: veryfast 369 kB, 96.2; still 376 kB, 96.3, and a seventh less time.
_TUNINGS = {
    Content.SLIDES: Tuning("veryfast", -3, 12, still=True),
    Content.LECTURE: Tuning("fast", 1, 12),
    Content.CAMERA: Tuning("fast", 0, 6),
}


# Measured on the same slides at 720p with SVT-AV1 1.4 and 4: preset 10 crf 52 is 0.40 of the
# reference's bytes at VMAF 96.3. A camera's noise wants the slower preset (see 0030).
_AV1_TUNINGS = {
    Content.SLIDES: Tuning("10", 0, 12),
    Content.LECTURE: Tuning("10", -4, 12),
    Content.CAMERA: Tuning("8", -12, 6),
}


class Codec(StrEnum):
    """What the picture is written in."""

    H264 = "h264"
    AV1 = "av1"


@dataclass(frozen=True)
class Plan:
    """All that the encoder needs to know.

    Args:
        rungs: from large to small, each scaled from the one before; empty for sound only.
        preset: the encoder's.
        segment_s: length of a segment; the last may be shorter.
        gop_frames: frames from key frame to key frame, at least ``segment_s`` seconds.
        hold_s: how long the last frame is held because the sound goes on.
        speech_bps: 0 without sound.
        still: slides, where hardly anything moves.
    """

    duration_s: float
    rungs: tuple[Rung, ...]
    fps: Fraction
    preset: str
    segment_s: int
    gop_frames: int
    hold_s: float
    deinterlace: bool
    speech_bps: int
    codec: Codec = Codec.H264
    still: bool = False

    @property
    def frames(self) -> int:
        """Frames that the picture should come to."""
        return round(self.duration_s * self.fps)


# Short side, quality, cap, profile. Lectures on slides stay far below the caps; camera
# pictures meet them.
_RUNGS = (
    (720, 26, 1_500_000, "high"),
    (480, 26, 800_000, "high"),
    (360, 26, 450_000, "main"),
    (240, 27, 250_000, "main"),
)
_RATES = (
    *(Fraction(rate) for rate in (5, 8, 10, 12, 15, 20)),
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
)
_NEAR = Fraction(101, 100)


def plan(facts: Facts) -> Plan:
    """The plan for a recording that passed the policy."""
    picture, sound = facts.picture, facts.sound
    fps = frame_rate(picture.fps) if picture else Fraction(0)
    tuning = _TUNINGS[kind(picture.bits_per_pixel if picture else None)]
    segment_s = tuning.segment_s if picture else SOUND_SEGMENT_S
    return Plan(
        duration_s=facts.duration_s,
        rungs=tuple(
            dataclasses.replace(rung, crf=rung.crf + tuning.softer)
            for rung in (rungs(picture.width_px, picture.height_px) if picture else ())
        ),
        fps=fps,
        preset=tuning.preset,
        segment_s=segment_s,
        gop_frames=-(-segment_s * fps.numerator // fps.denominator) if picture else 0,
        hold_s=_hold_s(facts),
        deinterlace=bool(picture and picture.is_interlaced),
        speech_bps=speech_rate(sound) if sound else 0,
        still=tuning.still,
    )


# Short side → quality number of SVT-AV1 that looks like x264's of the same size.
_AV1_CRF = {720: 52, 480: 56, 360: 55, 240: 57}


def av1_plan(facts: Facts) -> Plan:
    """The same sizes and the same cuts in AV1; no sound, because that of the set serves both."""
    basis = plan(facts)
    content = kind(facts.picture.bits_per_pixel if facts.picture else None)
    tuning = _AV1_TUNINGS[content]
    return dataclasses.replace(
        basis,
        rungs=tuple(
            dataclasses.replace(
                rung, name=f"{rung.name}{Codec.AV1}", crf=crf + tuning.softer, profile="main"
            )
            for rung, crf in ((rung, _av1_crf(rung)) for rung in basis.rungs)
        ),
        preset=tuning.preset,
        speech_bps=0,
        codec=Codec.AV1,
    )


def _av1_crf(rung: Rung) -> int:
    return _AV1_CRF.get(int(rung.name.removesuffix("p")), _AV1_CRF[240])


def rungs(width_px: int, height_px: int) -> tuple[Rung, ...]:
    """Sizes for a picture as seen, large to small; never larger than the source, always even."""
    short = min(width_px, height_px)
    fitting = [rung for rung in _RUNGS if short >= rung[0] * NEARLY]
    if not fitting:
        _, crf, cap, profile = _RUNGS[-1]
        side = _even(short)
        return (Rung(f"{side}p", *_scaled(width_px, height_px, side), crf, cap, profile),)
    return tuple(
        Rung(f"{side}p", *_scaled(width_px, height_px, min(side, _even(short))), crf, cap, profile)
        for side, crf, cap, profile in fitting
    )


def _scaled(width_px: int, height_px: int, short_px: int) -> tuple[int, int]:
    long_px = _even(short_px * max(width_px, height_px) / min(width_px, height_px))
    return (long_px, short_px) if width_px >= height_px else (short_px, long_px)


def _even(length: float) -> int:
    """The even number at or below ``length`` + 1/2: 4:2:0 pictures have no odd sides."""
    return max(2, int(length + 0.5) // 2 * 2)


def frame_rate(fps: Fraction) -> Fraction:
    """A steady rate near the source's, at most 30: hands on a phone see no more, data plans do."""
    if fps <= 0:
        return Fraction(25)
    while fps > MAX_FPS * _NEAR:
        fps /= 2
    # Phones write 29.73 or 30.02 for 29.97 and 30: take the steady rate that is meant.
    nearest = min(_RATES, key=lambda rate: abs(rate - fps))
    if nearest / _NEAR <= fps <= nearest * _NEAR:
        return nearest
    return next(rate for rate in _RATES if fps < rate)


def speech_rate(sound: Sound) -> int:
    """Bits per second of mono AAC: enough for speech, and not more than the source had."""
    known = sound.bits_per_s or SPEECH_BPS
    return min(SPEECH_BPS, max(LEAST_SPEECH_BPS, -(-known // 8000) * 8000))


def _hold_s(facts: Facts) -> float:
    """A phone that stops filming before it stops recording sound leaves a picture too short."""
    picture: Picture | None = facts.picture
    if picture is None or picture.length_s is None:
        return 0
    missing = facts.duration_s - picture.length_s
    return missing if missing > 0.2 else 0
