"""A PostgreSQL of our own for one measurement: Debian's binaries, loopback only, thrown away."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NoPostgres(Exception):
    """This machine has no PostgreSQL server to start."""


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: p.parts[-3])
    if found:
        return found[-1].parent
    if elsewhere := shutil.which("initdb"):
        return Path(elsewhere).resolve().parent
    raise NoPostgres("no initdb found; install PostgreSQL or name one in LMS_BENCH_DATABASE_URL")


@contextmanager
def server() -> Iterator[str]:
    """The address of an empty database: ``LMS_BENCH_DATABASE_URL``, or a cluster made for it.

    Raises:
        NoPostgres: neither is there.
    """
    if given := os.environ.get("LMS_BENCH_DATABASE_URL"):
        yield given
        return
    binaries = _binaries()
    with tempfile.TemporaryDirectory(prefix="lms-pg-", ignore_cleanup_errors=True) as folder:
        owner: list[str] = []
        if os.geteuid() == 0:  # initdb refuses to work as root
            shutil.chown(folder, "postgres")
            owner = ["runuser", "-u", "postgres", "--"]
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        control = [*owner, str(binaries / "pg_ctl"), "-D", f"{folder}/db"]
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        create = [*owner, str(binaries / "initdb"), "-D", f"{folder}/db", "-U", "lms"]
        _quietly([*create, "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"])
        _quietly([*control, "-w", "-l", f"{folder}/log", "start", "-o", options])
        try:
            _quietly(
                [str(binaries / "createdb"), "-h", "127.0.0.1", "-p", port, "-U", "lms", "lms"]
            )
            yield f"postgres://lms@127.0.0.1:{port}/lms"
        finally:
            _quietly([*control, "-m", "immediate", "stop"])


def _quietly(command: list[str]) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
