"""How many threads one worker's encoder takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lms.settings.env import Environment, EnvironmentErrors
from media import ffmpeg, ladder, probe, transcode
from media.chunks import Chunk
from tests.media import clips


def prepared(clip: Path, scratch: Path) -> tuple[transcode.Source, ladder.Plan, Chunk]:
    facts = probe.examine(clip, scratch=scratch)
    plan = ladder.plan(facts)
    source = transcode.Source(clip, probe.container_of(clip), facts)
    return source, plan, Chunk(0, 0, plan.frames, is_last=True)


def decoder_settings(path: Path) -> bytes:
    """What a player sets its decoder up with: all chunks of one size share it."""
    raw = path.read_bytes()
    begin = raw.index(b"avcC")
    return raw[begin : begin + int.from_bytes(raw[begin - 4 : begin], "big") - 4]


def test_the_decoder_and_every_encoder_get_the_same_threads(tmp_path: Path) -> None:
    ready = prepared(clips.lecture(tmp_path / "clip.mp4"), tmp_path)
    command = ffmpeg.compiled(transcode.picture_outputs(*ready, threads=1))
    given = [place for place, word in enumerate(command) if word == "-threads"]
    assert [command[place + 1] for place in given] == ["1"] * (1 + len(ready[1].rungs))
    assert given[0] < command.index("-i") < given[1]
    assert "-threads" not in ffmpeg.compiled(transcode.picture_outputs(*ready, threads=0))


def test_chunks_of_workers_with_other_threads_fit_together(tmp_path: Path, settings: Any) -> None:
    ready = prepared(clips.lecture(tmp_path / "clip.mp4", seconds=13), tmp_path)
    seen = []
    for threads in (0, 1, 3):
        settings.ENCODER_THREADS = threads
        into = tmp_path / str(threads)
        into.mkdir()
        made = transcode.encode_picture(*ready, into=into, on_progress=lambda share, speed: None)
        seen += [
            [
                decoder_settings(into / folder / transcode.picture_file(rung))
                for rung in ready[1].rungs
            ]
            for folder in made
        ]
    assert all(one == seen[0] for one in seen)


@pytest.mark.parametrize("raw", ["-1", "two", "1.5"])
def test_a_number_of_threads_that_is_none_is_said_by_name(raw: str) -> None:
    with pytest.raises(EnvironmentErrors, match="LMS_ENCODER_THREADS"):
        Environment({"LMS_ENCODER_THREADS": raw})
