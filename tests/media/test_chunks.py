"""Chunks: where they are cut, that they join without a seam, who does them, what is seen early."""

from __future__ import annotations

import dataclasses
import subprocess
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.accounts.models import User
from lms.base import events
from lms.base.jobs import api as jobs
from lms.base.jobs import running
from media import chunks, early, ffmpeg, janitor, ladder, parts, playlists
from media.api import Video, VideoPublished, add_video, retry, videos_ready
from media.facts import Facts, Picture, Sound
from media.states import State
from tests.media import clips
from tests.media.conftest import scratch_left, work_off
from tests.people import AT


def plan_of(seconds: float, fps: Fraction, length_s: float | None = None) -> ladder.Plan:
    picture = Picture(0, "h264", 1280, 720, fps, length_s, bits_per_pixel=0.02)
    return ladder.plan(Facts(seconds, picture, Sound(1, "aac"), 1, 1, 2))


@given(
    st.floats(min_value=1, max_value=4 * 3600),
    st.sampled_from([Fraction(5), Fraction(25), Fraction(30000, 1001), Fraction(30)]),
    st.floats(min_value=0.1, max_value=1),
)
def test_chunks_cover_every_frame_once_and_begin_with_a_key_frame(
    seconds: float, fps: Fraction, share: float
) -> None:
    plan = plan_of(seconds, fps, length_s=seconds * share)
    cut = chunks.chunks(plan)
    assert [chunk.number for chunk in cut] == list(range(len(cut)))
    assert sum(chunk.frames for chunk in cut) == plan.frames
    reached = 0
    for chunk in cut:
        assert chunk.first == reached
        assert chunk.first % plan.gop_frames == 0
        reached += chunk.frames
    assert [chunk.is_last for chunk in cut] == [False] * (len(cut) - 1) + [True]
    # There is something to seek to at every begin.
    assert cut[-1].first == 0 or cut[-1].first < seconds * share * fps


@given(st.integers(min_value=130, max_value=4 * 3600), st.integers(min_value=2, max_value=8))
def test_so_many_workers_end_at_about_the_same_time(seconds: int, workers: int) -> None:
    plan = plan_of(seconds, Fraction(25))
    free = [0.0] * workers
    for chunk in chunks.chunks(plan):  # whoever is free takes the next
        free[free.index(min(free))] += float(chunk.frames / plan.fps)
    most_s = chunks.SMALL_S + 2 * plan.segment_s
    assert max(free) - min(free) <= (most_s if seconds > 600 else chunks.CHUNK_S)


def test_sound_alone_is_not_cut() -> None:
    plan = ladder.plan(Facts(60, None, Sound(0, "aac"), 0, 1, 1))
    assert chunks.chunks(plan) == ()


def test_the_beginning_is_published_a_handful_of_times() -> None:
    published, times = 0, []
    for ready in range(1, 76):
        if early.is_due(ready, published, 75):
            published = ready
            times.append(ready)
    assert times == [1, 2, 4, 8, 16, 32, 64]
    assert not early.is_due(1, 0, 1)


def test_the_beginning_ends_where_a_chunk_is_missing() -> None:
    plan = plan_of(200, Fraction(25))
    made = {"sound": "s", "0": "a", "1": "b", "3": "d"}
    assert early.in_front(made, plan) == 2
    assert early.in_front({"sound": "s", "1": "b"}, plan) == 0
    assert early.in_front({"0": "a"}, plan) == 1, "the beginning has a sound of its own"


# --- With the real ffmpeg ------------------------------------------------------------------------
@pytest.fixture
def short_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK_S", 6)


