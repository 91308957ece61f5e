"""The broker is killed and stays away: acts are written down at once, work is done when it is back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

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
    environment: dict[str, str], broker: _brokers.Broker, tmp_path: Path
) -> None:
    own = environment | {"LMS_BROKER_URL": broker.url}
    command = list(serve.worker_services(project.Project(ROOT, tmp_path, own))[0].command)
    with ExitStack() as at_the_end:
        log = at_the_end.enter_context((tmp_path / "worker.log").open("ab"))
        worker = subprocess.Popen(
            [sys.executable, *command[1:], "--include", "tests.lms.worker_jobs"],
            cwd=ROOT,
            env=own,
            stdout=log,
            stderr=log,
        )
        at_the_end.callback(worker.wait)
        at_the_end.callback(worker.kill)
        act(own, "before")
        ours = Job.objects.filter(kind="test.count")
        assert eventually(lambda: ours.filter(state=JobState.DONE).count() == ACTS)
        broker.stop()
        took = act(own, "away")  # every act went through, none raised
        away = Job.objects.filter(key__startswith="away:")
        assert away.count() == ACTS
        assert set(away.values_list("state", "sent_at")) == {(JobState.QUEUED, None)}
        assert len(took) == ACTS
        time.sleep(5)
        assert worker.poll() is None, "the worker did not outlive its broker"
        broker.start()
        assert eventually(
            lambda: away.filter(state=JobState.DONE).count() == ACTS, patience_s=120
        ), (tmp_path / "worker.log").read_text()[-2000:]
        assert not away.filter(attempts__gt=1).exists()
