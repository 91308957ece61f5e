"""Slides, a lecture and a camera are told apart by what a quick encode costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from media import content, probe
from media.content import Content
from media.facts import Facts
from tests.media import clips

LECTURES = Path(__file__).parents[2] / "courses" / "seed" / "lectures"
RUSTLING = "testsrc2=size=640x360:rate=25,noise=alls=40:allf=t"


def examined(path: Path, scratch: Path) -> Facts:
    return probe.examine(path, scratch=scratch)


@pytest.mark.parametrize("lecture", sorted(LECTURES.glob("*.mp4")), ids=lambda path: path.stem)
def test_our_lectures_are_slides(lecture: Path, tmp_path: Path) -> None:
    picture = examined(lecture, tmp_path).picture
    assert picture is not None
    assert content.kind(picture.bits_per_pixel) is Content.SLIDES
    assert list(tmp_path.iterdir()) == []


def test_a_picture_that_rustles_is_a_camera(tmp_path: Path) -> None:
    clip = clips.make(
        tmp_path / "a.mp4", "-f", "lavfi", "-i", RUSTLING, "-t", "10", "-pix_fmt", "yuv420p"
    )
    picture = examined(clip, tmp_path).picture
    assert picture is not None
    assert content.kind(picture.bits_per_pixel) is Content.CAMERA


def test_a_very_short_film_and_sound_alone_are_not_sampled(tmp_path: Path) -> None:
    short = examined(clips.lecture(tmp_path / "b.mp4", seconds=2), tmp_path).picture
    assert short is not None
    assert short.bits_per_pixel is None


def test_what_was_learnt_is_kept_with_the_video(tmp_path: Path) -> None:
    facts = examined(LECTURES / "what-is-logistics.mp4", tmp_path)
    assert Facts.from_json(facts.as_json()) == facts


def test_videos_probed_before_there_was_a_sample_are_read(tmp_path: Path) -> None:
    older = examined(LECTURES / "what-is-logistics.mp4", tmp_path).as_json()
    del older["picture"]["bits_per_pixel"]
    picture = Facts.from_json(older).picture
    assert picture is not None
    assert content.kind(picture.bits_per_pixel) is Content.CAMERA