def decoded(playable: Path, *options: str) -> bytes:
    """What ffmpeg writes of the picture to its output; errors are fatal."""
    strict = ["-v", "error", "-xerror", "-err_detect", "explode", "-i", str(playable)]
    command = [str(ffmpeg.tools().ffmpeg), *strict, "-map", "0:v", *options, "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def times_and_pictures(playable: Path) -> list[tuple[str, str]]:
    """Time stamp and checksum of every picture."""
    said = decoded(playable, "-f", "framemd5").decode()
    rows = [line.split(",") for line in said.splitlines() if not line.startswith("#")]
    return [(row[2].strip(), row[-1].strip()) for row in rows]


def added(path: Path) -> Video:
    return add_video(path, title="长课", by=None, at=AT)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("short_chunks")
def test_chunks_join_without_a_seam(tmp_path: Path, shelf: Path) -> None:
    clip = clips.lecture(tmp_path / "a.mp4", size="426x240", seconds=27, fps="30000/1001")
    video = work_off(added(clip))
    assert (video.state, video.reason) == (State.READY, "")
    parts = jobs.Job.objects.filter(kind="media.part").order_by("id")
    assert [part.payload["part"] for part in parts] == ["0", "sound", "1", "2", "3"]
    playlist = shelf / video.published_prefix / "240p" / "index.m3u8"
    frames = times_and_pictures(playlist)
    steps = {int(b[0]) - int(a[0]) for a, b in pairwise(frames)}
    assert len(steps) == 1, "a gap or an overlap at a border"
    assert len(frames) == pytest.approx(27 * 30000 / 1001, abs=1)
    # The test picture moves all the time, so a picture shown twice would be seen.
    pictures = [picture for _time, picture in frames]
    assert all(a != b for a, b in pairwise(pictures))
    lengths = [round(s.duration_s) for s in playlists.segments(playlist.read_text())]
    assert lengths == [6, 6, 6, 6, 3]
    assert scratch_left() == []
    assert not [path for path in (shelf / "parts").rglob("*") if path.is_file()]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("short_chunks")
def test_a_picture_that_stands_for_long_is_seen_in_every_chunk(tmp_path: Path, shelf: Path) -> None:
    """A screen recording writes a picture only when something changes."""
    colours = [f"color={name}:s=320x240:r=25:d=0.04[{name}]" for name in ("red", "blue")]
    graph = ";".join([*colours, "[red][blue]concat,setpts=N*17/TB[v]"])
    clip = clips.make(
        tmp_path / "s.mkv", "-f", "lavfi", "-i", "sine=duration=30", "-filter_complex", graph,
        "-map", "[v]", "-map", "0:a", "-fps_mode", "vfr",
    )  # fmt: skip
    video = work_off(added(clip))
    assert (video.state, video.reason) == (State.READY, "")
    playlist = shelf / video.published_prefix / "240p" / "index.m3u8"
    one_pixel = "fps=1,scale=1:1,format=rgb24"
    rgb = decoded(playlist, "-vf", one_pixel, "-f", "rawvideo")
    seen = ["red" if rgb[at] > rgb[at + 2] else "blue" for at in range(0, len(rgb), 3)]
    assert seen[:17] == ["red"] * 17
    assert set(seen[18:]) == {"blue"}
    assert len(seen) == pytest.approx(30, abs=1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("short_chunks")
def test_the_beginning_can_be_watched_before_the_end_is_encoded(
    tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, str, int, set[str]]] = []
    publish_early = early.publishing.publish_early

    def watched(videos: list[Video], *args: object, **kwargs: object) -> None:
        publish_early(videos, *args, **kwargs)  # type: ignore[arg-type]
        video = Video.objects.get()
        playlist = shelf / video.published_prefix / "240p" / "index.m3u8"
        names = set(video.renditions.values_list("name", flat=True))
        seen.append((video.state, video.published_prefix, len(times_and_pictures(playlist)), names))
        assert videos_ready() == 0

    monkeypatch.setattr(early.publishing, "publish_early", watched)
    heard: list[float | None] = []
    events.subscribe(
        VideoPublished, lambda event: heard.append(Video.objects.get(pk=event.video_id).duration_s)
    )
    video = work_off(added(clips.lecture(tmp_path / "a.mp4", size="640x360", seconds=27)))

    assert [(state, frames) for state, _prefix, frames, _names in seen] == [
        (State.ENCODING, 150),
        (State.ENCODING, 300),
    ]
    assert {name for *_rest, names in seen for name in names} == {"240p", "audio"}
    assert (video.state, videos_ready()) == (State.READY, 1)
    assert set(video.renditions.values_list("name", flat=True)) == {"360p", "240p", "audio"}

    # What is watched of the beginning is a share of the whole, known from the first time on.
    assert heard == [pytest.approx(27, abs=0.1)] * 3

    early_sets = [shelf / prefix for _state, prefix, *_rest in seen]
    janitor.tidy(at=AT.replace(year=2020))
    assert all(folder.exists() for folder in early_sets), "somebody may be watching it"
    janitor.tidy(at=AT.replace(year=2100))
    assert not any(folder.exists() for folder in early_sets)
    assert (shelf / video.published_prefix / "master.m3u8").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("short_chunks")
def test_others_take_parts_while_one_holds_the_whole(
    tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two of its own parts the holder finds that somebody did all the others."""
    video = added(clips.lecture(tmp_path / "a.mp4", size="426x240", seconds=27))
    attend = running.attend
    by_others: list[int] = []

    def meanwhile(pk: int) -> bool:
        done = attend(pk)
        if not by_others:
            rest = jobs.Job.objects.filter(kind="media.part", state=jobs.JobState.QUEUED)
            by_others.extend(rest.values_list("pk", flat=True))
            assert all(attend(each) for each in by_others)
        return done

    monkeypatch.setattr(jobs, "attend", meanwhile)
    video = work_off(video)
    assert video.state == State.READY
    assert len(by_others) == 4
    attempts = jobs.Job.objects.filter(kind="media.part").values_list("attempts", flat=True)
    assert set(attempts) == {1}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("short_chunks")
def test_parts_of_a_cancelled_encode_are_not_worked_on(tmp_path: Path) -> None:
    added(clips.lecture(tmp_path / "a.mp4", size="426x240", seconds=27))
    assert running.attend(jobs.Job.objects.get(kind="media.probe").pk)
    whole = jobs.Job.objects.get(kind="media.encode")
    video = Video.objects.get()
    Video.objects.filter(pk=video.pk).update(state=State.ENCODING)
    from media import queue

    part, _rest = queue.enqueue_parts(whole, ["0", "1"])
    jobs.cancel(whole)
    assert running.attend(part.pk)
    part.refresh_from_db()
    assert (part.state, part.error_code) == (jobs.JobState.FAILED, "whole_over")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("short_chunks")
def test_an_encode_given_up_for_one_part_is_whole_when_it_is_tried_again(
    tmp_path: Path, shelf: Path, wu: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other parts came up meanwhile, found nothing to encode, and were done with nothing made."""
    video = added(clips.lecture(tmp_path / "a.mp4", size="426x240", seconds=27))
    assert running.attend(jobs.Job.objects.get(kind="media.probe").pk)
    whole = jobs.Job.objects.get(kind="media.encode")

    def broken(*given: Any) -> None:
        raise jobs.Failed("encoder_broken", "x")

    with monkeypatch.context() as bad:
        bad.setattr(parts, "_encode", broken)
        running.attend(whole.pk)
        for part in jobs.Job.objects.filter(kind="media.part", state=jobs.JobState.QUEUED):
            running.attend(part.pk)
    whole.refresh_from_db()
    assert whole.state == jobs.JobState.FAILED
    states = jobs.Job.objects.filter(kind="media.part").values_list("state", flat=True)
    assert jobs.JobState.DONE in set(states)
    video.refresh_from_db()
    assert video.state == State.FAILED
    retry(video, by=wu, at=AT)
    assert work_off(video).state == State.READY


def test_a_plan_is_frozen_for_all_workers() -> None:
    """Two machines must cut alike: a plan is made of the kept probe and of nothing else."""
    plan = plan_of(200, Fraction(25))
    assert chunks.chunks(plan) == chunks.chunks(dataclasses.replace(plan))
