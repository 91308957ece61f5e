"""Running a program on somebody else's file: limits on everything, progress, a verdict.

The programs see a local file and nothing else: no shell, no stdin, a small environment, and
relative output names in a folder of the lease.
"""

from __future__ import annotations

import json
import os
import re
import resource
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from lms.base.errors import Passing

_LAUNCHER = Path(__file__).with_name("launch.py")
_TICK_S = 0.5
# Programs that read one header are gone before the first tick: looked at sooner, then less often.
_FIRST_LOOK_S = 0.01
_MAX_ANSWER = 4 * 1024 * 1024


class Starved(Passing):
    """The machine had no time for a program: that says nothing about the file, so it is tried again."""


@dataclass(frozen=True)
class Limits:
    """What a program may use; ``nice`` 15 leaves the machine to the web first.

    Args:
        network: only for programs that do not read what somebody sent.
    """

    wall_s: float
    cpu_s: int
    file_bytes: int
    memory_bytes: int
    nice: int = 15
    network: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a program ended. ``stopped`` is ``wall`` or ``cpu`` when a limit ended it.

    Args:
        peak_bytes: the most memory it was seen to hold; less than the truth of one gone in a moment.
    """

    returncode: int
    stdout: str
    stderr: str
    wall_s: float
    cpu_s: float
    peak_bytes: int
    stopped: str = ""

    @property
    def is_fine(self) -> bool:
        return self.returncode == 0 and not self.stopped

    def blame_the_machine(self) -> None:
        """Raises:
        Starved: its time was over though it hardly got a processor.
        """
        if self.stopped == "wall" and self.cpu_s < self.wall_s / 2:
            told = {"wall": round(self.wall_s), "cpu": f"{self.cpu_s:.1f}"}
            raise Starved(_("机器太忙：%(wall)d 秒里只轮到 %(cpu)s 秒，会自动再试") % told)


def run(
    arguments: Sequence[str],
    *,
    limits: Limits,
    cwd: Path,
    on_tick: Callable[[list[str]], None] | None = None,
) -> Outcome:
    """Run a program to its end or to a limit.

    Args:
        arguments: absolute path of the program, then its arguments.
        on_tick: called about every half second with the new complete lines of stdout (maybe
            none); what it raises stops the program and goes on to the caller.
    """
    boxed = json.dumps(
        {
            "parent": os.getpid(),
            "cpu_s": limits.cpu_s,
            "file_bytes": limits.file_bytes,
            "memory_bytes": limits.memory_bytes,
            "nice": limits.nice,
            "network": limits.network,
        }
    )
    started, before = time.monotonic(), _peak_of_this_process()
    deadline = started + limits.wall_s
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(_LAUNCHER), boxed, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env={"PATH": os.defpath, "LC_ALL": "C", "HOME": str(cwd), "TMPDIR": str(cwd)},
        start_new_session=True,
    )
    assert process.stdout is not None  # noqa: S101 - for mypy
    assert process.stderr is not None  # noqa: S101
    complaints: deque[bytes] = deque(maxlen=400)
    listener = threading.Thread(target=_listen, args=(process.stderr, complaints), daemon=True)
    listener.start()
    answer, used, memory = b"", None, Memory(process.pid)
    try:
        answer = _follow(process.stdout, deadline, on_tick, memory)
        used = _reap(process, deadline)
    finally:
        ran_out = used is None
        used = used or _kill(process)
        process.stdout.close()
    listener.join(timeout=5)
    cpu_s = used.ru_utime + used.ru_stime
    return Outcome(
        returncode=process.returncode,
        stdout=answer.decode("utf-8", "replace"),
        stderr=b"".join(complaints).decode("utf-8", "replace"),
        wall_s=time.monotonic() - started,
        cpu_s=cpu_s,
        peak_bytes=memory.peak(_in_bytes(used), before),
        stopped="wall" if ran_out else "cpu" if _spent(process, cpu_s, limits) else "",
    )


def _follow(
    stdout: IO[bytes],
    deadline: float,
    on_tick: Callable[[list[str]], None] | None,
    memory: Memory,
) -> bytes:
    """Read what a program says until it closes its stdout or its time is over."""
    said, rest = bytearray(), b""
    next_tick = time.monotonic() + _TICK_S
    patience = _FIRST_LOOK_S
    fresh: list[str] = []
    with selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ)
        while (now := time.monotonic()) <= deadline:
            memory.look()
            if on_tick is not None and now >= next_tick:
                on_tick(fresh)
                fresh, next_tick = [], time.monotonic() + _TICK_S
            if not selector.select(timeout=patience):
                patience = min(2 * patience, _TICK_S)
                continue
            piece = os.read(stdout.fileno(), 65536)
            if not piece:
                break
            if len(said) < _MAX_ANSWER:
                said += piece
            *lines, rest = (rest + piece).split(b"\n")
            fresh += [line.decode("utf-8", "replace") for line in lines]
    if on_tick is not None:
        on_tick(fresh)
    return bytes(said)


def _listen(stream: IO[bytes], into: deque[bytes]) -> None:
    with suppress(ValueError, OSError), stream:
        # A size, because what a broken file makes a program say may be one endless line.
        while line := stream.readline(2000):
            into.append(line)


def _reap(process: subprocess.Popen[bytes], deadline: float) -> resource.struct_rusage | None:
    """Wait for the end; None when the time is over. Usage is this child's own: several jobs
    may run as threads of one worker."""
    while True:
        pid, status, used = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return used
        if time.monotonic() > deadline:
            return None
        time.sleep(0.01)


def _kill(process: subprocess.Popen[bytes]) -> resource.struct_rusage:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return used


class Memory:
    """The most memory that a program held.

    What Linux reports at a program's end counts the image it was started from too, which is this
    worker's: a small program seems as large as the worker. So it is asked while it runs as well.
    """

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self._seen = 0

    def look(self) -> None:
        with suppress(OSError):  # not Linux, or it has just ended
            if found := re.search(r"VmHWM:\s+(\d+) kB", self._status.read_text("ascii", "replace")):
                self._seen = max(self._seen, int(found[1]) * 1024)

    def peak(self, at_the_end: int, of_the_worker: int) -> int:
        """Bytes. The report of the end is true where it is more than the worker ever had."""
        return at_the_end if at_the_end > of_the_worker or not self._seen else self._seen


def _peak_of_this_process() -> int:
    return _in_bytes(resource.getrusage(resource.RUSAGE_SELF))


def _in_bytes(used: resource.struct_rusage) -> int:
    return used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _spent(process: subprocess.Popen[bytes], cpu_s: float, limits: Limits) -> bool:
    return process.returncode != 0 and cpu_s >= limits.cpu_s - 1
