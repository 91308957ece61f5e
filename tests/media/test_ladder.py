"""Which sizes are made: a table and properties."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media import ladder
from media.facts import Facts, Picture, Sound


@pytest.mark.parametrize(
    ("source", "sizes"),
    [
        ((1920, 1080), ["1280x720", "852x480", "640x360", "426x240"]),
        ((1280, 720), ["1280x720", "852x480", "640x360", "426x240"]),
        ((720, 1280), ["720x1280", "480x852", "360x640", "240x426"]),
        ((1080, 1080), ["720x720", "480x480", "360x360", "240x240"]),
        ((640, 360), ["640x360", "426x240"]),
        ((854, 470), ["854x470", "654x360", "436x240"]),
        ((1252, 704), ["1252x704", "854x480", "640x360", "426x240"]),
        ((320, 180), ["320x180"]),
        ((177, 99), ["174x98"]),
        ((4096, 100), ["4096x100"]),
    ],
)
def test_the_ladder_fits_the_source(source: tuple[int, int], sizes: list[str]) -> None:
    made = [f"{rung.width_px}x{rung.height_px}" for rung in ladder.rungs(*source)]
    assert made == sizes


sides = st.integers(64, 4096)


@given(sides, sides)
def test_no_size_is_larger_than_the_source_and_all_are_even(width: int, height: int) -> None:
    for rung in ladder.rungs(width, height):
        assert rung.width_px <= width
        assert rung.height_px <= height
        assert rung.width_px % 2 == rung.height_px % 2 == 0


@given(sides, sides)
def test_portrait_stays_upright_and_shapes_are_kept(width: int, height: int) -> None:
    for rung in ladder.rungs(width, height):
        turned = (rung.width_px - rung.height_px) * (width - height)
        assert turned >= 0  # equal sides may come of rounding, swapped ones may not
        # One pixel of rounding on the short side.
        assert abs(rung.width_px * height - rung.height_px * width) <= 2 * max(width, height)


@given(sides, sides)
def test_sizes_fall_and_names_are_unique(width: int, height: int) -> None:
    rungs = ladder.rungs(width, height)
    areas = [rung.width_px * rung.height_px for rung in rungs]
    assert areas == sorted(areas, reverse=True)
    assert len({rung.name for rung in rungs}) == len(rungs)


@pytest.mark.parametrize(
    ("source", "steady"),
    [
        ("25", "25"),
        ("24", "24"),
        ("30", "30"),
        ("30000/1001", "30000/1001"),
        ("24000/1001", "24000/1001"),
        ("2973/100", "30000/1001"),
        ("60", "30"),
        ("50", "25"),
        ("60000/1001", "30000/1001"),
        ("18", "20"),
        ("1", "5"),
        ("0", "25"),
    ],
)
def test_the_frame_rate_becomes_steady(source: str, steady: str) -> None:
    assert ladder.frame_rate(Fraction(source)) == Fraction(steady)


@given(
    st.fractions(min_value=0, max_value=61), st.sampled_from([None, 0.0, 0.06, 0.07, 0.2, 0.3, 9.0])
)
def test_a_group_of_pictures_is_one_segment(fps: Fraction, cost: float | None) -> None:
    picture = Picture(0, "h264", 640, 360, fps, bits_per_pixel=cost)
    plan = ladder.plan(Facts(60, picture, None, 1, 0, 1))
    assert 0 < plan.fps <= 30
    assert plan.segment_s <= plan.gop_frames / plan.fps < plan.segment_s + 1 / plan.fps


@pytest.mark.parametrize(
    ("cost", "preset", "segment_s", "crf"),
    [
        (0.02, "veryfast", 12, 23),
        (0.11, "fast", 12, 27),
        (0.5, "fast", 6, 26),
        (None, "fast", 6, 26),
    ],
)
def test_slides_and_camera_are_encoded_differently(
    cost: float | None, preset: str, segment_s: int, crf: int
) -> None:
    picture = Picture(0, "h264", 1280, 720, Fraction(25), bits_per_pixel=cost)
    plan = ladder.plan(Facts(60, picture, None, 1, 0, 1))
    assert (plan.preset, plan.segment_s, plan.rungs[0].crf) == (preset, segment_s, crf)
    assert plan.still == (preset == "veryfast"), "only slides need no search for movement"


def test_sound_alone_has_no_sizes() -> None:
    plan = ladder.plan(Facts(60, None, Sound(0, "aac", 128_000), 0, 1, 1))
    assert (plan.rungs, plan.speech_bps) == ((), 64_000)


@pytest.mark.parametrize(("had", "gets"), [(0, 64), (12, 32), (49, 56), (128, 64)])
def test_speech_never_gets_more_than_it_needs(had: int, gets: int) -> None:
    assert ladder.speech_rate(Sound(0, "aac", had * 1000)) == gets * 1000


def test_the_last_frame_is_held_when_the_sound_goes_on() -> None:
    picture = Picture(0, "h264", 640, 360, Fraction(25), length_s=57)
    assert ladder.plan(Facts(60, picture, None, 1, 0, 1)).hold_s == 3
