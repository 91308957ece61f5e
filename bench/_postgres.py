"""A PostgreSQL of our own for one measurement: Debian's binaries, loopback only, thrown away."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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


@dataclass
class Cluster:
    """A PostgreSQL that may be killed and started again."""

    folder: str
    port: int
    binaries: Path
    owner: list[str]
    # Where it listens; another than this machine's own is open to that whole network.
    address: str = "127.0.0.1"

    @property
    def url(self) -> str:
        return f"postgres://lms@{self.address}:{self.port}/lms"

    def _control(self, *words: str) -> list[str]:
        return [*self.owner, str(self.binaries / "pg_ctl"), "-D", f"{self.folder}/db", *words]

    def make(self) -> None:
        initdb = [
            *self.owner,
            str(self.binaries / "initdb"),
            "-D",
            f"{self.folder}/db",
            "-U",
            "lms",
        ]
        _quietly([*initdb, "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"])
        with Path(self.folder, "db", "pg_hba.conf").open("a") as allowed:
            allowed.write("host all all samenet trust\n")
        self.start()
        createdb = [str(self.binaries / "createdb"), "-h", self.address, "-p", str(self.port)]
        _quietly([*createdb, "-U", "lms", "lms"])

    def copy(self, name: str) -> str:
        """Another database like the first, which nobody may be connected to; its address."""
        createdb = [str(self.binaries / "createdb"), "-h", self.address, "-p", str(self.port)]
        _quietly([*createdb, "-U", "lms", "--template", "lms", name])
        return self.url.removesuffix("lms") + name

    def start(self) -> None:
        address = f"-p {self.port} -c listen_addresses={self.address}"
        options = f"{address} -c unix_socket_directories={self.folder}"
        _quietly(self._control("-w", "-l", f"{self.folder}/log", "start", "-o", options))

    def stop(self) -> None:
        _quietly(self._control("-w", "-m", "immediate", "stop"))

    def kill(self) -> None:
        """``kill -9`` of the server; its children end when they notice."""
        pid = int(Path(self.folder, "db", "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)

    def revive(self, patience_s: float = 60) -> None:
        """Start again; the shared memory is free once the last child of the killed one has ended."""
        until = time.monotonic() + patience_s
        while True:
            try:
                return self.start()
            except subprocess.CalledProcessError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.5)


@contextmanager
def cluster(address: str = "127.0.0.1") -> Iterator[Cluster]:
    """A cluster of our own with an empty database, thrown away at the end.

    Args:
        address: of this machine, in the network for which it is.

    Raises:
        NoPostgres: this machine has none.
    """
    binaries = _binaries()
    with tempfile.TemporaryDirectory(prefix="lms-pg-", ignore_cleanup_errors=True) as folder:
        owner: list[str] = []
        if os.geteuid() == 0:  # initdb refuses to work as root
            shutil.chown(folder, "postgres")
            owner = ["runuser", "-u", "postgres", "--"]
        with socket.socket() as probe:
            probe.bind((address, 0))
            port = int(probe.getsockname()[1])
        own = Cluster(folder, port, binaries, owner, address)
        try:
            own.make()
            yield own
        finally:
            own.stop()


@contextmanager
def server() -> Iterator[str]:
    """The address of an empty database: ``LMS_BENCH_DATABASE_URL``, or a cluster made for it.

    Raises:
        NoPostgres: neither is there.
    """
    if given := os.environ.get("LMS_BENCH_DATABASE_URL"):
        yield given
        return
    with cluster() as own:
        yield own.url


def _quietly(command: list[str]) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
