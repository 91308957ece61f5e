"""How the web serves, on every machine alike: ``gunicorn -c python:lms.gunicorn lms.wsgi``.

Addresses, the number of processes and whatever else differs between machines stand on the command line.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

_STATE = Path(os.environ.get("LMS_VAR") or Path(__file__).resolve().parents[1] / "var") / "counts"
_COUNTS = _STATE / str(os.getpid())


def _alive(pid: str) -> bool:
    return pid.isdecimal() and Path("/proc", pid).exists()


# A folder per start, as counts of processes long gone would otherwise be added up for ever.
if _STATE.is_dir():
    for left in _STATE.iterdir():
        if not _alive(left.name):
            shutil.rmtree(left, ignore_errors=True)
_COUNTS.mkdir(parents=True, exist_ok=True)
# Set before the application is loaded: the counters choose their form when they are imported.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_COUNTS)

worker_class = "gthread"
workers = 2
threads = 4
# The houses are imported once, not once per process.
preload_app = True
timeout = 60
graceful_timeout = 4
keepalive = 5
if os.access("/dev/shm", os.W_OK):  # noqa: S108 - gunicorn's own heartbeat, a file without content
    worker_tmp_dir = "/dev/shm"  # noqa: S108


def child_exit(server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    shutil.rmtree(_COUNTS, ignore_errors=True)
