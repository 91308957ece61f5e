"""Programs under limits."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from media import process
from media.process import Limits, Outcome, Starved
from tests.media.conftest import cannot

LIMITS = Limits(wall_s=30, cpu_s=20, file_bytes=10**6, memory_bytes=2 * 1024**3)


def run(tmp_path: Path, code: str, *arguments: str, limits: Limits = LIMITS) -> Outcome:
    return process.run([sys.executable, "-c", code, *arguments], limits=limits, cwd=tmp_path)


def test_a_program_gives_its_answer_and_what_it_used(tmp_path: Path) -> None:
    may_go = tmp_path / "may-go"

    def let_it_go_once_heard(lines: list[str]) -> None:
        if lines:  # it has spoken, and its memory was looked at since
            may_go.touch()

    code = """
import os, sys, time
print("好", flush=True); print("bad", file=sys.stderr)
while not os.path.exists("may-go"):
    time.sleep(0.01)
"""
    outcome = process.run(
        [sys.executable, "-c", code], limits=LIMITS, cwd=tmp_path, on_tick=let_it_go_once_heard
    )
    assert outcome.is_fine
    assert (outcome.stdout, outcome.stderr) == ("好\n", "bad\n")
    assert outcome.cpu_s > 0
    assert outcome.peak_bytes > 10**6


def test_the_memory_of_a_program_is_its_own_and_not_the_workers(tmp_path: Path) -> None:
    ballast = bytearray(os.urandom(10**6) * 300)  # as a worker that holds much
    small = run(tmp_path, "print(1)")
    large = run(tmp_path, "x = b'x' * 600_000_000; print(1)")
    del ballast
    assert small.peak_bytes < 10**8
    assert large.peak_bytes > 6 * 10**8


@pytest.mark.skipif(
    not Path("/proc/self/autogroup").exists(),
    reason="this kernel does not share out time by session",
)
def test_a_programs_whole_session_steps_back_behind_the_others(tmp_path: Path) -> None:
    outcome = run(tmp_path, "print(open('/proc/self/autogroup').read())")
    assert outcome.stdout.split()[-2:] == ["nice", "15"]


def test_a_program_that_hangs_is_stopped(tmp_path: Path) -> None:
    outcome = run(tmp_path, "import time; time.sleep(60)", limits=replace(LIMITS, wall_s=0.7))
    assert outcome.stopped == "wall"
    assert outcome.returncode == -signal.SIGKILL
    with pytest.raises(Starved):
        outcome.blame_the_machine()


def test_a_program_that_closes_its_output_and_hangs_is_stopped_too(tmp_path: Path) -> None:
    code = "import os, time; os.close(1); time.sleep(60)"
    assert run(tmp_path, code, limits=replace(LIMITS, wall_s=0.7)).stopped == "wall"


def test_a_program_that_only_calculates_is_stopped(tmp_path: Path) -> None:
    outcome = run(tmp_path, "while True: pass", limits=replace(LIMITS, cpu_s=1))
    assert outcome.stopped == "cpu"
    outcome.blame_the_machine()  # which had enough


def test_a_program_cannot_fill_the_disk_or_the_memory(tmp_path: Path) -> None:
    assert not run(tmp_path, "open('x', 'wb').write(bytes(2 * 10**6))").is_fine
    assert (tmp_path / "x").stat().st_size <= 10**6
    assert not run(tmp_path, "x = bytearray(3 * 1024**3)").is_fine


KNOCK = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), timeout=5)"


@pytest.mark.parametrize("network", [False, True])
def test_a_program_reaches_nobody_unless_it_may(tmp_path: Path, network: bool) -> None:
    alone = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--net"]
    if not shutil.which("unshare") or subprocess.run([*alone, "true"], check=False).returncode:
        cannot("this machine does not let programs leave the network")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        port = str(server.getsockname()[1])
        outcome = run(tmp_path, KNOCK, port, limits=replace(LIMITS, network=network))
        assert outcome.is_fine == network
        if network:
            server.accept()[0].close()
        else:
            assert "unreachable" in outcome.stderr
            with pytest.raises(TimeoutError):
                server.accept()


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
    assert int(outcome.stdout) == max(15, os.getpriority(os.PRIO_PROCESS, 0))


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
