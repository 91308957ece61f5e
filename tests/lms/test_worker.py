"""A real worker process on the broker of the settings: files, or what .ci/run brings.

The worker is started as the door starts it, and bells are rung from another process, as the
web does it.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lms.base.jobs.models import Job, JobState, WorkerSighting
from tests.lms.waiting import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.worker]
ROOT = Path(__file__).resolve().parents[2]
RING = """
import sys, django
django.setup()
import tests.lms.worker_jobs
from lms.base.jobs import api as jobs
payload = {"file": sys.argv[1], "takes_s": int(sys.argv[2])}
jobs.enqueue("test.note", key=sys.argv[1], payload=payload)
"""


@pytest.fixture
def ring(environment: dict[str, str], tmp_path: Path) -> Callable[..., Job]:
    def enqueue_elsewhere(takes_s: int = 0) -> Job:
        command = [sys.executable, "-c", RING, str(tmp_path / "notes"), str(takes_s)]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=60)
        return Job.objects.get(kind="test.note")

    return enqueue_elsewhere


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


def test_a_worker_asked_to_stop_ends_its_job_first(
    start_worker: Callable[[], subprocess.Popen[bytes]], ring: Callable[..., Job], tmp_path: Path
) -> None:
    worker = start_worker()
    job = ring(takes_s=2)
    assert eventually((tmp_path / "notes").exists)
    worker.terminate()
    assert worker.wait(timeout=60) == 0
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.DONE, 1)


@pytest.mark.slow
def test_the_job_of_a_killed_worker_is_done_by_the_next_one(
    start_worker: Callable[[], subprocess.Popen[bytes]], ring: Callable[..., Job], tmp_path: Path
) -> None:
    worker = start_worker()
    job = ring(takes_s=300)
    assert eventually((tmp_path / "notes").exists)
    worker.kill()
    worker.wait()
    start_worker()
    assert eventually(lambda: Job.objects.filter(pk=job.pk, state=JobState.DONE).exists())
    assert (tmp_path / "notes").read_text() == "1\n2\n"
