"""A small file that lasts longer than a day: refused with its sentence, for seconds of processor time."""

from __future__ import annotations

import resource
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lms.base.jobs import api as jobs
from media.api import add_video
from media.states import State
from tests.media import clips
from tests.media.conftest import scratch_left, work_off
from tests.people import AT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database, pytest.mark.slow]
HOURS = 27
# Playing it once decodes 97,200 pictures; a few seconds of the processor open no more than the header.
HEADER_CPU_S, ONE_PASS_CPU_S = 5, 15


@contextmanager
def children_cpu_s() -> Iterator[Callable[[], float]]:
    """What the programs that were started inside have used, whatever the machine does beside."""

    def used() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    before = used()
    yield lambda: used() - before


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """27 hours in about two megabytes: a grey wall, once a second, the same hour again and again."""
    path = tmp_path_factory.mktemp("endless") / "a.mp4"
    wall = "color=gray:size=64x64:rate=1:duration=3600"
    hour = clips.make(
        path.with_name("hour.mp4"), *("-f", "lavfi", "-i", wall),
        *("-c:v", "libx264", "-preset", "ultrafast", "-bf", "0"),
    )  # fmt: skip
    clips.make(path, "-stream_loop", str(HOURS - 1), "-i", str(hour), "-c", "copy")
    assert 1_000_000 < path.stat().st_size < 4_000_000
    return path


def refused(path: Path, at_most_cpu_s: float) -> str:
    with children_cpu_s() as used:
        video = work_off(add_video(path, title="x", by=None, at=AT))
    assert used() < at_most_cpu_s
    assert video.state == State.REFUSED
    done = [(job.kind, job.state, job.attempts) for job in jobs.Job.objects.all()]
    assert done == [("media.probe", "done", 1)], "neither tried again nor encoded"
    assert scratch_left() == []
    return video.reason


def test_a_day_in_two_megabytes_is_refused_by_its_header(endless: Path) -> None:
    assert "27.0 小时，最多 4 小时" in refused(endless, HEADER_CPU_S)


def test_a_day_without_a_length_is_refused_after_one_pass(endless: Path, tmp_path: Path) -> None:
    """As browsers record: the end is known only at the end, so it is run over, and not decoded."""
    path = tmp_path / "a.webm"
    clips.make(path, "-i", str(endless), "-c", "copy", "-f", "matroska", "-live", "1")
    assert "27.0 小时，最多 4 小时" in refused(path, ONE_PASS_CPU_S)


def test_a_day_that_says_it_were_three_seconds_costs_three_seconds(
    endless: Path, tmp_path: Path
) -> None:
    """A header that lies: whatever is made of it, no more is encoded than it says."""
    data = bytearray(endless.read_bytes())
    movie, track, media = (data.index(box) for box in (b"mvhd", b"tkhd", b"mdhd"))
    for box in (movie, media):  # ticks a second, then how many
        struct.pack_into(">I", data, box + 20, 3 * struct.unpack_from(">I", data, box + 16)[0])
    struct.pack_into(">I", data, track + 24, struct.unpack_from(">I", data, movie + 20)[0])
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    with children_cpu_s() as used:
        video = work_off(add_video(path, title="x", by=None, at=AT))
    assert used() < ONE_PASS_CPU_S
    assert video.state in (State.READY, State.REFUSED)
    assert video.state == State.REFUSED or (video.duration_s or 0) < 10
    assert set(jobs.Job.objects.values_list("attempts", flat=True)) == {1}
    assert scratch_left() == []
