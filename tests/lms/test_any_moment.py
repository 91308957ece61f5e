"""Back to a moment between two backups: the commands of docs/deploy.md, word by word, on a PostgreSQL of our own."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from bench import _postgres
from bench._postgres import Cluster
from tests.lms.waiting import eventually

pytestmark = [pytest.mark.tools, pytest.mark.services, pytest.mark.slow]
PAGE = Path(settings.BASE_DIR, "docs", "deploy.md").read_text(encoding="utf-8")
# What the page calls by the names of Debian's own PostgreSQL.
LOG, DATA = "/var/backups/postgresql", "/var/lib/postgresql/15/main"


class Machine:
    """A cluster, and the blocks of the page as they are run on it."""

    def __init__(self, own: Cluster, log: Path) -> None:
        self.own, self.log = own, log
        part = PAGE[PAGE.index("### Any moment between two backups") :]
        self.prepare, self.base, self.back = re.findall(r"```sh\n(.*?)```", part, re.DOTALL)[:3]

    def run(self, block: str, **named: str) -> None:
        for word, meant in {LOG: str(self.log), DATA: f"{self.own.folder}/db", **named}.items():
            block = block.replace(word, meant)
        block = re.sub(
            r"systemctl (stop|start|restart) .*", lambda act: self._service(act[1]), block
        )
        as_owner = f"{shlex.join(self.own.owner)} " if self.own.owner else ""
        block = block.replace("sudo -u postgres ", as_owner).replace("sudo ", "")
        done = self._ask("bash", "-euo", "pipefail", "-c", block)
        assert done.returncode == 0, done.stderr

    def _service(self, act: str) -> str:
        control = shlex.join([*self.own.owner, str(self.own.binaries / "pg_ctl")])
        options = f"-p {self.own.port} -c listen_addresses={self.own.address}"
        options += f" -c unix_socket_directories={self.own.folder}"
        command = f"{control} -D {self.own.folder}/db -w -l {self.own.folder}/log -m fast"
        return f"{command} -o {shlex.quote(options)} {act} >/dev/null"

    def sql(self, query: str) -> str:
        done = self._ask("psql", "-Atc", query)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def _ask(self, *command: str) -> subprocess.CompletedProcess[str]:
        own = {"PGHOST": self.own.address, "PGPORT": str(self.own.port)}
        return subprocess.run(
            command,
            env=os.environ | own | {"PGUSER": "lms", "PGDATABASE": "lms"},
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip


@pytest.fixture
def machine() -> Iterator[Machine]:
    # Not below pytest's own folder, into which the account of PostgreSQL may not look.
    log = Path(tempfile.mkdtemp(prefix="lms-log-"))
    log.rmdir()
    try:
        with _postgres.cluster() as own:
            yield Machine(own, log)
    finally:
        shutil.rmtree(log, ignore_errors=True)


def test_what_was_deleted_is_there_again_as_of_the_moment_before(machine: Machine) -> None:
    machine.run(machine.prepare)
    machine.sql("CREATE TABLE taught (n int)")
    machine.sql("INSERT INTO taught SELECT generate_series(1, 100)")
    machine.run(machine.base)
    (base,) = (path.name for path in machine.log.iterdir() if path.name != "log")
    machine.sql("INSERT INTO taught SELECT generate_series(101, 200)")
    moment = machine.sql("SELECT clock_timestamp()")
    time.sleep(0.1)
    machine.sql("DELETE FROM taught")
    assert machine.sql("SELECT count(*) FROM taught") == "0"

    machine.run(machine.back, BASE=base, MOMENT=moment)
    assert eventually(lambda: machine.sql("SELECT pg_is_in_recovery()") == "f")
    assert machine.sql("SELECT count(*) FROM taught") == "200"
    machine.sql("INSERT INTO taught VALUES (201)")
    # Nothing of the way back is left for the next start.
    kept = Path(machine.own.folder, "db", "postgresql.auto.conf").read_text()
    assert "recovery_target" not in kept
    assert "restore_command" not in kept
    assert "archive_command" in kept
