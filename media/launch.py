"""Become another program under limits; run as a script with ``python -I -S``.

``subprocess``'s ``preexec_fn`` is not safe beside threads (the lease's heartbeat is one), and
``prlimit`` is not on every machine, so a fresh small interpreter sets the limits on itself
and then turns into the program. Needs the standard library only.

Arguments: limits as JSON, then the program's absolute path and its arguments.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
import time

_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000


def _leave_the_network() -> None:
    """Nothing to connect to and no address to listen on, not even this machine's own.

    Some kernels and containers forbid it; ffmpeg still gets nothing but local files to read.
    """
    if sys.platform == "linux":
        # Root keeps its own users: in new ones it could not read what belongs to others.
        kinds = _CLONE_NEWNET | (_CLONE_NEWUSER if os.geteuid() else 0)
        ctypes.CDLL(None).unshare(kinds)


def _die_with(parent: int) -> None:
    """A worker that is killed must not leave an encoder eating the machine (Linux only)."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)


def _limit(kind: int, wanted: int) -> None:
    _, hard = resource.getrlimit(kind)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(kind, (allowed, allowed))


def _step_back(nice: int) -> None:
    """Let others go first: within this session, and this session behind those of web and database.

    Where the kernel shares out time by session (``sched_autogroup``, on as Debian ships it), niceness
    counts within a session only, and an encoder has one of its own: a niced encoder took as much
    of the machine as all web processes together. See sched(7), "The autogroup feature".
    """
    # Not os.nice: the worker may have stepped back already.
    nice = max(os.getpriority(os.PRIO_PROCESS, 0), nice)
    os.setpriority(os.PRIO_PROCESS, 0, nice)
    for _try in range(5):
        try:
            group = os.open("/proc/self/autogroup", os.O_WRONLY)
            try:
                os.write(group, str(nice).encode())
            finally:
                os.close(group)
        except BlockingIOError:  # one change in a tenth of a second, for all users of the machine
            time.sleep(0.1)
        except OSError:  # another kernel, or it may not be changed here
            return
        else:
            return


def main() -> None:
    limits = json.loads(sys.argv[1])
    # First of all: who is without a network as an ordinary user may no longer write below /proc.
    _step_back(limits["nice"])
    if not limits["network"]:
        _leave_the_network()
    _die_with(limits["parent"])
    _limit(resource.RLIMIT_CPU, limits["cpu_s"])
    _limit(resource.RLIMIT_FSIZE, limits["file_bytes"])
    _limit(resource.RLIMIT_AS, limits["memory_bytes"])
    _limit(resource.RLIMIT_CORE, 0)
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - the point of this file


if __name__ == "__main__":
    main()
