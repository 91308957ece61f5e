"""Several machines: web and workers with addresses of their own on one PostgreSQL, one Redis and one bucket.

One of them is cut off in the middle of a job and put back. Nothing acknowledged is lost, the job is done by the
others, and what the lonely worker brings home too late is not taken. In the end an old worker, which knows
less than the new one, works on beside it.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from bench import _postgres, _school, pages, progress
from lms.bootstrap import project, serve
from tests.lms import machines
from tests.lms.conftest import ROOT
from tests.lms.machines import Machine, Network
from tests.lms.waiting import eventually

pytestmark = [pytest.mark.tools, pytest.mark.services, pytest.mark.slow]
WEB = 8000
SAVE = """
import django; django.setup()
from django.core.files.base import ContentFile
from lms.base.storage import private_files
print(private_files().save("apart/paper.txt", ContentFile("从甲机存下".encode())))
"""
READ = """
import sys, django; django.setup()
from lms.base.storage import private_files
print(private_files().open(sys.argv[1]).read().decode())
"""
RING = """
import sys, django; django.setup()
import tests.lms.worker_jobs
from lms.base.jobs import api as jobs
kind, key = sys.argv[1], sys.argv[2]
jobs.enqueue(kind, key=key, payload={"file": key, "takes_s": int(sys.argv[3])})
"""


@contextmanager
def redis(made: Network, folder: Path) -> Iterator[str]:
    port = pages.free_port()
    command = ["redis-server", "--port", str(port), "--bind", made.host, "--protected-mode", "no"]
    command += ["--dir", str(folder), "--save", "", "--appendonly", "no"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for(made.host, port)
        yield f"redis://{made.host}:{port}"
    finally:
        server.kill()
        server.wait()


@contextmanager
def bucket(made: Network, folder: Path) -> Iterator[dict[str, str]]:
    port = pages.free_port()
    command = ["/usr/bin/python3", str(ROOT / ".ci" / "s3_server.py"), "--port", str(port)]
    command += ["--folder", str(folder / "s3"), "--address", made.host]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(made.host, port)
        import boto3

        endpoint = f"http://{made.host}:{port}"
        keys = {"aws_access_key_id": "ci:ci", "aws_secret_access_key": "ci-secret"}
        client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **keys)
        client.create_bucket(Bucket="apart")
        yield {
            "LMS_S3_BUCKET": "apart",
            "LMS_S3_ENDPOINT": endpoint,
            "LMS_S3_ACCESS_KEY": "ci:ci",
            "LMS_S3_SECRET_KEY": "ci-secret",
        }
    finally:
        server.kill()
        server.wait()


def wait_for(address: str, port: int) -> None:
    def answers() -> bool:
        try:
            socket.create_connection((address, port), timeout=1).close()
        except OSError:
            return False
        return True

    assert eventually(answers), f"nobody listens at {address}:{port}"


class Class:
    """What all of it is about: two machines, the database behind them, and what was told so far."""

    def __init__(
        self, found: Sequence[Machine], url: str, school: _school.School, folder: Path
    ) -> None:
        self.machines, self.url, self.school, self.folder = found, url, school, folder
        self.acknowledged = {"s0": 0, "s1": 0}
        self.began = datetime.now(UTC)

    def ask(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self.url) as line:
            return line.execute(sql, values).fetchall()

    def post(self, machine: Machine, who: str, *, patience_s: float = 20) -> bool:
        """Five stretches of study to one machine; whether they were acknowledged."""
        first = self.acknowledged[who]
        body = json.dumps(progress.batch(self.school, who, first, 5, self.began))
        cookies = f"sessionid={self.school.sessions[who]}; csrftoken={pages.CSRF}"
        headers = {"Cookie": cookies, "X-CSRFToken": pages.CSRF, "Content-Type": "application/json"}
        line = http.client.HTTPConnection(machine.address, WEB, timeout=patience_s)
        try:
            line.request("POST", "/learn/progress/", body, headers)
            answer = line.getresponse()
            told = json.loads(answer.read()) if answer.status == 200 else {"results": []}
        except (OSError, http.client.HTTPException, ValueError):
            return False
        finally:
            line.close()
        self.acknowledged[who] += len(told["results"])
        return len(told["results"]) == 5

    def ready(self, machine: Machine) -> bool:
        line = http.client.HTTPConnection(machine.address, WEB, timeout=20)
        try:
            line.request("GET", "/readyz")
            return line.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()

    def seen(self, machine: Machine) -> datetime | None:
        """When the machine's worker last swept."""
        rows = self.ask(
            "SELECT seen_at FROM lms_workersighting WHERE name = %s", f"light@{machine.name}"
        )
        return rows[0][0] if rows else None  # type: ignore[return-value]

    def job(self, key: str) -> tuple[str, int, str]:
        rows = self.ask("SELECT state, attempts, worker FROM lms_job WHERE key = %s", key)
        return rows[0] if rows else ("", 0, "")  # type: ignore[return-value]


def start_web(machine: Machine) -> None:
    bind = ["--bind", f"{machine.address}:{WEB}", "--no-control-socket"]
    machine.start("-m", "gunicorn", "-c", "python:lms.gunicorn", *bind, "lms.wsgi", log="web")


