"""From a file to a playable lecture, with the real ffmpeg."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models.functions import Now

from lms.base import events
from lms.base.audit import trail
from lms.base.jobs import api as jobs
from lms.base.jobs.models import Job, JobState
from media import boxes, ffmpeg, playlists, process
from media.api import Video, VideoPublished, add_video, videos_ready
from media.states import State
from tests.media import clips
from tests.media.conftest import scratch_left, work_off
from tests.people import AT

# Encoding is the long part, and the same on any database; test_killed_worker meets them all.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]


def add(path: Path, **more: str) -> Video:
    return add_video(path, title="什么是物流", by=None, at=AT, **more)


def frames(playlist: Path) -> int:
    """Decode a whole stream, every error fatal; returns the number of pictures."""
    tool = str(ffmpeg.tools().ffmpeg)
    strict = ["-xerror", "-err_detect", "explode", "-i", str(playlist)]
    said = subprocess.run(
        [tool, "-v", "error", *strict, "-f", "null", "-progress", "pipe:1", "-"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout
    return int(re.findall(r"^frame=(\d+)", said, re.MULTILINE)[-1])


def published(video: Video, shelf: Path) -> Path:
    assert video.published_prefix
    return shelf / video.published_prefix


def test_a_landscape_lecture_becomes_playable(tmp_path: Path, shelf: Path) -> None:
    heard: list[VideoPublished] = []
    events.subscribe(VideoPublished, heard.append)
    video = work_off(add(clips.lecture(tmp_path / "a.mp4", size="1280x720", seconds=13)))

    assert (video.state, video.reason) == (State.READY, "")
    assert videos_ready() == 1
    assert [event.video_id for event in heard] == [video.pk]
    rows = {(row.kind, row.name): row for row in video.renditions.all()}
    assert set(rows) == {
        ("hls", "720p"),
        ("hls", "480p"),
        ("hls", "360p"),
        ("hls", "240p"),
        ("file", "240p"),
        ("audio", "audio"),
    }
    folder = published(video, shelf)
    for (kind, name), row in rows.items():
        assert (folder / row.path).is_file()
        if kind == "hls":
            assert frames(folder / row.path) == pytest.approx(13 * 25, abs=1)
            assert row.height_px == int(name[:-1])
            assert row.size_bytes == sum(file.stat().st_size for file in (folder / name).iterdir())
        else:
            assert row.size_bytes == (folder / row.path).stat().st_size
    assert video.duration_s == pytest.approx(13, abs=1 / 25)
    assert scratch_left() == []
    assert {entry.action for entry in trail(video)} == {"video.uploaded", "video.published"}


def test_key_frames_and_segments_stand_together_in_all_sizes(tmp_path: Path, shelf: Path) -> None:
    video = work_off(
        add(clips.lecture(tmp_path / "a.mp4", size="854x480", seconds=14, fps="30000/1001"))
    )
    folder = published(video, shelf)
    lengths = {
        tuple(
            round(piece.duration_s, 4)
            for piece in playlists.segments((folder / row.path).read_text())
        )
        for row in video.renditions.filter(kind="hls")
    }
    assert len(lengths) == 1
    (pieces,) = lengths
    assert [round(piece) for piece in pieces[:-1]] == [6, 6]
    # Time starts at nought in the media, for players that do not read edit lists.
    for name in ("480p", "240p"):
        assert not any(
            kind == b"elst" for kind, _ in boxes.walk((folder / name / "init.mp4").read_bytes())
        )
        first = dict(boxes.walk((folder / name / "00000.m4s").read_bytes()))
        assert int.from_bytes(first[b"tfdt"][4:]) == 0


def test_the_master_playlist_tells_the_truth(tmp_path: Path, shelf: Path) -> None:
    video = work_off(add(clips.lecture(tmp_path / "a.mp4", size="640x360", seconds=7)))
    folder = published(video, shelf)
    lines = (folder / "master.m3u8").read_text().splitlines()
    assert lines[:3] == ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    named = dict(zip(lines[4::2], lines[3::2], strict=True))
    assert list(named) == ["360p/index.m3u8", "240p/index.m3u8", "audio/index.m3u8"]
    assert 'CODECS="avc1.4D40' in named["360p/index.m3u8"]
    assert "RESOLUTION=640x360,FRAME-RATE=25.000" in named["360p/index.m3u8"]
    assert 'CODECS="mp4a.40.2"' in named["audio/index.m3u8"]
    for path, about in named.items():
        size = sum(file.stat().st_size for file in (folder / path).parent.glob("*.m4s"))
        average = int(re.search(r"AVERAGE-BANDWIDTH=(\d+)", about)[1])  # type: ignore[index]
        peak = int(re.search(r":BANDWIDTH=(\d+)", about)[1])  # type: ignore[index]
        assert average == pytest.approx(size * 8 / 7, rel=0.02)
        assert peak >= average


def test_a_phone_shot_turned_by_its_header_stands_upright(tmp_path: Path, shelf: Path) -> None:
    clip = clips.lecture(tmp_path / "phone.mp4", size="640x360", seconds=7, turned=90)
    video = work_off(add(clip))
    assert (video.state, video.width_px, video.height_px) == (State.READY, 360, 640)
    sizes = {(row.width_px, row.height_px) for row in video.renditions.filter(kind="hls")}
    assert sizes == {(360, 640), (240, 426)}
    header = (published(video, shelf) / "360p" / "init.mp4").read_bytes()
    entry = next(content for kind, content in boxes.walk(header) if kind == b"avc1")
    stored = int.from_bytes(entry[24:26]), int.from_bytes(entry[26:28])
    assert stored == (360, 640)


def test_a_silent_recording_plays_without_sound(tmp_path: Path, shelf: Path) -> None:
    video = work_off(add(clips.lecture(tmp_path / "a.mp4", size="426x240", sound=False)))
    assert video.state == State.READY
    assert set(video.renditions.values_list("kind", flat=True)) == {"hls", "file"}
    assert "mp4a" not in (published(video, shelf) / "master.m3u8").read_text()


def test_sound_alone_becomes_something_to_listen_to(tmp_path: Path, shelf: Path) -> None:
    tone = clips.make(tmp_path / "a.mp3", "-f", "lavfi", "-i", "sine=duration=8")
    video = work_off(add(tone))
    assert (video.state, video.width_px) == (State.READY, None)
    assert list(video.renditions.values_list("kind", "name")) == [("audio", "audio")]
    master = (published(video, shelf) / "master.m3u8").read_text()
    assert master.count("#EXT-X-STREAM-INF") == 1


def test_sound_that_goes_on_after_the_picture_is_kept(tmp_path: Path, shelf: Path) -> None:
    short = clips.lecture(tmp_path / "p.mp4", size="426x240", seconds=5, sound=False)
    both = clips.make(
        tmp_path / "b.mp4", "-i", str(short), "-f", "lavfi", "-i", "sine=duration=9", "-c:v", "copy"
    )
    video = work_off(add(both))
    assert video.state == State.READY
    playlist = published(video, shelf) / "240p" / "index.m3u8"
    assert frames(playlist) == pytest.approx(9 * 25, abs=1)


def test_where_it_was_filmed_is_not_passed_on(tmp_path: Path, shelf: Path) -> None:
    plain = clips.lecture(tmp_path / "p.mp4", size="426x240")
    located = clips.make(
        tmp_path / "l.mov",
        "-i",
        str(plain),
        "-c",
        "copy",
        "-metadata",
        "location=+24.4798+118.0894/",
    )
    assert b"+24.4798" in located.read_bytes()
    video = work_off(add(located))
    for file in published(video, shelf).rglob("*.*"):
        assert b"+24.4798" not in file.read_bytes()


def test_the_same_file_twice_is_encoded_once(tmp_path: Path) -> None:
    clip = clips.lecture(tmp_path / "a.mp4", size="426x240")
    first, second = add(clip), add(clip)
    work_off(first)
    third = work_off(add(clip))
    second.refresh_from_db()
    assert {first.state, second.state, third.state} == {State.READY}
    assert len({first.published_prefix, second.published_prefix, third.published_prefix}) == 1
    assert third.renditions.count() == first.renditions.count() == second.renditions.count()
    assert jobs.Job.objects.filter(kind="media.encode").count() == 1


def test_a_refused_file_says_why_and_its_job_is_done(tmp_path: Path) -> None:
    video = work_off(add(clips.lecture(tmp_path / "a.mp4", size="426x240", seconds=0.4)))
    assert video.state == State.REFUSED
    assert "不到 1 秒" in video.reason
    job = jobs.Job.objects.get()
    assert job.state == jobs.JobState.DONE


def test_a_file_whose_end_is_missing_is_refused_with_the_place(tmp_path: Path) -> None:
    whole = clips.lecture(tmp_path / "w.mp4", size="640x360", seconds=20)
    front = clips.make(tmp_path / "f.mp4", "-i", str(whole), "-c", "copy", "-movflags", "faststart")
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(front.read_bytes()[: front.stat().st_size // 2])
    video = work_off(add(cut))
    assert video.state == State.REFUSED
    assert "视频应有 0:20" in video.reason


def test_captions_are_kept_clean(tmp_path: Path) -> None:
    clip = clips.lecture(tmp_path / "a.mp4", size="426x240")
    video = add(clip, captions_vtt="1\n00:00:01,000 --> 00:00:02,500\n<b>你好</b>\n")
    assert video.captions_vtt == "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\n你好\n"


def test_the_probe_is_kept_for_later(tmp_path: Path) -> None:
    video = work_off(add(clips.lecture(tmp_path / "a.mp4", size="426x240")))
    json.dumps(video.probe)
    assert video.probe["picture"]["codec"] == "h264"


def test_odd_names_of_folders_do_no_harm(tmp_path: Path, settings: object, shelf: Path) -> None:
    settings.VAR_DIR = tmp_path / "工会 100%d:甲'乙"  # type: ignore[attr-defined]
    video = work_off(add(clips.lecture(tmp_path / "a.mp4", size="426x240")))
    assert (video.state, video.reason) == (State.READY, "")


def test_a_machine_without_time_is_not_taken_for_a_broken_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five encoders on two cores, and ffprobe is not done within its minute."""
    clip = clips.lecture(tmp_path / "a.mp4", size="320x240", seconds=2)
    video = add_video(clip, title="x", by=None, at=AT)
    run = process.run

    def starved(*given: Any, **more: Any) -> process.Outcome:
        return replace(run(*given, **more), stopped="wall", cpu_s=1.0, wall_s=60.0)

    with monkeypatch.context() as busy:
        busy.setattr(process, "run", starved)
        assert work_off(video).state == State.UPLOADED
        job = Job.objects.get()
        assert (job.state, job.error_code, job.attempts) == (JobState.QUEUED, "passing", 0)
        assert job.error_text == "机器太忙：60 秒里只轮到 1.0 秒，会自动再试"
        # Busy for more than a day: a person should look.
        Job.objects.update(run_after=Now(), created_at=Now() - timedelta(days=2))
        work_off(video)
        job.refresh_from_db()
        assert (job.error_code, job.attempts) == ("retrying", 1)
    Job.objects.update(run_after=Now())
    assert work_off(video).state == State.READY
