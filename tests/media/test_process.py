"""Programs under limits."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from media import process
from media.process import Limits, Outcome

LIMITS = Limits(wall_s=30, cpu_s=20, file_bytes=10**6, memory_bytes=2 * 1024**3)


def run(tmp_path: Path, code: str, *arguments: str, limits: Limits = LIMITS) -> Outcome:
    return process.run([sys.executable, "-c", code, *arguments], limits=limits, cwd=tmp_path)


def test_a_program_gives_its_answer_and_what_it_used(tmp_path: Path) -> None:
    outcome = run(tmp_path, "import sys; print('好'); print('bad', file=sys.stderr)")
    assert outcome.is_fine
    assert (outcome.stdout, outcome.stderr) == ("好\n", "bad\n")
    assert outcome.cpu_s > 0
    assert outcome.peak_bytes > 10**6


def test_a_program_that_hangs_is_stopped(tmp_path: Path) -> None:
    outcome = run(tmp_path, "import time; time.sleep(60)", limits=replace(LIMITS, wall_s=0.7))
    assert outcome.stopped == "wall"
    assert outcome.returncode == -signal.SIGKILL


def test_a_program_that_closes_its_output_and_hangs_is_stopped_too(tmp_path: Path) -> None:
    code = "import os, time; os.close(1); time.sleep(60)"
    assert run(tmp_path, code, limits=replace(LIMITS, wall_s=0.7)).stopped == "wall"


def test_a_program_that_only_calculates_is_stopped(tmp_path: Path) -> None:
    assert run(tmp_path, "while True: pass", limits=replace(LIMITS, cpu_s=1)).stopped == "cpu"


def test_a_program_cannot_fill_the_disk_or_the_memory(tmp_path: Path) -> None:
    assert not run(tmp_path, "open('x', 'wb').write(bytes(2 * 10**6))").is_fine
    assert (tmp_path / "x").stat().st_size <= 10**6
    assert not run(tmp_path, "x = bytearray(3 * 1024**3)").is_fine


def test_an_endless_complaint_is_kept_short(tmp_path: Path) -> None:
    outcome = run(tmp_path, "import sys; sys.stderr.write('x' * 5_000_000)")
    assert outcome.is_fine
    assert len(outcome.stderr) <= 400 * 2000


def test_arguments_stay_arguments(tmp_path: Path) -> None:
    odd = ["-i x", "$(touch y)", "a:b", "%d", "换\n行", "; ls"]
    outcome = run(tmp_path, "import sys; print(sys.argv[1:])", *odd)
    assert outcome.stdout.strip() == str(odd)
    assert list(tmp_path.iterdir()) == []


def test_a_program_gets_none_of_our_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMS_SECRET_KEY", "geheim")
    outcome = run(tmp_path, "import os; print(dict(os.environ))")
    assert "geheim" not in outcome.stdout


def test_it_steps_back_behind_the_web(tmp_path: Path) -> None:
    outcome = run(tmp_path, "import os; print(os.getpriority(os.PRIO_PROCESS, 0))")
    assert int(outcome.stdout) == max(10, os.getpriority(os.PRIO_PROCESS, 0))


def test_a_tick_that_raises_stops_the_program(tmp_path: Path) -> None:
    class LeaseLost(Exception): ...

    def tick(lines: list[str]) -> None:
        raise LeaseLost

    code = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    started = time.monotonic()
    with pytest.raises(LeaseLost):
        process.run([sys.executable, "-c", code], limits=LIMITS, cwd=tmp_path, on_tick=tick)
    assert time.monotonic() - started < LIMITS.wall_s


def test_ticks_come_also_while_nothing_is_said(tmp_path: Path) -> None:
    ticks: list[list[str]] = []
    code = "import time; print('a', flush=True); time.sleep(1.7); print('b')"
    process.run([sys.executable, "-c", code], limits=LIMITS, cwd=tmp_path, on_tick=ticks.append)
    assert [line for lines in ticks for line in lines] == ["a", "b"]
    assert [] in ticks
