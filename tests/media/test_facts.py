"""Reading headers: ffprobe's answer and ffmpeg's printed one say the same."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import pytest

from media import facts as reading
from media import ffmpeg, probe
from media.facts import Facts, upright
from tests.media import clips


@pytest.mark.parametrize(
    ("size", "turn", "pixel", "seen"),
    [
        ((640, 360), 0, "1", (640, 360)),
        ((640, 360), 90, "1", (360, 640)),
        ((640, 360), -90, "1", (360, 640)),
        ((640, 360), 180, "1", (640, 360)),
        ((640, 360), 270, "1", (360, 640)),
        ((720, 576), 0, "64/45", (1024, 576)),
        ((720, 576), 90, "64/45", (576, 1024)),
        ((640, 360), 0, "0", (640, 360)),
    ],
)
def test_size_as_seen(size: tuple[int, int], turn: float, pixel: str, seen: object) -> None:
    assert upright(*size, turn=turn, pixel=Fraction(pixel)) == seen


HEADER = """Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'x':
  Metadata:
    title           : 一
                    : Stream #0:7: Video: h264, yuv420p, 9999x9999, 25 fps
    comment         :   Stream #0:8: Video: h264, yuv420p, 9999x9999, 25 fps
  Duration: 01:02:03.50, start: 0.000000, bitrate: 1878 kb/s
  Stream #0:0[0x1](und): Video: h264 (High) (avc1 / 0x31637661), yuv420p(tv, bt709, top first), 720x576 [SAR 64:45 DAR 16:9], 1801 kb/s, 29.97 fps, 30 tbr, 12800 tbn
    Side data:
      %s: rotation of -90.00 degrees
  Stream #0:1[0x2](und): Audio: aac (LC) (mp4a / 0x6134706D), 44100 Hz, mono, fltp, 69 kb/s (default)
  Stream #0:2[0x3]: Video: mjpeg (Baseline), yuvj420p, 300x300 [SAR 1:1 DAR 1:1], 90k tbr, 90k tbn (attached pic)
  Stream #0:3: Data: bin_data (text / 0x74786574)
At least one output file must be specified
"""


@pytest.mark.parametrize("words", ["displaymatrix", "Display Matrix"])
def test_a_printed_header_is_read_and_a_title_cannot_pose_as_a_track(words: str) -> None:
    facts = reading.from_header(HEADER % words)
    assert facts.duration_s == 3723.5
    assert facts.picture is not None
    assert (facts.picture.width_px, facts.picture.height_px) == (576, 1024)
    assert facts.picture.fps == Fraction(30000, 1001)
    assert facts.picture.is_interlaced
    assert facts.sound == reading.Sound(index=1, codec="aac", bits_per_s=69000)
    assert (facts.pictures, facts.sounds, facts.streams) == (1, 1, 4)


@pytest.mark.parametrize(
    ("name", "clip"),
    [
        ("a.mp4", {"size": "640x360"}),
        ("b.mp4", {"size": "640x360", "turned": 90}),
        ("c.mkv", {"size": "426x240", "fps": "30000/1001"}),
        ("d.mp4", {"size": "426x240", "sound": False}),
        ("e.avi", {"size": "320x240", "fps": "15"}),
    ],
)
@pytest.mark.skipif(ffmpeg.tools().ffprobe is None, reason="there is no ffprobe to compare with")
def test_both_readers_agree(
    name: str, clip: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = clips.lecture(tmp_path / name, seconds=3, **clip)  # type: ignore[arg-type]
    by_ffprobe = probe.examine(path, scratch=tmp_path)
    alone = dataclasses.replace(ffmpeg.tools(), ffprobe=None)
    monkeypatch.setattr(ffmpeg, "tools", lambda: alone)
    by_header = probe.examine(path, scratch=tmp_path)
    assert comparable(by_header) == comparable(by_ffprobe)


def comparable(facts: Facts) -> dict[str, object]:
    """Without what one of the readers rounds: bit rates, and lengths to a tenth."""
    picture = facts.picture
    assert picture is not None
    return {
        "duration": round(facts.duration_s, 1),
        "size": (picture.width_px, picture.height_px),
        "fps": picture.fps,
        "length": round(picture.length_s or 0, 1),
        "codecs": (picture.codec, facts.sound and facts.sound.codec),
        "counts": (facts.pictures, facts.sounds, facts.streams),
    }


def test_facts_survive_the_database(tmp_path: Path) -> None:
    facts = probe.examine(clips.lecture(tmp_path / "a.mp4", seconds=3), scratch=tmp_path)
    assert Facts.from_json(facts.as_json()) == facts


def test_the_ffmpeg_of_the_settings_comes_first_and_a_missing_one_is_said(
    settings: object, tmp_path: Path
) -> None:
    settings.FFMPEG = tmp_path / "nothing"  # type: ignore[attr-defined]
    with pytest.raises(ffmpeg.FfmpegMissing, match="LMS_FFMPEG"):
        ffmpeg.tools()


def test_an_ffmpeg_without_our_encoders_is_refused_with_their_names(
    settings: object, tmp_path: Path
) -> None:
    poor = tmp_path / "ffmpeg"
    poor.write_text("#!/bin/sh\necho ' V....D libx264  H.264'\n")
    poor.chmod(0o755)
    settings.FFMPEG = poor  # type: ignore[attr-defined]
    with pytest.raises(ffmpeg.FfmpegMissing, match="lacks aac"):
        ffmpeg.tools()
