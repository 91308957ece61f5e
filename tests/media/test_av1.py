"""AV1 beside H.264: added to what plays already, in the same cuts, without a second sound."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.base.jobs import api as jobs
from lms.base.jobs import running
from lms.base.storage import video_files
from media import av1, boxes, chunks, ffmpeg, ladder, queue
from media.api import Video, add_video, playback
from media.facts import Facts, Picture, Sound
from media.states import State
from media.transcode import AV1_ENCODER
from tests.media import clips
from tests.media.conftest import cannot, scratch_left, work_off
from tests.media.playlist_rules import faults
from tests.media.test_chunks import times_and_pictures
from tests.people import AT, make_person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]
needs_encoder = pytest.mark.usefixtures("av1_encoder")


@given(
    st.integers(64, 2160),
    st.integers(64, 2160),
    st.sampled_from([None, 0.02, 0.1, 0.6]),
    st.floats(1, 4 * 3600),
)
def test_av1_has_the_sizes_and_the_cuts_of_h264(
    width: int, height: int, cost: float | None, seconds: float
) -> None:
    picture = Picture(0, "h264", width, height, Fraction(25), bits_per_pixel=cost)
    facts = Facts(seconds, picture, Sound(1, "aac"), 1, 1, 2)
    ours, new = ladder.plan(facts), ladder.av1_plan(facts)
    assert [(r.width_px, r.height_px) for r in new.rungs] == [
        (r.width_px, r.height_px) for r in ours.rungs
    ]
    assert [r.name for r in new.rungs] == [f"{r.name}av1" for r in ours.rungs]
    assert chunks.chunks(new) == chunks.chunks(ours)
    assert (new.gop_frames, new.segment_s, new.fps) == (ours.gop_frames, ours.segment_s, ours.fps)
    assert all(0 < rung.crf < 64 for rung in new.rungs)
    assert new.speech_bps == 0


@pytest.mark.parametrize(
    ("configuration", "codec"),
    [("81000c00", "av01.0.00M.08"), ("81084c00", "av01.0.08M.10"), ("8149ec00", "av01.2.09H.12")],
)
def test_the_codec_is_named_as_the_binding_has_it(configuration: str, codec: str) -> None:
    content = bytes.fromhex(configuration)
    box = (8 + len(content)).to_bytes(4, "big") + b"av1C" + content
    assert boxes.codecs(box) == [codec]


@pytest.fixture
def wanted(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.VIDEO_AV1 = True
    monkeypatch.setattr(chunks, "CHUNK_S", 6)


def added(tmp_path: Path, **more: Any) -> Video:
    clip = clips.lecture(tmp_path / "a.mp4", size="320x240", seconds=20, fps="12", **more)
    return add_video(clip, title="省流量的课", by=None, at=AT)


@needs_encoder
@pytest.mark.usefixtures("wanted")
def test_av1_is_added_to_a_lecture_that_plays(tmp_path: Path, shelf: Path) -> None:
    video = added(tmp_path)
    for kind in (queue.PROBE, queue.ENCODE):
        assert running.attend(jobs.Job.objects.get(kind=kind).pk)
    video.refresh_from_db()
    assert video.state == State.READY, "nobody waits for AV1"
    before = shelf / video.published_prefix
    names = {path.relative_to(before): path.read_bytes() for path in before.rglob("*.m*")}

    video = work_off(video)
    after = shelf / video.published_prefix
    assert after != before
    assert faults(after / "master.m3u8") == []
    master = (after / "master.m3u8").read_text()
    assert master.startswith((before / "master.m3u8").read_text())
    assert 'CODECS="av01.0.' in master
    for path, content in names.items():
        if path.name != "master.m3u8":
            assert (after / path).read_bytes() == content
    rows = {(row.kind, row.name) for row in video.renditions.all()}
    assert rows == {
        ("hls", "240p"), ("file", "240p"), ("audio", "audio"), ("av1", "240pav1"),
    }  # fmt: skip

    frames = times_and_pictures(after / "240pav1" / "index.m3u8")
    assert len(frames) == len(times_and_pictures(after / "240p" / "index.m3u8"))
    assert len({int(b[0]) - int(a[0]) for a, b in pairwise(frames)}) == 1, "a gap at a border"

    # What a student chooses from, and what it costs at most, is said of H.264.
    watching = playback(video, user=make_person("阿怡", "+8613800000001"), at=AT)
    assert set(watching.sizes) == {"240p", "saver", "audio"}
    assert scratch_left() == []
    assert not [path for path in (shelf / "parts").rglob("*") if path.is_file()]
    attempts = jobs.Job.objects.filter(kind=queue.PART).values_list("attempts", flat=True)
    assert set(attempts) == {1}


@needs_encoder
@pytest.mark.usefixtures("wanted")
def test_without_its_original_a_lecture_stays_as_it_is(tmp_path: Path, shelf: Path) -> None:
    video = added(tmp_path, sound=False)
    for kind in (queue.PROBE, queue.ENCODE):
        assert running.attend(jobs.Job.objects.get(kind=kind).pk)
    video.refresh_from_db()
    prefix = video.published_prefix
    video_files().delete(video.original.name)
    Video.objects.update(original="")
    video = work_off(video)
    assert (video.state, video.published_prefix) == (State.READY, prefix)
    assert jobs.Job.objects.get(kind=queue.AV1).state == jobs.JobState.DONE


def test_nobody_gets_av1_unasked(settings: Any) -> None:
    video = Video.objects.create(
        title="x", sha256="a" * 64, state=State.READY, probe={"picture": {"index": 0}}
    )
    assert not av1.enqueue_if_wanted(video)
    settings.VIDEO_AV1 = True
    sound_only = Video.objects.create(title="y", sha256="b" * 64, probe={"picture": None})
    assert not av1.enqueue_if_wanted(sound_only)
    assert av1.enqueue_if_wanted(video) == (AV1_ENCODER in ffmpeg.tools().encoders)
    assert jobs.Job.objects.filter(kind=queue.AV1).count() <= 1


@pytest.mark.parametrize(("ci", "ends"), [("true", "Failed"), ("", "Skipped")])
def test_a_missing_encoder_is_passed_over_at_home_and_a_failure_in_ci(
    monkeypatch: pytest.MonkeyPatch, ci: str, ends: str
) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(BaseException) as caught:
        cannot("no AV1")
    assert type(caught.value).__name__ == ends
