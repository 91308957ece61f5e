"""Published sets against the rules, and the rules against sets that were spoilt on purpose."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from media.api import add_video
from tests.media import clips
from tests.media.conftest import work_off
from tests.media.playlist_rules import faults
from tests.people import AT

# Encoding is the long part, and the same on any database; test_killed_worker meets them all.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]


def edit(path: Path, was: str, becomes: str) -> None:
    text = path.read_text()
    spoilt = re.sub(was, becomes, text, count=1, flags=re.MULTILINE)
    assert spoilt != text
    path.write_text(spoilt)


def swap(folder: Path) -> None:
    """A segment that begins in the middle: its first flags say "not a key frame"."""
    path = folder / "240p" / "00001.m4s"
    data = bytearray(path.read_bytes())
    at = data.index(b"trun") + 4
    flags = int.from_bytes(data[at + 1 : at + 4], "big")
    assert flags & 4, "the first sample's flags stand in the run"
    at += 8 + 4 * bool(flags & 1)
    data[at : at + 4] = (0x01010000).to_bytes(4, "big")
    path.write_bytes(data)


SPOILT: dict[str, tuple[Callable[[Path], None], str]] = {
    "bandwidth": (lambda f: edit(f / "master.m3u8", r":BANDWIDTH=\d", ":BANDWIDTH=9"), "BANDWIDTH"),
    "codecs": (lambda f: edit(f / "master.m3u8", r"avc1\.\w{4}", "avc1.4200"), "CODECS"),
    "resolution": (
        lambda f: edit(f / "master.m3u8", r"RESOLUTION=\d", "RESOLUTION=9"),
        "RESOLUTION",
    ),
    "independent": (lambda f: edit(f / "master.m3u8", r"#EXT-X-INDEP.*\n", ""), "independent"),
    "end": (lambda f: edit(f / "240p/index.m3u8", r"#EXT-X-ENDLIST\n", ""), "not closed"),
    "target": (lambda f: edit(f / "240p/index.m3u8", r"DURATION:\d+", "DURATION:3"), "target"),
    "aligned": (lambda f: edit(f / "240p/index.m3u8", r"EXTINF:\d", "EXTINF:3"), "together"),
    "missing": (lambda f: edit(f / "240p/index.m3u8", r"00001\.m4s", "00009.m4s"), "not there"),
    "key frame": (swap, "does not begin with a key frame"),
}


def test_a_published_set_keeps_the_rules_and_the_rules_notice_a_spoilt_one(
    tmp_path: Path, shelf: Path
) -> None:
    # One encode for all: each spoiling works on a copy.
    clip = clips.lecture(tmp_path / "a.mp4", size="640x360", seconds=20)
    video = work_off(add_video(clip, title="什么是物流", by=None, at=AT))
    folder = shelf / video.published_prefix
    assert faults(folder / "master.m3u8") == []
    for name, (spoil, word) in SPOILT.items():
        copy = tmp_path / name
        shutil.copytree(folder, copy)
        spoil(copy)
        assert any(word in fault for fault in faults(copy / "master.m3u8")), name


def test_portrait_and_silent_and_sound_alone_keep_the_rules(tmp_path: Path, shelf: Path) -> None:
    made = [
        clips.lecture(tmp_path / "p.mp4", size="426x240", seconds=8, turned=90),
        clips.lecture(tmp_path / "s.mp4", size="320x240", seconds=8, sound=False),
        clips.make(tmp_path / "a.m4a", "-f", "lavfi", "-i", "sine=duration=14", "-c:a", "aac"),
    ]
    for clip in made:
        video = work_off(add_video(clip, title=clip.name, by=None, at=AT))
        assert faults(shelf / video.published_prefix / "master.m3u8") == [], clip.name
