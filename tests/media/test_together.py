"""Several encoders at once: rows are touched by one thread, and none outlives another's failure."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise

import pytest

from media import chunks, ladder, together
from media.facts import Facts, Picture
from media.ffmpeg import Progress
from tests.media.test_chunks import plan_of

Listen = Callable[[Progress], None]


def test_reports_of_all_come_to_the_thread_that_waits() -> None:
    told: list[list[int]] = []
    threads = set()
    together_now = threading.Barrier(2, timeout=20)

    def work(frames: int) -> Callable[[Listen], None]:
        def do(listen: Listen) -> None:
            together_now.wait()
            listen(Progress(1, frames, 1))
            threads.add(threading.current_thread())

        return do

    def on_report(latest: Sequence[Progress]) -> None:
        threads.add(threading.current_thread())
        told.append([report.frames for report in latest])

    together.run([work(3), work(5)], on_report=on_report)
    assert told[-1] == [3, 5]
    assert len(threads) == 3
    assert threading.current_thread() in threads


def endless(stopped: list[str], name: str) -> Callable[[Listen], None]:
    """Works until its reports are refused, as an encoder does."""

    def do(listen: Listen) -> None:
        deadline = time.monotonic() + 20
        try:
            while time.monotonic() < deadline:
                listen(Progress(0, 0, 0))
                time.sleep(0.01)
        except Exception:
            stopped.append(name)
            raise

    return do


def test_one_that_fails_stops_the_others() -> None:
    stopped: list[str] = []

    def broken(listen: Listen) -> None:
        raise LookupError("the file ends here")

    with pytest.raises(LookupError, match="ends here"):
        together.run([endless(stopped, "first"), broken], on_report=lambda latest: None)
    assert stopped == ["first"]


def test_a_lost_lease_stops_all() -> None:
    stopped: list[str] = []

    def lost(latest: Sequence[Progress]) -> None:
        raise PermissionError("somebody else has it")

    with pytest.raises(PermissionError):
        together.run([endless(stopped, "a"), endless(stopped, "b")], on_report=lost)
    assert sorted(stopped) == ["a", "b"]


@pytest.mark.parametrize("seconds", [5, 13, 25, 104.12, 600, 3600])
@pytest.mark.parametrize("most", [1, 2, 4])
def test_stretches_cover_a_chunk_and_begin_with_a_key_frame(seconds: float, most: int) -> None:
    plan = plan_of(seconds, Fraction(25))
    for chunk in chunks.chunks(plan):
        cut = chunks.slices(plan, chunk, most)
        assert [stretch.number for stretch in cut] == list(range(len(cut)))
        assert len(cut) <= most
        assert cut[0].first == chunk.first
        assert sum(stretch.frames for stretch in cut) == chunk.frames
        for one, other in pairwise(cut):
            assert other.first == one.first + one.frames
            assert other.first % plan.gop_frames == 0
        assert [stretch.is_last for stretch in cut[:-1]] == [False] * (len(cut) - 1)
        assert cut[-1].is_last == chunk.is_last


def test_no_stretch_begins_where_the_last_picture_is_only_held() -> None:
    picture = Picture(0, "h264", 1280, 720, Fraction(25), 30, bits_per_pixel=0.02)
    plan = ladder.plan(Facts(100, picture, None, 1, 0, 1))
    (chunk,) = chunks.chunks(plan)
    assert plan.hold_s == 70
    assert all(stretch.first / plan.fps < 30 for stretch in chunks.slices(plan, chunk, 4))
