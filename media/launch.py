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

_PR_SET_PDEATHSIG = 1


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


def main() -> None:
    limits = json.loads(sys.argv[1])
    _die_with(limits["parent"])
    _limit(resource.RLIMIT_CPU, limits["cpu_s"])
    _limit(resource.RLIMIT_FSIZE, limits["file_bytes"])
    _limit(resource.RLIMIT_AS, limits["memory_bytes"])
    _limit(resource.RLIMIT_CORE, 0)
    # Not os.nice: the worker may have stepped back already.
    here = os.getpriority(os.PRIO_PROCESS, 0)
    os.setpriority(os.PRIO_PROCESS, 0, max(here, limits["nice"]))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - the point of this file


if __name__ == "__main__":
    main()
