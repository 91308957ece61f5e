"""The broker is killed and stays away: acts are written down at once, work is done when it is back."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from kombu import Connection, Consumer, Message, Queue
from kombu.common import ignore_errors

from bench import _brokers
from lms.base.jobs.models import Job, JobState
from lms.bootstrap import project, serve
from tests.lms.conftest import ROOT
from tests.lms.waiting import eventually

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.worker,
    pytest.mark.tools,
    pytest.mark.slow,
]
ACTS = 6
# What a request does, with the time that its bell cost it.
ACT = """
import sys, time, django
django.setup()
import tests.lms.worker_jobs
from django.db import transaction
from lms.accounts import people
from lms.base import clock
from lms.base.jobs import api as jobs
for act in range(int(sys.argv[1])):
    began = time.monotonic()
    with transaction.atomic():
        people.person_by_phone(f"1391234{act:04d}", at=clock.now())
        jobs.enqueue("test.count", key=f"{sys.argv[2]}:{act}")
    print(time.monotonic() - began)
"""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[_brokers.Broker]:
    if not shutil.which("redis-server"):
        if os.environ.get("CI"):
            pytest.fail("redis-server is not installed")
        pytest.skip("redis-server is not installed")
    with _brokers.broker("redis", tmp_path) as running:
        yield running


class Worker:
    """One that is listened to, and told apart from one that was started in its place."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        command = list(serve.worker_services(project.Project(ROOT, folder, environment))[0].command)
        self.log = folder / "worker.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command[1:], "--include", "tests.lms.worker_jobs"],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )

    def end(self) -> None:
        self.process.kill()
        self.process.wait()

    def lives(self) -> bool:
        return self.process.poll() is None

    @property
    def said(self) -> str:
        """The end of what it wrote."""
        return self.log.read_text()[-4000:]


@pytest.fixture
def worker(
    environment: dict[str, str], broker: _brokers.Broker, tmp_path: Path
) -> Iterator[Worker]:
    environment["LMS_BROKER_URL"] = broker.url
    worker = Worker(environment, tmp_path)
    yield worker
    worker.end()


def act(environment: dict[str, str], name: str) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", ACT, str(ACTS), name],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return [float(line) for line in done.stdout.splitlines()]


def test_work_is_written_down_while_it_is_away_and_done_when_it_is_back(
    environment: dict[str, str], broker: _brokers.Broker, worker: Worker
) -> None:
    act(environment, "before")
    ours = Job.objects.filter(kind="test.count")
    assert eventually(lambda: ours.filter(state=JobState.DONE).count() == ACTS)
    broker.stop()
    took = act(environment, "away")  # every act went through, none raised
    away = Job.objects.filter(key__startswith="away:")
    assert away.count() == ACTS
    assert set(away.values_list("state", "sent_at")) == {(JobState.QUEUED, None)}
    assert len(took) == ACTS
    time.sleep(5)
    assert worker.lives(), worker.said
    broker.start()
    assert eventually(lambda: away.filter(state=JobState.DONE).count() == ACTS, patience_s=120), (
        worker.said
    )
    assert not away.filter(attempts__gt=1).exists()


def test_a_bell_that_was_not_acknowledged_costs_its_worker_a_connection_and_no_more(
    broker: _brokers.Broker, caplog: pytest.LogCaptureFixture
) -> None:
    """What a worker does when it loses Redis: forget the connection, close it, acknowledge late.

    It listens on two channels, and closing the later one fails before the bell's own is closed.
    """
    rung: list[Message] = []
    connection = Connection(broker.url)
    consumer = connection.Consumer(
        Queue("bells"), callbacks=[lambda _, message: rung.append(message)], accept=["json"]
    )
    consumer.consume()
    Consumer(connection.channel(), Queue("orders")).consume()
    connection.Producer().publish({}, routing_key="bells")
    while not rung:
        connection.drain_events(timeout=10)
    with pytest.raises(TimeoutError):  # now it has asked for the next one
        connection.drain_events(timeout=0.2)
    broker.stop()
    errors = connection.connection_errors
    with suppress(*errors):
        connection.collect()
    ignore_errors(connection, connection.close)
    rung[0].ack_log_error(logging.getLogger("tests"), errors)
    assert "Couldn't ack" in caplog.text


LONG = """
import sys, django
django.setup()
import tests.lms.worker_jobs
from lms.base.jobs import api as jobs
jobs.enqueue("test.note", key="long", payload={"file": sys.argv[1], "takes_s": 8})
"""


def test_a_worker_in_the_middle_of_a_job_outlives_it(
    environment: dict[str, str], broker: _brokers.Broker, worker: Worker, tmp_path: Path
) -> None:
    # One job for two threads: it waits for the next bell with one that is not acknowledged.
    noted = tmp_path / "noted"
    command = [sys.executable, "-c", LONG, str(noted)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=120)
    job = Job.objects.filter(key="long")
    assert eventually(lambda: noted.exists() and noted.read_text() == "1\n"), worker.said
    broker.stop()
    assert eventually(lambda: job.filter(state=JobState.DONE).exists()), worker.said
    time.sleep(1)  # by now its bell was acknowledged to one who is gone
    assert worker.lives(), worker.said
    assert noted.read_text() == "1\n"
    assert not job.filter(attempts__gt=1).exists()
    broker.start()
    act(environment, "after")
    after = Job.objects.filter(key__startswith="after:", state=JobState.DONE)
    assert eventually(lambda: after.count() == ACTS, patience_s=120), worker.said
    assert worker.lives(), worker.said
