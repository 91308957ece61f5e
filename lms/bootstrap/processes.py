"""Families of processes: started so that none outlives the door, whatever ends it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def _prctl(option: int, value: int) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    try:
        import ctypes

        return bool(ctypes.CDLL(None).prctl(option, value, 0, 0, 0) == 0)
    except (ImportError, OSError, AttributeError):
        return False


def adopt_orphans() -> None:
    """Become the parent of grandchildren whose parent dies, so that they can be found and ended."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with(parent: int, signum: int) -> None:
    """In a fresh child: get ``signum`` from the kernel when ``parent`` is gone."""
    _prctl(_PR_SET_PDEATHSIG, signum)
    if os.getppid() != parent:  # it went between fork and here
        os.kill(os.getpid(), signum)


def parents() -> dict[int, int]:
    """Parent id by process id, of all processes; empty where there is no /proc."""
    found: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = entry.read_text(errors="replace")
        except OSError:  # ended meanwhile
            continue
        # "pid (name) state ppid ...", and the name may hold brackets and blanks
        state, parent = text.rpartition(")")[2].split()[:2]
        if state != "Z":
            found[int(text.split(" ", 1)[0])] = int(parent)
    return found


def descendants(ancestor: int) -> set[int]:
    """Every living process below ``ancestor``, however deep, whatever its session."""
    children: dict[int, list[int]] = {}
    for pid, parent in parents().items():
        children.setdefault(parent, []).append(pid)
    found: set[int] = set()
    todo = [ancestor]
    while todo:
        for pid in children.get(todo.pop(), []):
            if pid not in found:
                found.add(pid)
                todo.append(pid)
    return found


def send(pid: int, signum: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signum)


def kill_descendants(patience_s: float = 5.0) -> bool:
    """KILL everything below this process until nothing is left; false if something would not go.

    A loop, because a process may fork while the list is read.
    """
    until = time.monotonic() + patience_s
    while left := descendants(os.getpid()):
        for pid in left:
            send(pid, signal.SIGKILL)
        reap()
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    reap()
    return True


def reap() -> list[tuple[int, int]]:
    """Collect ended children and adopted orphans: ``(pid, exit code)``, negative for a signal."""
    ended: list[tuple[int, int]] = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        ended.append((pid, os.waitstatus_to_exitcode(status)))
