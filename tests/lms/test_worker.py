"""A real worker process on the broker of the settings: files, or what .ci/run brings.

The worker is started as the door starts it, and bells are rung from another process, as the
web does it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.db import connection

from lms.base.jobs.models import Job, JobState, WorkerSighting
from lms.bootstrap import project, serve

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.worker]
ROOT = Path(__file__).resolve().parents[2]
RING = """
import sys, django
django.setup()
import tests.lms.worker_jobs
from lms.base.jobs import api as jobs
payload = {"file": sys.argv[1], "slow": sys.argv[2:] == ["slow"]}
jobs.enqueue("test.note", key=sys.argv[1], payload=payload)
"""


def database_url() -> str:
    """The test database, for another process."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite://{Path(settings['NAME']).absolute()}"
    address = f"{settings['HOST'] or '127.0.0.1'}:{settings['PORT'] or 5432}"
    return f"postgres://{settings['USER']}:{settings['PASSWORD']}@{address}/{settings['NAME']}"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "broker" / "control").mkdir(parents=True)
    return {
        **os.environ,
        "LMS_ENV": "test",
        "DJANGO_SETTINGS_MODULE": "lms.settings.test",
        "LMS_VAR": str(tmp_path),
        "LMS_DATABASE_URL": database_url(),
        "LMS_BROKER_URL": os.environ.get("LMS_BROKER_URL") or "filesystem://",
    }


@pytest.fixture
def start_worker(
    environment: dict[str, str], tmp_path: Path
) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    command = list(serve.worker_services(project.Project(ROOT, tmp_path, environment))[0].command)
    command[0] = sys.executable
    with ExitStack() as at_the_end:

        def start() -> subprocess.Popen[bytes]:
            output = at_the_end.enter_context((tmp_path / "worker.log").open("ab"))
            worker = subprocess.Popen(
                [*command, "--include", "tests.lms.worker_jobs"],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=output,
            )
            at_the_end.callback(worker.wait)
            at_the_end.callback(worker.kill)
            return worker

        yield start


@pytest.fixture
def ring(environment: dict[str, str], tmp_path: Path) -> Callable[..., Job]:
    def enqueue_elsewhere(*more: str) -> Job:
        command = [sys.executable, "-c", RING, str(tmp_path / "notes"), *more]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=60)
        return Job.objects.get(kind="test.note")

    return enqueue_elsewhere


def eventually(true: Callable[[], bool], patience_s: float = 60.0) -> bool:
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.1)
    return true()


def test_a_bell_rung_by_another_process_is_heard_and_the_job_done_once(
    start_worker: Callable[[], subprocess.Popen[bytes]], ring: Callable[..., Job], tmp_path: Path
) -> None:
    start_worker()
    job = ring()
    assert job.sent_at is not None, "the broker did not take the news"
    assert eventually(lambda: Job.objects.filter(pk=job.pk, state=JobState.DONE).exists())
    assert (tmp_path / "notes").read_text() == "1\n"


def test_a_worker_says_that_it_sweeps(
    start_worker: Callable[[], subprocess.Popen[bytes]],
) -> None:
    start_worker()
    assert eventually(WorkerSighting.objects.exists)


@pytest.mark.slow
def test_the_job_of_a_killed_worker_is_done_by_the_next_one(
    start_worker: Callable[[], subprocess.Popen[bytes]], ring: Callable[..., Job], tmp_path: Path
) -> None:
    worker = start_worker()
    job = ring("slow")
    assert eventually((tmp_path / "notes").exists)
    worker.kill()
    worker.wait()
    start_worker()
    assert eventually(lambda: Job.objects.filter(pk=job.pk, state=JobState.DONE).exists())
    assert (tmp_path / "notes").read_text() == "1\n2\n"
