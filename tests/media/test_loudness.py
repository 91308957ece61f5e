"""Quiet and loud recordings come out alike; silence stays silent."""

from __future__ import annotations

from pathlib import Path

import pytest

from media import loudness, transcode
from media.facts import Facts, Sound
from media.ladder import plan
from media.loudness import Loudness
from tests.media import clips

SPEECH = "anoisesrc=color=pink:seed=7:duration=20,tremolo=f=3:d=0.9,volume="


@pytest.mark.parametrize(
    ("integrated", "peak", "gain", "limited"),
    [
        (-16.2, -3, 0, False),
        (-23, -8, 7, True),
        (-23, -12, 7, False),
        (-9, 0, -7, False),
        (-50, -30, 20, False),
        (-70, -70, 0, False),
    ],
)
def test_the_gain(integrated: float, peak: float, gain: float, limited: bool) -> None:
    heard = Loudness(integrated, peak)
    assert loudness.gain_db(heard) == pytest.approx(gain)
    assert loudness.needs_limiter(heard, gain) == limited


def test_what_cannot_be_measured_is_left_alone() -> None:
    assert loudness.parse("no summary") is None
    assert loudness.parse("    I:         -inf LUFS\n    Peak:       -inf dBFS") is None
    assert loudness.gain_db(None) == 0


@pytest.mark.parametrize("volume", ["-15dB", "-5dB", "12dB"])
def test_recordings_come_out_alike(volume: str, tmp_path: Path) -> None:
    raw = clips.make(tmp_path / "a.wav", "-f", "lavfi", "-i", SPEECH + volume)
    clip = clips.make(tmp_path / "a.m4a", "-i", str(raw), "-c:a", "aac", "-b:a", "128k")
    facts = Facts(20, None, Sound(0, "aac", 128_000), 0, 1, 1)
    source = transcode.Source(clip, "mov", facts)

    transcode.encode_sound(source, plan(facts), into=tmp_path, on_progress=lambda *_: None)

    came = loudness.measure(tmp_path / transcode.SOUND_FILE, "mov", 0, seconds=60, scratch=tmp_path)
    assert came is not None
    assert came.integrated == pytest.approx(loudness.TARGET_LUFS, abs=1.5)
    assert came.peak <= 0


def test_silence_stays_silent(tmp_path: Path) -> None:
    clip = clips.make(tmp_path / "s.m4a", "-f", "lavfi", "-i", "anullsrc", "-t", "5", "-c:a", "aac")
    facts = Facts(5, None, Sound(0, "aac", 128_000), 0, 1, 1)
    transcode.encode_sound(
        transcode.Source(clip, "mov", facts),
        plan(facts),
        into=tmp_path,
        on_progress=lambda *_: None,
    )
    came = loudness.measure(tmp_path / transcode.SOUND_FILE, "mov", 0, seconds=60, scratch=tmp_path)
    assert came is None or came.integrated <= -60