def start_worker(machine: Machine, *more: str, name: str = "light") -> int:
    """The light worker as the door starts it, under the machine's name; its process id."""
    here = project.Project(ROOT, machine.var, machine.environment)
    serve.make_folders(here)
    words = list(serve.worker_services(here)[0].command)[1:]
    words[words.index("light@%h")] = f"{name}@{machine.name}"
    # ``ip netns exec`` becomes the program, so this is the worker's own id.
    return machine.start(*words, *more, log=name).pid


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Class]:
    if not machines.may_have_any():
        if os.environ.get("CI"):
            pytest.fail("network namespaces need root and iproute2")
        pytest.skip("network namespaces need root and iproute2")
    folder = tmp_path_factory.mktemp("apart")
    folder.chmod(0o755)
    with ExitStack() as stack:
        made = stack.enter_context(machines.network(folder))
        database = stack.enter_context(_postgres.cluster(made.host))
        broker = stack.enter_context(redis(made, folder))
        store = stack.enter_context(bucket(made, folder))
        environment = pages.environment(database.url, folder / "office") | {
            "LMS_BROKER_URL": f"{broker}/0",
            "LMS_CACHE_URL": f"{broker}/1",
            "LMS_SECRET_KEY": secrets.token_urlsafe(50),
            "LMS_KEYS_DIR": str(folder / "keys"),
            "LMS_LOG_LEVEL": "WARNING",
            **store,
        }
        school = _school.School(**progress.run_part("build", environment, 2))
        found = stack.enter_context(machines.machines(made, 2, environment))
        for machine in found:
            start_web(machine)
            start_worker(machine, "--include", "tests.lms.worker_jobs")
        there = Class(found, database.url, school, folder)
        for machine in found:
            wait_for(machine.address, WEB)
            assert eventually(lambda machine=machine: there.seen(machine) is not None)
        yield there


def test_machines_with_addresses_of_their_own_are_one_site(apart: Class) -> None:
    first, second = apart.machines
    assert first.address != second.address
    for machine in (first, second):  # the first answer looks through all migrations
        assert eventually(lambda machine=machine: apart.ready(machine))
    # One session, two machines.
    assert apart.post(first, "s0")
    assert apart.post(second, "s0")
    # What one stores the other gives out: nothing lies on a machine.
    name = first.run(SAVE)
    assert second.run(READ, name) == "从甲机存下"
    assert not list(first.var.glob("private/**/*.txt"))


def test_a_machine_that_is_cut_off_costs_time_and_nothing_else(apart: Class) -> None:
    notes = str(apart.folder / "notes")
    apart.machines[0].run(RING, "test.note", notes, "25")
    assert eventually(lambda: apart.job(notes)[0] == "running")
    holder_pid = int(apart.job(notes)[2].rpartition(":")[2])
    lonely = next(
        one for one in apart.machines if holder_pid in [process.pid for process in one.running]
    )
    (other,) = (one for one in apart.machines if one is not lonely)
    lonely.cut_off()
    cut = time.monotonic()
    assert not apart.post(lonely, "s1", patience_s=3)  # nobody was told anything
    assert apart.post(other, "s1")
    assert apart.post(other, "s0")
    assert eventually(lambda: apart.job(notes)[:2] == ("done", 2), patience_s=90)
    ended = apart.ask("SELECT finished_at FROM lms_job WHERE key = %s", notes)
    # Until the lonely worker has slept through its attempt and wants to say that it is done.
    time.sleep(max(0.0, 30 - (time.monotonic() - cut)))
    lonely.heal()
    healed = datetime.now(UTC)
    assert eventually(lambda: (apart.seen(lonely) or apart.began) > healed, patience_s=120)
    assert eventually(lambda: apart.ready(lonely), patience_s=60)
    assert eventually(lambda: apart.post(lonely, "s1"), patience_s=60)
    # Done once, by the other one; the late one changed nothing.
    assert Path(notes).read_text() == "1\n2\n"
    assert apart.ask("SELECT finished_at FROM lms_job WHERE key = %s", notes) == ended
    told = {"acknowledged": apart.acknowledged, "sessions": apart.school.sessions}
    found = progress.run_part("judge", dict(other.environment), 2, told)
    assert (found["lost"], found["doubled"]) == (0, 0)
    assert sum(apart.acknowledged.values()) >= 20


def test_an_old_worker_works_on_beside_a_new_one(apart: Class) -> None:
    """The old one knows only what the old version knew; what is new waits for the new one, whoever heard the bell."""
    old, new = apart.machines
    for process in old.running[1:]:
        process.terminate()
        process.wait(timeout=60)
    start_worker(old, name="old")  # without the new kinds
    assert eventually(
        lambda: (
            apart.ask("SELECT 1 FROM lms_workersighting WHERE name = %s", f"old@{old.name}") != []
        )
    )
    keys = [f"new:{number}" for number in range(6)]
    for key in keys:
        new.run(RING, "test.count", key, "0")
    # A bell that the old worker answered is rung again by the next sweep.
    assert eventually(lambda: all(apart.job(key)[0] == "done" for key in keys), patience_s=150), [
        apart.job(key) for key in keys
    ]
    assert apart.ask("SELECT count(*) FROM lms_textmessage WHERE about = 'stress'") == [(6,)]
    assert apart.ask("SELECT max(attempts) FROM lms_job WHERE kind = 'test.count'") == [(1,)]
